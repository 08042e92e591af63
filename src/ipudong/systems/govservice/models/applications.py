"""What the online hall knows of an application beside the case itself."""

from django.db import models


class Application(models.Model):
    """How a case was applied for: the situation chosen, what was asked beforehand, the consent.

    `prefilled` names the answers taken from the registers, `locked` those of them that may not be
    changed by hand. `token` opens the state of the case from its QR code without sign-in;
    `window_by` is the clerk who, with the applicant's consent, fills it in at a counter.
    `phone_tail` (four digits) does so together with the number, `failures` counts wrong ones.
    """

    case_number = models.CharField(max_length=24, primary_key=True)
    item = models.CharField(max_length=60)
    item_version = models.PositiveIntegerField(default=1)
    situation = models.CharField(max_length=60)
    checks = models.JSONField(default=dict)
    outcome = models.CharField(max_length=60, blank=True)
    form_version = models.PositiveIntegerField(default=1)
    consented_by = models.CharField(max_length=150, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    prefilled = models.JSONField(default=list)
    locked = models.JSONField(default=list)
    token = models.CharField(max_length=32, unique=True)
    phone_tail = models.CharField(max_length=4, blank=True)
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True, blank=True)
    window_by = models.CharField(max_length=150, blank=True)
    window_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=150)
    started_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["item", "-started_at"], name="application_item")]

    def __str__(self) -> str:
        return self.case_number


class StubPayment(models.Model):
    """A fee marked as paid in the payment stub: no money moved, and every page says so."""

    application = models.ForeignKey(Application, models.PROTECT, related_name="payments")
    fee = models.CharField(max_length=60)
    yuan = models.DecimalField(max_digits=12, decimal_places=2)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "fee"], name="one_payment_a_fee")
        ]


class HandoverReceipt(models.Model):
    """Papers handed over at a counter: which, in which direction, to whom; both keep a receipt."""

    class Direction(models.TextChoices):
        RECEIVED = "received"
        RETURNED = "returned"

    number = models.CharField(max_length=40, unique=True)
    case_number = models.CharField(max_length=24, db_index=True)
    direction = models.CharField(max_length=10, choices=Direction.choices)
    papers = models.JSONField(default=list)
    remarks = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.number
