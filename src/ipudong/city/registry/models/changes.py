"""The table of changes: what every field was, from when, by whose word."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.codes import QUALITIES, SUBJECT_KINDS, choices


class FieldChange(models.Model):
    """One field of one record given a value from a day on; never changed, only followed.

    A correction is a later row with the same or an earlier day. `old` and `new` are JSON values.
    """

    subject_kind = models.CharField(max_length=12, choices=choices(SUBJECT_KINDS))
    subject_id = models.BigIntegerField()
    field = models.CharField(_("Field"), max_length=30)
    old = models.JSONField(_("Before"), null=True)
    new = models.JSONField(_("After"), null=True)
    effective_on = models.DateField(_("Valid from"))
    source = models.CharField(_("Source"), max_length=40)
    quality = models.CharField(_("Quality"), max_length=10, choices=choices(QUALITIES))
    note = models.CharField(_("Reason"), max_length=200, blank=True)
    by = models.CharField(_("By"), max_length=150)
    at = models.DateTimeField(_("Recorded"))
    applied = models.BooleanField(_("Shown in the record"), default=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["subject_kind", "subject_id", "field", "effective_on"],
                name="changes_of_subject",
            ),
            models.Index(
                fields=["effective_on"],
                condition=models.Q(applied=False),
                name="changes_to_come",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id} {self.field} {self.effective_on}"
