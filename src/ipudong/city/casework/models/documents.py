"""Tables of documents: attachments, papers, licences and the public side of the district's keys."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Attachment(models.Model):
    """A file handed in with a case; its bytes lie on disk under their SHA-256.

    `slot` is the form's field it fills, "" for none. `pages` is known for PDF, `width` and
    `height` (pixels) for images. A removed one keeps its row, so that the case stays explained.
    """

    case_number = models.CharField(max_length=40)
    slot = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    pages = models.IntegerField(null=True, blank=True)
    width = models.IntegerField(null=True, blank=True)
    height = models.IntegerField(null=True, blank=True)
    scanned_by = models.CharField(max_length=100)
    stored_by = models.CharField(max_length=150)
    stored_at = models.DateTimeField()
    licence = models.ForeignKey("Licence", models.PROTECT, null=True, blank=True, related_name="+")
    removed_by = models.CharField(max_length=150, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["case_number", "slot"], name="attachment_by_case")]
        constraints = [
            models.UniqueConstraint(
                fields=["case_number", "slot", "sha256"],
                condition=Q(removed_at__isnull=True),
                name="one_attachment_of_a_content",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_number} {self.name}"


class AuthorityKey(models.Model):
    """The public side of a key of the district's certificate authority; never removed, so that
    what it signed can be verified for ever. The private side lies encrypted in the data folder."""

    class Purpose(models.TextChoices):
        ROOT = "root", _("Root certificate")
        SIGNING = "signing", _("Signs papers")
        CODE = "code", _("Signs verification codes")

    kid = models.CharField(max_length=40, unique=True)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    generation = models.IntegerField()
    public_pem = models.TextField()
    certificate_pem = models.TextField(blank=True)
    not_before = models.DateTimeField()
    not_after = models.DateTimeField()

    class Meta:
        ordering = ["purpose", "generation"]
        constraints = [
            models.UniqueConstraint(fields=["purpose", "generation"], name="one_key_a_generation")
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.generation} {self.kid}"


class Paper(models.Model):
    """A result paper as issued: a signed PDF on disk under its SHA-256.

    `content` is what the template printed, `content_digest` its SHA-256 in canonical JSON, which
    the verification code carries; `token` is that code's signed text.
    """

    number = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=26, unique=True)
    case_number = models.CharField(max_length=40)
    template = models.CharField(max_length=60)
    step = models.CharField(max_length=100, blank=True)
    holder_kind = models.CharField(max_length=12)
    holder_id = models.BigIntegerField()
    content = models.JSONField(default=dict)
    content_digest = models.CharField(max_length=64)
    token = models.TextField()
    sha256 = models.CharField(max_length=64, db_index=True)
    size_bytes = models.BigIntegerField()
    signed_with = models.ForeignKey(AuthorityKey, models.PROTECT, related_name="+")
    issued_by = models.CharField(max_length=150)
    issued_at = models.DateTimeField()
    revoked_by = models.CharField(max_length=150, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        indexes = [
            models.Index(fields=["holder_kind", "holder_id", "-issued_at"], name="paper_by_holder")
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case_number", "template", "step"], name="one_paper_a_step"
            )
        ]

    def __str__(self) -> str:
        return self.number


class Licence(models.Model):
    """An e-licence: what a person or organization may show and reuse.

    `valid_until` None is valid without end. Expiry is read from the dates, not written.
    """

    class Status(models.TextChoices):
        VALID = "valid", _("Valid")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Revoked")
        EXPIRED = "expired", _("Expired")

    holder_kind = models.CharField(max_length=12)
    holder_id = models.BigIntegerField()
    kind = models.CharField(max_length=60)
    title_zh = models.CharField(max_length=100)
    title_en = models.CharField(max_length=150)
    number = models.CharField(max_length=60)
    issuer = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.VALID)
    status_reason = models.CharField(max_length=300, blank=True)
    status_at = models.DateTimeField()
    case_number = models.CharField(max_length=40, blank=True)
    paper = models.ForeignKey(Paper, models.PROTECT, null=True, blank=True, related_name="licences")

    class Meta:
        ordering = ["-valid_from", "-pk"]
        indexes = [
            models.Index(fields=["holder_kind", "holder_id", "kind"], name="licence_by_holder"),
            models.Index(fields=["case_number"], name="licence_by_case"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="one_licence_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class LicenceUse(models.Model):
    """The holder's consent to show a licence in a case instead of handing the paper in again."""

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="uses")
    case_number = models.CharField(max_length=40, db_index=True)
    slot = models.CharField(max_length=100, blank=True)
    consented_by = models.CharField(max_length=150)
    consented_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-consented_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["licence", "case_number", "slot"],
                condition=Q(withdrawn_at__isnull=True),
                name="one_consent_a_slot",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_number} {self.slot}"
