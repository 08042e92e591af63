"""Rules over datastreams, the alarms they raise, and what people noted on them."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.things import (
    Datastream,
    Named,
    ObservedProperty,
    Period,
    Statistic,
    Thing,
)


class RuleKind(models.TextChoices):
    """What a rule looks for."""

    ABOVE = "above", _("Above a limit")
    BELOW = "below", _("Below a limit")
    RATE = "rate", _("Changes too fast")
    FLAT = "flat", _("Does not change")
    DUPLICATE = "duplicate", _("Copies another column")
    MISSING = "missing", _("No data")


class Severity(models.TextChoices):
    """How grave an alarm is, the four colors of the national early-warning scale."""

    BLUE = "blue", _("Attention")
    YELLOW = "yellow", _("Warning")
    ORANGE = "orange", _("Serious")
    RED = "red", _("Critical")


class AlarmState(models.TextChoices):
    """The life of an alarm. Cleared: the condition ended by itself; closed: a person is done."""

    RAISED = "raised", _("Raised")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    CLEARED = "cleared", _("Cleared")
    CLOSED = "closed", _("Closed")


OPEN_STATES: Final = (AlarmState.RAISED, AlarmState.ACKNOWLEDGED)


class Rule(Named):
    """A condition on every datastream that fits; empty selectors fit all.

    `above`/`below`: `limit`, `hysteresis`, `duration_s`. `rate`: `limit` per hour. `flat`: `count`
    equal readings over at least `span_s`; readings up to `limit`, where given, may be flat.
    `duplicate`: `count` equal readings of two properties. `missing`: nothing for `span_s`, or for
    `count` expected intervals; without an observed property it watches the thing as a whole.
    """

    code = models.SlugField(unique=True, max_length=100)
    kind = models.CharField(_("Kind"), max_length=10, choices=RuleKind.choices)
    severity = models.CharField(
        _("Severity"), max_length=8, choices=Severity.choices, default=Severity.YELLOW
    )
    system = models.SlugField(_("System"), max_length=40, blank=True)
    declared = models.BooleanField(default=False)
    enabled = models.BooleanField(_("In force"), default=True)
    observed_property = models.ForeignKey(
        ObservedProperty, models.CASCADE, null=True, blank=True, related_name="rules"
    )
    other_property = models.ForeignKey(
        ObservedProperty, models.CASCADE, null=True, blank=True, related_name="+"
    )
    thing = models.ForeignKey(Thing, models.CASCADE, null=True, blank=True, related_name="rules")
    datastream = models.ForeignKey(
        Datastream, models.CASCADE, null=True, blank=True, related_name="rules"
    )
    thing_kind = models.SlugField(max_length=60, blank=True)
    period = models.CharField(max_length=8, choices=Period.choices, blank=True)
    statistic = models.CharField(max_length=6, choices=Statistic.choices, blank=True)
    limit = models.FloatField(_("Limit"), null=True, blank=True)
    hysteresis = models.FloatField(_("Hysteresis"), default=0.0)
    duration_s = models.PositiveIntegerField(_("Duration (s)"), default=0)
    count = models.PositiveIntegerField(_("Readings"), default=0)
    span_s = models.PositiveIntegerField(_("Span (s)"), default=0)

    class Meta:
        ordering = ["code"]


class Alarm(models.Model):
    """One excursion found by one rule. Times are event times, except those of people's acts."""

    rule = models.ForeignKey(Rule, models.PROTECT, related_name="alarms")
    thing = models.ForeignKey(Thing, models.CASCADE, related_name="alarms")
    datastream = models.ForeignKey(
        Datastream, models.CASCADE, null=True, blank=True, related_name="alarms"
    )
    state = models.CharField(
        max_length=12, choices=AlarmState.choices, default=AlarmState.RAISED, db_index=True
    )
    severity = models.CharField(max_length=8, choices=Severity.choices)
    began_at = models.DateTimeField(_("Began"))
    raised_at = models.DateTimeField(_("Raised"), db_index=True)
    cleared_at = models.DateTimeField(_("Cleared"), null=True, blank=True)
    noticed_at = models.DateTimeField(_("Noticed"))
    changed_at = models.DateTimeField(db_index=True)
    value = models.FloatField(_("Value when raised"), null=True, blank=True)
    peak = models.FloatField(_("Peak"), null=True, blank=True)
    limit = models.FloatField(_("Limit"), null=True, blank=True)
    detail = models.JSONField(default=dict, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "datastream"],
                condition=models.Q(state__in=["raised", "acknowledged"]),
                name="one_open_alarm_per_datastream",
            ),
            models.UniqueConstraint(
                fields=["rule", "thing"],
                condition=models.Q(state__in=["raised", "acknowledged"], datastream=None),
                name="one_open_alarm_per_thing",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether the condition still holds."""
        return self.state in OPEN_STATES


class AlarmNote(models.Model):
    """What somebody wrote on an alarm."""

    alarm = models.ForeignKey(Alarm, models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    text = models.TextField()

    class Meta:
        ordering = ["at", "id"]
