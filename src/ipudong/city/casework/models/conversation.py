"""What parties to a case say to one another, and when its clock stands still for it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models.cases import Case


class SuspensionReason(models.TextChoices):
    """Why the clock may stand still: the Administrative Licensing Law's grounds (Articles 32 and
    45) and what the service standards add."""

    SUPPLEMENT = "supplement", _("The applicant completes the application")
    HEARING = "hearing", _("Hearing")
    APPRAISAL = "appraisal", _("Inspection, test, quarantine or appraisal")
    EXPERT_REVIEW = "expert_review", _("Expert review")
    AUCTION = "auction", _("Tender or auction")
    PUBLICITY = "publicity", _("Public notice")
    PAYMENT = "payment", _("Waiting for payment")
    FORCE_MAJEURE = "force_majeure", _("Force majeure")


class Suspension(models.Model):
    """A span in which the clock of a case stood still. `wanted` lists what the applicant is asked
    for: form fields or materials."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="suspensions")
    reason = models.CharField(max_length=20, choices=SuspensionReason.choices)
    text = models.TextField()
    wanted = models.JSONField(default=list)
    began_at = models.DateTimeField()
    began_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["began_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(ended_at=None),
                name="one_suspension_at_a_time",
            )
        ]


class Message(models.Model):
    """One message on a case, from the applicant or to them."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="messages")
    at = models.DateTimeField()
    by = models.CharField(max_length=150)
    department = models.CharField(max_length=60, blank=True)
    from_applicant = models.BooleanField()
    text = models.TextField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]


class Opinion(models.TextChoices):
    """What a consulted department holds."""

    AGREES = "agrees", _("Agrees")
    OBJECTS = "objects", _("Objects")
    REMARKS = "remarks", _("Remarks only")


class Consultation(models.Model):
    """A question to another department (征求意见), asked beside the process, which goes on."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="consultations")
    department = models.CharField(max_length=60)
    question = models.TextField()
    due_on = models.DateField()
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    asking_department = models.CharField(max_length=60)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    opinion = models.CharField(max_length=8, choices=Opinion.choices, blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        indexes = [
            models.Index(
                fields=["department", "due_on", "id"],
                name="consultation_open",
                condition=models.Q(answered_at=None),
            )
        ]
