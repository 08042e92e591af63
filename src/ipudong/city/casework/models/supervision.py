"""Electronic supervision: what is watched, the cards raised, complaints and quarterly scores."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ipudong.city.casework.models.cases import Case


class Color(models.TextChoices):
    """The color of a card."""

    YELLOW = "yellow", _("Yellow card")
    RED = "red", _("Red card")


class CardState(models.TextChoices):
    """The life of a card. It counts in the scores unless it was withdrawn."""

    RAISED = "raised", _("Explanation awaited")
    EXPLAINED = "explained", _("Explained, to be judged")
    CONFIRMED = "confirmed", _("Confirmed")
    RECHECK = "recheck", _("Under re-check")
    FINAL = "final", _("Confirmed after re-check")
    WITHDRAWN = "withdrawn", pgettext_lazy("card", "Withdrawn")


class CardAct(models.TextChoices):
    """What is done with a card."""

    RAISE = "raise", _("Card raised, explanation asked")
    EXPLAIN = "explain", _("Explained")
    ACCEPT = "accept", _("Explanation accepted, card withdrawn")
    REJECT = "reject", _("Explanation rejected, card confirmed")
    CONFIRM = "confirm", _("No explanation in time, card confirmed")
    ASK_RECHECK = "ask_recheck", _("Re-check asked")
    UPHOLD = "uphold", _("Confirmed after re-check")
    WITHDRAW = "withdraw", pgettext_lazy("card", "Withdrawn")


class ComplaintState(models.TextChoices):
    """The life of a complaint."""

    OPEN = "open", _("Being looked into")
    UPHELD = "upheld", _("Upheld")
    DISMISSED = "dismissed", _("Not upheld")


class SupervisedCase(models.Model):
    """What supervision knows of one case, folded from its events up to `sequence`.

    `next_look_on` is the first day on which time alone can raise a card; None when none can.
    Working days throughout; `waited_days` from submission to acceptance, `suspended_at_share` how
    much of the limit had passed when the first suspension began.
    """

    case = models.OneToOneField(Case, models.CASCADE, primary_key=True, related_name="supervised")
    sequence = models.PositiveIntegerField(default=0)
    department = models.CharField(max_length=60)
    kind_code = models.CharField(max_length=80)
    submitted_on = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    is_open = models.BooleanField(default=True)
    limit_days = models.PositiveIntegerField(default=0)
    elapsed_days = models.PositiveIntegerField(default=0)
    waited_days = models.PositiveIntegerField(null=True, blank=True)
    suspended_days = models.PositiveIntegerField(default=0)
    suspended_on = models.DateField(null=True, blank=True)
    suspended_by = models.CharField(max_length=150, blank=True)
    suspended_at_share = models.FloatField(null=True, blank=True)
    calendar_edition = models.PositiveIntegerField(default=0)
    next_look_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["next_look_on"],
                name="supervised_next_look",
                condition=models.Q(next_look_on__isnull=False),
            ),
            models.Index(fields=["decided_on", "department"], name="supervised_decided"),
            models.Index(fields=["accepted_on", "department"], name="supervised_accepted"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.sequence}"


class Card(models.Model):
    """One card: which rule, on which case, and what shows it. Never raised twice: `key` names the
    occurrence within the case (the task's step, the event's sequence, or nothing).

    `facts` are the numbers and dates the rule looked at, `evidence` the sequences of the events.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="cards")
    rule = models.CharField(max_length=40)
    key = models.CharField(max_length=80, blank=True)
    color = models.CharField(max_length=6, choices=Color.choices)
    department = models.CharField(max_length=60)
    officer = models.CharField(max_length=150, blank=True)
    state = models.CharField(max_length=10, choices=CardState.choices, default=CardState.RAISED)
    facts = models.JSONField(default=dict)
    evidence = models.JSONField(default=list)
    happened_on = models.DateField()
    raised_at = models.DateTimeField()
    raised_by = models.CharField(max_length=150)
    explain_by = models.DateField()
    explained_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "rule", "key"], name="one_card_an_occurrence")
        ]
        indexes = [
            models.Index(fields=["department", "state", "-id"], name="card_department"),
            models.Index(fields=["state", "explain_by"], name="card_state"),
            models.Index(fields=["happened_on", "department"], name="card_happened"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.rule} {self.color}"


class CardEntry(models.Model):
    """One act on a card, in order; rows are only added."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="entries")
    act = models.CharField(max_length=12, choices=CardAct.choices)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.card_id} {self.act}"


class Complaint(models.Model):
    """An applicant's complaint about how their case was handled; `subject` is the rule it says was
    broken, by which an upheld one raises its card."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="complaints")
    subject = models.CharField(max_length=40)
    text = models.TextField()
    state = models.CharField(
        max_length=10, choices=ComplaintState.choices, default=ComplaintState.OPEN
    )
    made_by = models.CharField(max_length=150)
    account_id = models.BigIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    answer_by = models.DateField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    card = models.ForeignKey(Card, models.PROTECT, null=True, blank=True, related_name="complaints")

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["state", "answer_by"], name="complaint_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "subject"],
                condition=models.Q(state="open"),
                name="one_open_complaint_a_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.subject}"


class QuarterScore(models.Model):
    """The published score of a department in a quarter (`2026Q3`); a correction is a new revision.

    `components` holds per component value, numerator, denominator and weight.
    """

    quarter = models.CharField(max_length=6)
    department = models.CharField(max_length=60)
    revision = models.PositiveSmallIntegerField(default=1)
    score = models.FloatField(null=True, blank=True)
    components = models.JSONField(default=list)
    weights = models.CharField(max_length=20)
    note = models.CharField(max_length=300, blank=True)
    published_by = models.CharField(max_length=150)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["-quarter", "department", "-revision"]
        constraints = [
            models.UniqueConstraint(
                fields=["quarter", "department", "revision"], name="one_score_a_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quarter} {self.department} {self.score}"


class SupervisionMark(models.Model):
    """How far into the events of all cases supervision has read."""

    event_id = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True, blank=True)
