"""Working days of the years, in versions that are never changed."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkCalendar(models.Model):
    """One version of one year. A correction is a new version; what was reckoned keeps its own.

    `edition` counts the loads that changed anything: edition n is, for every year, its newest
    version among the rows up to n. `holidays` and `workdays` map ISO dates to the holiday's name.
    """

    year = models.PositiveSmallIntegerField(_("Year"))
    version = models.PositiveSmallIntegerField(_("Version"))
    edition = models.PositiveIntegerField(_("Edition of the calendar"), db_index=True)
    holidays = models.JSONField(_("Days off"), default=dict)
    workdays = models.JSONField(_("Weekend days worked"), default=dict)
    source = models.CharField(_("Source"), max_length=200)
    loaded_by = models.CharField(_("Loaded by"), max_length=150)
    loaded_at = models.DateTimeField(_("Loaded at"))

    class Meta:
        ordering = ["year", "version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="one_row_per_calendar_version")
        ]

    def __str__(self) -> str:
        return f"{self.year}.{self.version}"
