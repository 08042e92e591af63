"""The table of quality checks: how good the registry's fields were at an instant."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class QualityCheck(models.Model):
    """One measuring of the whole registry; `rows` and `broken` are plain JSON."""

    made_at = models.DateTimeField(_("Measured at"), db_index=True)
    made_by = models.CharField(_("By"), max_length=150)
    took_s = models.FloatField(_("Took, seconds"))
    rows = models.JSONField(default=list)
    broken = models.JSONField(default=dict)

    class Meta:
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"
