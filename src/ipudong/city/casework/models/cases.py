"""Cases and where each of them stands."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.models.kinds import CaseKindVersion
from ipudong.city.casework.parties import ORGANIZATION, PERSON, Applicant


class CaseState(models.TextChoices):
    """The life of a case. Submitted: handed in, not yet accepted (受理); only from acceptance on
    does the promised time run."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    ACCEPTED = "accepted", _("In progress")
    SUSPENDED = "suspended", _("On hold")
    CLOSED = "closed", _("Case closed")


class Outcome(models.TextChoices):
    """How a case ended."""

    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    NOT_ACCEPTED = "not_accepted", _("Not accepted")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    LAPSED = "lapsed", _("Lapsed")
    FINISHED = "finished", _("Finished")


class Channel(models.TextChoices):
    """By which way a case came in."""

    ONLINE = "online", _("On the web")
    MOBILE = "mobile", _("Mobile")
    WINDOW = "window", _("Window")
    KIOSK = "kiosk", _("Kiosk")
    PHONE = "phone", _("Telephone")
    POST = "post", _("Post")
    INTERNAL = "internal", _("Of the office's own accord")


OPEN_STATES: Final = (CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.SUSPENDED)


class Case(models.Model):
    """One matter of one applicant. `data` is the application as filled in; `revision` rises with
    every change of it, so that two editors are noticed; `sequence` is that of its last event.

    `promised_due_on` and `legal_due_on` are the last days, each by the rule beside it; while a
    case is suspended they stand as they were and move when it resumes.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(max_length=24, unique=True)
    kind = models.ForeignKey(CaseKindVersion, models.PROTECT, related_name="cases")
    kind_code = models.CharField(max_length=80)
    department = models.CharField(max_length=60)
    applicant_kind = models.CharField(
        max_length=12, choices=[(PERSON, _("Person")), (ORGANIZATION, _("Organization"))]
    )
    applicant_id = models.BigIntegerField()
    account_id = models.BigIntegerField(null=True, blank=True)
    opened_by = models.CharField(max_length=150)
    channel = models.CharField(max_length=12, choices=Channel.choices, default=Channel.ONLINE)
    state = models.CharField(max_length=12, choices=CaseState.choices, default=CaseState.DRAFT)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, blank=True)
    data = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    sequence = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    promised_due_on = models.DateField(null=True, blank=True)
    promised_rule = models.CharField(max_length=300, blank=True)
    legal_due_on = models.DateField(null=True, blank=True)
    legal_rule = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["applicant_kind", "applicant_id", "-id"], name="case_applicant"),
            models.Index(fields=["account_id", "-id"], name="case_account"),
            models.Index(fields=["department", "state", "-id"], name="case_department"),
            models.Index(fields=["kind_code", "state", "-id"], name="case_kind"),
            models.Index(
                fields=["promised_due_on", "id"],
                name="case_due",
                condition=models.Q(state__in=["submitted", "accepted"]),
            ),
            models.Index(fields=["submitted_at"], name="case_submitted"),
            models.Index(fields=["closed_at"], name="case_closed"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def applicant(self) -> Applicant:
        """Whom the case is for."""
        if self.applicant_kind == PERSON:
            return Applicant(kind=PERSON, id=self.applicant_id)
        return Applicant(kind=ORGANIZATION, id=self.applicant_id)

    @property
    def is_open(self) -> bool:
        """Whether the office still owes something."""
        return self.state in OPEN_STATES


class ProcessState(models.Model):
    """Where the process of a case stands, apart from the case so that lists stay narrow.

    `steps` is the engine's own record; `answers` what each task and decision gave, [code, value]
    each, the latest last (a JSON object would not keep that order in PostgreSQL).
    """

    case = models.OneToOneField(
        Case, models.CASCADE, primary_key=True, related_name="process_state"
    )
    steps = models.TextField()
    answers = models.JSONField(default=list)


class ActKey(models.Model):
    """An act done under a caller's key: doing it again under that key does nothing."""

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="act_keys")
    key = models.CharField(max_length=100)
    action = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "action", "key"], name="one_act_a_key")
        ]
