"""What was imported, and what was found wrong with data."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models import Thing


class ImportRun(models.Model):
    """One file brought in; the first rejects are kept, all are counted."""

    importer = models.SlugField(max_length=40)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    by = models.CharField(max_length=150)
    accepted = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    rejects = models.JSONField(default=list)

    class Meta:
        ordering = ["-started_at"]


class FindingState(models.TextChoices):
    """Whether somebody has looked into a finding."""

    OPEN = "open", _("Open")
    SETTLED = "settled", _("Settled")


class DataFinding(models.Model):
    """A defect the quality rules found: a copied column, repeated rows, missing marks."""

    code = models.SlugField(max_length=40)
    thing = models.ForeignKey(
        Thing, models.CASCADE, null=True, blank=True, related_name="data_findings"
    )
    run = models.ForeignKey(
        ImportRun, models.CASCADE, null=True, blank=True, related_name="findings"
    )
    factors = models.JSONField(default=list)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(_("Rows concerned"), default=0)
    of_rows = models.PositiveIntegerField(_("Rows looked at"), default=0)
    detail = models.JSONField(default=dict)
    found_at = models.DateTimeField()
    state = models.CharField(
        max_length=8, choices=FindingState.choices, default=FindingState.OPEN, db_index=True
    )
    settled_by = models.CharField(max_length=150, blank=True)
    # Same defect found again updates its row.
    key = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["-found_at", "-id"]
