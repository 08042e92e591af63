"""Case kinds as they were declared: one row a version, known by the digest of its content."""

from django.db import models

from ipudong.city.languages import reads_chinese


class CaseKindVersion(models.Model):
    """One version of a case kind. Cases stay with the version they were opened under; several
    live side by side. `current` is the one new cases are opened under."""

    code = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    current = models.BooleanField(default=True)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    department = models.CharField(max_length=60)
    limit_days = models.PositiveIntegerField()
    legal_limit_days = models.PositiveIntegerField()
    legal_basis_zh = models.TextField(blank=True)
    legal_basis_en = models.TextField(blank=True)
    process = models.TextField()
    forms = models.JSONField(default=dict)
    decisions = models.TextField(blank=True)
    papers = models.JSONField(default=list)
    declared_at = models.DateTimeField()
    declared_by = models.CharField(max_length=150)

    class Meta:
        ordering = ["code", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["code", "digest"], name="one_kind_version_a_digest"),
            models.UniqueConstraint(fields=["code", "number"], name="one_kind_version_a_number"),
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(current=True),
                name="one_current_kind_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.number}"

    @property
    def title(self) -> str:
        """In the reader's language."""
        return self.title_zh if reads_chinese() else self.title_en

    @property
    def legal_basis(self) -> str:
        """In the reader's language."""
        return self.legal_basis_zh if reads_chinese() else self.legal_basis_en
