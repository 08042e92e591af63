"""Exceedances and what people did about them."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models import ObservedProperty, Thing


class EventState(models.TextChoices):
    """What people have done about an event; whether it lasts is told by `ended_at`."""

    NEW = "new", _("Not yet handled")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    CLOSED = "closed", _("Closed")


class ExceedanceEvent(models.Model):
    """Consecutive hours of one factor above its limit (水断面: worse than the target class).

    Computed from valid hourly means; computing again updates the row that began at the same hour.
    """

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="exceedances")
    observed_property = models.ForeignKey(ObservedProperty, models.PROTECT, related_name="+")
    began_at = models.DateTimeField(_("Began"))
    ended_at = models.DateTimeField(_("Ended"), null=True, blank=True)
    last_at = models.DateTimeField(_("End of the last hour above"))
    hours = models.PositiveIntegerField(_("Hours above"))
    limit = models.FloatField(_("Limit"))
    lower = models.BooleanField(default=False)  # below a lower limit: pH, dissolved oxygen
    peak = models.FloatField(_("Peak"))
    peak_at = models.DateTimeField(_("Peak at"))
    mean = models.FloatField(_("Mean while above"))
    unit = models.CharField(max_length=30, blank=True)
    state = models.CharField(
        max_length=12, choices=EventState.choices, default=EventState.NEW, db_index=True
    )
    found_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-began_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["thing", "observed_property", "began_at"], name="one_event_per_beginning"
            )
        ]

    @property
    def lasts(self) -> bool:
        """Whether the last hour that came in was still above."""
        return self.ended_at is None

    @property
    def duration(self) -> timedelta:
        """From the beginning of the first hour above to the end of the last."""
        return self.last_at - self.began_at

    @property
    def multiple(self) -> float | None:
        """Peak over limit; None for a limit of nothing."""
        return self.peak / self.limit if self.limit else None


class EventNote(models.Model):
    """What somebody wrote on an event."""

    event = models.ForeignKey(ExceedanceEvent, models.CASCADE, related_name="notes")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    text = models.TextField()

    class Meta:
        ordering = ["at", "id"]
