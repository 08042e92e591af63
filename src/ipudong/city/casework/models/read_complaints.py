"""Complaints of persons about a reading of their data."""

from django.db import models
from django.db.models import Q


class ReadComplaint(models.Model):
    """One person's question about one reading; `entry` is its sequence in the audit.

    `purpose`, `read_by` and `read_at` are copied from there as the person saw them. Supervision
    answers once.
    """

    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="+")
    entry = models.BigIntegerField()
    purpose = models.CharField(max_length=60)
    read_by = models.CharField(max_length=150)
    read_at = models.DateTimeField()
    text = models.CharField(max_length=1000)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "entry"], name="one_complaint_a_reading")
        ]
        indexes = [
            models.Index(
                fields=["made_at"],
                name="read_complaint_open",
                condition=Q(answered_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.entry}"
