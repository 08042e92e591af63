"""How rules came to be as they are, and what they would have found."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.alarms import Rule


class RuleVersion(models.Model):
    """A rule as it was saved once; `values` are its fields."""

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    act = models.CharField(max_length=20)
    values = models.JSONField(default=dict)

    class Meta:
        ordering = ["-number", "-id"]


class TrialState(models.TextChoices):
    """The way of a trial."""

    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CUT_SHORT = "cut_short", _("Cut short")
    FAILED = "failed", _("Failed")


class RuleTrial(models.Model):
    """A rule run over what was measured: how many alarms it would have raised, and which.

    `found` holds the first of them: {thing, datastream, began_us, raised_us, cleared_us, value,
    peak}; `progress` is of 100; `judged_until` how far it came.
    """

    rule = models.ForeignKey(Rule, models.CASCADE, related_name="trials")
    version = models.PositiveIntegerField()
    start_at = models.DateTimeField()
    end_at = models.DateTimeField()
    judged_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(
        max_length=10, choices=TrialState.choices, default=TrialState.WAITING, db_index=True
    )
    progress = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    queued_by = models.CharField(max_length=150)
    taken_until = models.DateTimeField(null=True, blank=True)
    count = models.PositiveIntegerField(default=0)
    readings = models.BigIntegerField(default=0)
    streams = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    by_day = models.JSONField(default=dict)
    found = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]
