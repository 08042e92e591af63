"""Times in which alarms are counted but told to nobody: maintenance and shelving."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.things import Datastream, Thing


class SuppressionKind(models.TextChoices):
    """Why alarms are held back."""

    MAINTENANCE = "maintenance", _("Maintenance")
    SHELF = "shelf", _("Shelved")


class Suppression(models.Model):
    """From `start_at` to `end_at` alarms of whatever fits are suppressed; empty selectors fit all.

    `ended_at` is when a person ended it early, or the clock ended it in its time.
    """

    kind = models.CharField(max_length=12, choices=SuppressionKind.choices)
    rule = models.ForeignKey(
        "sensing.Rule", models.CASCADE, null=True, blank=True, related_name="suppressions"
    )
    thing = models.ForeignKey(Thing, models.CASCADE, null=True, blank=True, related_name="+")
    datastream = models.ForeignKey(
        Datastream, models.CASCADE, null=True, blank=True, related_name="+"
    )
    thing_kind = models.SlugField(_("Kind of device"), max_length=60, blank=True)
    place_code = models.CharField(_("Place"), max_length=12, blank=True)
    system = models.SlugField(_("System"), max_length=40, blank=True)
    start_at = models.DateTimeField(_("From"))
    end_at = models.DateTimeField(_("Until"), db_index=True)
    reason = models.CharField(_("Reason"), max_length=300)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True, blank=True, db_index=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-start_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_at__gt=models.F("start_at")), name="suppression_ends_after_start"
            )
        ]

    def is_in_force(self, at: datetime) -> bool:
        """Whether it holds alarms back at this instant."""
        return self.ended_at is None and self.start_at <= at < self.end_at
