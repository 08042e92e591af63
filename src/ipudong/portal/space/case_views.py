"""A case in the applicant's words: how it stands, what comes next, until when."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ipudong.city.casework import case_events as events
from ipudong.city.casework.models import Case, CaseEvent, CaseState, Outcome, Suspension
from ipudong.city.identity.models import Department
from ipudong.portal.templatetags.portal import name_of

TONES: Final = {
    CaseState.DRAFT: "notice",
    CaseState.SUBMITTED: "river",
    CaseState.ACCEPTED: "river",
    CaseState.SUSPENDED: "notice",
}
EVENT_TITLES: Final = {
    events.OPENED: gettext_lazy("Application begun"),
    events.SUBMITTED: gettext_lazy("Application handed in"),
    events.ACCEPTED: gettext_lazy("Application accepted"),
    events.NOT_ACCEPTED: gettext_lazy("Application not accepted"),
    events.TASK_COMPLETED: gettext_lazy("A step was done"),
    events.SUSPENDED: gettext_lazy("Clock stopped"),
    events.SUPPLEMENTED: gettext_lazy("Application completed by you"),
    events.RESUMED: gettext_lazy("Clock runs again"),
    events.EXTENDED: gettext_lazy("Time extended"),
    events.DECIDED: gettext_lazy("Decided"),
    events.REFUSED: gettext_lazy("Refused"),
    events.ISSUED: gettext_lazy("Paper issued"),
    events.DELIVERED: gettext_lazy("Handed over"),
    events.WITHDRAWN: gettext_lazy("Withdrawn"),
    events.CLOSED: gettext_lazy("Case closed"),
    events.EVALUATED: gettext_lazy("You rated the service"),
}


@dataclass(frozen=True)
class CaseView:
    """A case with its words; `today` decides how the due date is said."""

    case: Case
    today: date

    @property
    def number(self) -> str:
        return self.case.number

    @property
    def title(self) -> str:
        return self.case.kind.title

    @property
    def url(self) -> str:
        return reverse("portal:space:case", args=[self.case.number])

    @property
    def is_draft(self) -> bool:
        return self.case.state == CaseState.DRAFT

    @property
    def waits_for_you(self) -> bool:
        """Whether the applicant has to do something."""
        return self.is_draft or self.supplement is not None

    @property
    def apply_url(self) -> str:
        """Where the applicant goes on: a page of the case kind's system, "" where it has none.

        Systems that let people apply name these pages alike: `apply_form`, `apply_supplement`,
        `apply_track`.
        """
        page = "apply_form" if self.is_draft else "apply_track"
        if self.supplement is not None:
            page = "apply_supplement"
        system = self.case.kind_code.partition(".")[0]
        try:
            return reverse(f"{system}:{page}", args=[self.case.number])
        except NoReverseMatch:
            return ""

    @property
    def state_words(self) -> str:
        if self.case.state == CaseState.CLOSED and self.case.outcome:
            return str(Outcome(self.case.outcome).label)
        return str(CaseState(self.case.state).label)

    @property
    def tone(self) -> str:
        if self.case.state != CaseState.CLOSED:
            return TONES.get(CaseState(self.case.state), "")
        good = (Outcome.APPROVED, Outcome.FINISHED)
        bad = (Outcome.REFUSED, Outcome.NOT_ACCEPTED)
        return "good" if self.case.outcome in good else "bad" if self.case.outcome in bad else ""

    @property
    def department(self) -> str:
        row = Department.objects.filter(pk=self.case.department).first()
        return name_of(row) if row else self.case.department

    @property
    def supplement(self) -> Suspension | None:
        """What the applicant is asked to complete, while they are."""
        if self.case.state != CaseState.SUSPENDED:
            return None
        return self.case.suspensions.filter(ended_at=None, reason="supplement").first()

    @property
    def next_step(self) -> str:
        """What happens next, and who has to do it."""
        state = self.case.state
        if state == CaseState.DRAFT:
            return _("You: go on filling in, then hand it in.")
        if state == CaseState.SUBMITTED:
            return _("The office looks whether the application is complete.")
        if state == CaseState.SUSPENDED:
            return self._suspended_words()
        if state == CaseState.ACCEPTED:
            return self._working_words()
        return _("Nothing more to do.")

    def _suspended_words(self) -> str:
        if self.supplement:
            return _("You: hand in what is asked for. The time you take does not count.")
        return _("The clock stands still; the office tells you when it goes on.")

    def _working_words(self) -> str:
        task = self.case.tasks.filter(state="open").order_by("due_on").first()
        if task is None:
            return _("The office works on it.")
        if task.for_applicant:
            return _("You: %(task)s") % {"task": task.title}
        return _("The office works on: %(task)s") % {"task": task.title}

    @property
    def due_words(self) -> str:
        """The promised day in words; empty where none runs."""
        due = self.case.promised_due_on
        if due is None or self.case.state not in (CaseState.SUBMITTED, CaseState.ACCEPTED):
            return ""
        days = (due - self.today).days
        day = date_format(due, "DATE_FORMAT")
        if days == 0:
            return _("Promised for today, %(day)s") % {"day": day}
        if days > 0:
            words = ngettext(
                "Promised by %(day)s, in %(count)d day",
                "Promised by %(day)s, in %(count)d days",
                days,
            )
            return words % {"day": day, "count": days}
        words = ngettext(
            "Was promised by %(day)s, %(count)d day ago. Electronic supervision sees it too.",
            "Was promised by %(day)s, %(count)d days ago. Electronic supervision sees it too.",
            -days,
        )
        return words % {"day": day, "count": -days}

    @property
    def draft_words(self) -> str:
        """When the draft was last worked on."""
        day = date_format(localtime(self.case.changed_at), "SHORT_DATETIME_FORMAT")
        return _("You are continuing a draft from %(day)s") % {"day": day}


@dataclass(frozen=True)
class EventView:
    """An event of the case as its applicant reads it."""

    title: str
    at: datetime
    text: str


def views_of_events(rows: list[CaseEvent]) -> list[EventView]:
    """The events an applicant understands, newest first; the office's inner ones are left out."""
    return [
        EventView(str(EVENT_TITLES[row.name]), row.at, _text_of(row))
        for row in reversed(rows)
        if row.name in EVENT_TITLES
    ]


def _text_of(row: CaseEvent) -> str:
    text = row.payload.get("text") or row.payload.get("reason_text") or ""
    return str(text)[:500]
