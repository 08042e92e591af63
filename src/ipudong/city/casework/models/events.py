"""What happened to a case, one row each, never changed."""

from typing import Any

from django.db import models

from ipudong.city.casework.models.cases import Case


class CaseEventError(Exception):
    """A case event was about to be changed or removed; what happened stays as it was told."""


class CaseEvent(models.Model):
    """`name` is past tense; `version` that of the payload's shape (docs/reference/casework.md).

    `sequence` counts within the case without gaps. `id` rises over all cases and is what readers
    follow, looking back a little, as transactions may end in another order than they began.
    """

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    sequence = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    department = models.CharField(max_length=60, blank=True)
    payload = models.JSONField(default=dict)

    class Meta:
        ordering = ["case", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["case", "sequence"], name="one_event_a_sequence")
        ]
        indexes = [models.Index(fields=["name", "at"], name="case_event_name")]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.sequence} {self.name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("force_insert"):
            raise CaseEventError(str(self))
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise CaseEventError(str(self))
