"""The worker's table: one lease per schedule, shared by all workers of a district."""

from django.db import models


class Lease(models.Model):
    """Who runs a schedule now, when it is due again, and how it went last."""

    name = models.CharField(primary_key=True, max_length=100)
    holder = models.CharField(max_length=100, blank=True)
    held_until = models.DateTimeField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    error = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.holder}"
