"""The chain of audit entries and its head."""

from typing import Any

from django.db import models


class AppendOnlyError(Exception):
    """An audit entry was about to be changed or removed; the chain allows neither."""


class Entry(models.Model):
    """One act. `digest` is SHA-256 over the canonical entry and the digest before it."""

    sequence = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=150, db_index=True)
    action = models.CharField(max_length=100, db_index=True)
    subject = models.CharField(max_length=200, db_index=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]

    def __str__(self) -> str:
        return f"{self.sequence} {self.actor} {self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("force_insert"):
            raise AppendOnlyError(f"entry {self.sequence}")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError(f"entry {self.sequence}")


class Head(models.Model):
    """The single row that every writer locks, so that the chain never forks."""

    sequence = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)


class ChainCheck(models.Model):
    """One verification of the chain, from its first entry; long chains take several steps.

    `verified_sequence` and `verified_digest` are the last entry that held. Finished and not
    broken means that the whole chain, as it was at `finished_at`, holds.
    """

    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=150)
    target_sequence = models.BigIntegerField()
    verified_sequence = models.BigIntegerField(default=0)
    verified_digest = models.CharField(max_length=64, default="0" * 64)
    finished_at = models.DateTimeField(null=True, blank=True, db_index=True)
    broken_sequence = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.verified_sequence}/{self.target_sequence} {self.reason}"

    @property
    def holds(self) -> bool:
        """Whether it ran to its end and found nothing broken."""
        return self.finished_at is not None and self.broken_sequence is None
