"""The life of a case from the first click to its end."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from ipudong.city.audit.services import record
from ipudong.city.casework import case_events as events
from ipudong.city.casework.access import (
    acts_as_applicant,
    acts_for,
    is_house,
    require_applicant,
    require_work,
)
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.due_dates import local_day
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import (
    OPEN_STATES,
    Case,
    CaseKindVersion,
    CaseState,
    Channel,
    Outcome,
    TaskState,
    Wait,
)
from ipudong.city.casework.numbers import draw_number
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.services.acts import Act, acting, is_repeated, subject_of
from ipudong.city.casework.services.calls import run_asked_services
from ipudong.city.casework.services.progress import (
    accept,
    begin_process,
    cancel_tasks,
    close_case,
)
from ipudong.city.identity.actors import Actor

TRIES: Final = 20
ONLINE: Final = frozenset({Channel.ONLINE, Channel.MOBILE, Channel.KIOSK})


def open_case(
    *,
    kind: str,
    applicant: Applicant,
    channel: str = "online",
    by: Actor,
    at: datetime,
    account_id: int | None = None,
    draw: Callable[[datetime], str] = draw_number,
) -> Case:
    """A draft under the kind's current version; its number exists from here on.

    Who applies online owns the case; at a window `account_id` names the applicant's account where
    they have one. Raises CaseworkError `unknown_kind`, `bad_value`, `not_allowed`.
    """
    if channel not in Channel.values:
        raise CaseworkError("bad_value", field="channel")
    version = CaseKindVersion.objects.filter(code=kind, current=True).first()
    if version is None:
        raise CaseworkError("unknown_kind", kind=kind)
    if channel in ONLINE and not is_house(by):
        if not acts_for(by, applicant, on=local_day(at)):
            raise CaseworkError("not_allowed")
        account_id = by.account_id
    elif not is_house(by):
        require_work(by, version.department)
    for _ in range(TRIES):
        case = _new_case(version, applicant, channel, account_id, by, at, draw(at))
        try:
            with transaction.atomic():
                return _insert(case, by, at)
        except IntegrityError:  # two in one second drew the same number
            continue
    raise CaseworkError("bad_value", field="number")


def _new_case(
    version: CaseKindVersion,
    applicant: Applicant,
    channel: str,
    account_id: int | None,
    by: Actor,
    at: datetime,
    number: str,
) -> Case:
    return Case(
        number=number,
        kind=version,
        kind_code=version.code,
        department=version.department,
        applicant_kind=applicant.kind,
        applicant_id=applicant.id,
        account_id=account_id,
        opened_by=by.name,
        channel=channel,
        opened_at=at,
        changed_at=at,
    )


def _insert(case: Case, by: Actor, at: datetime) -> Case:
    case.save(force_insert=True)
    act = Act(case, by, at)
    act.tell(
        events.OPENED,
        kind=case.kind_code,
        version=case.kind.number,
        channel=case.channel,
        applicant=case.applicant.subject,
    )
    act.write()
    detail = {"kind": case.kind_code, "applicant": case.applicant.subject}
    record(
        actor=by.name, action="casework.open_case", subject=subject_of(case), detail=detail, at=at
    )
    return case


@transaction.atomic
def save_draft(
    *, number: str, data: Mapping[str, Any], revision: int, by: Actor, at: datetime
) -> Case:
    """Keep the answers so far, right or wrong; they are checked when the case is submitted.

    A draft is the applicant's own paper: it leaves no event and no audit entry. Raises
    CaseworkError `unknown_case`, `not_allowed`, `not_a_draft`, `stale`.
    """
    case = Case.objects.select_for_update(of=("self",)).filter(number=number).first()
    if case is None:
        raise CaseworkError("unknown_case")
    require_applicant(by, case)
    if case.state != CaseState.DRAFT:
        raise CaseworkError("not_a_draft")
    if case.revision != revision:
        raise CaseworkError("stale", revision=case.revision)
    case.data, case.revision, case.changed_at = dict(data), revision + 1, at
    case.save(update_fields=["data", "revision", "changed_at"])
    return case


def submit_case(*, number: str, by: Actor, at: datetime, idempotency_key: str = "") -> Case:
    """Hand the application in: its answers are checked, its process begins.

    Twice is once: a case that is already in stays as it is for the one who handed it in under the
    same key. Raises CaseworkError `form_invalid` (`problems`), `not_a_draft`, `not_allowed`.
    """
    with acting(number=number, action="submit_case", by=by, at=at) as act:
        require_applicant(by, act.case)
        if is_repeated(act, "submit_case", idempotency_key):
            return act.case
        if act.case.state != CaseState.DRAFT:
            raise CaseworkError("not_a_draft")
        _check_application(act.case)
        act.case.state, act.case.submitted_at = CaseState.SUBMITTED, at
        act.tell(events.SUBMITTED, channel=act.case.channel, revision=act.case.revision)
        begin_process(act)
    return run_asked_services(act)


def _check_application(case: Case) -> None:
    form = compiled(case.kind).form_of("")
    if form is None:
        return
    cleaned = form.clean(case.data)
    if not cleaned.ok:
        raise CaseworkError("form_invalid", problems=cleaned.problems)
    case.data = dict(cleaned.values)


def accept_case(*, number: str, by: Actor, at: datetime) -> Case:
    """Accept formally (受理): from here the promised time runs. For processes without a step that
    does so. Raises CaseworkError `not_open`, `not_allowed`."""
    with acting(number=number, action="accept_case", by=by, at=at) as act:
        require_work(by, act.case.department)
        if act.case.state not in OPEN_STATES:
            raise CaseworkError("not_open")
        accept(act)
    return act.case


def withdraw_case(*, number: str, by: Actor, at: datetime, reason: str = "") -> Case:
    """The applicant takes the application back; a draft too. Raises `not_open`, `not_allowed`."""
    with acting(number=number, action="withdraw_case", by=by, at=at) as act:
        if not acts_as_applicant(by, act.case):
            require_work(by, act.case.department)
        if act.case.state == CaseState.CLOSED:
            raise CaseworkError("not_open")
        _drop_open(act)
        act.tell(events.WITHDRAWN, reason=reason)
        close_case(act, Outcome.WITHDRAWN)
    return act.case


def refuse_case(*, number: str, reason: str, legal_reason: str, by: Actor, at: datetime) -> Case:
    """End a case against the applicant: not accepted before acceptance, refused after it.

    Raises CaseworkError `legal_reason_missing`, `reason_missing`, `not_open`, `not_allowed`.
    """
    if not legal_reason.strip():
        raise CaseworkError("legal_reason_missing")
    if not reason.strip():
        raise CaseworkError("reason_missing")
    with acting(number=number, action="refuse_case", by=by, at=at) as act:
        require_work(by, act.case.department)
        if act.case.state not in OPEN_STATES:
            raise CaseworkError("not_open")
        is_accepted = act.case.accepted_at is not None
        _drop_open(act)
        outcome = Outcome.REFUSED if is_accepted else Outcome.NOT_ACCEPTED
        close_case(act, outcome, reason=reason.strip(), legal_reason=legal_reason.strip())
    return act.case


def _drop_open(act: Act) -> None:
    """What was open is not needed any more."""
    case = act.case
    cancel_tasks(act, case.tasks.filter(state=TaskState.OPEN))
    Wait.objects.filter(case=case).delete()
    case.service_calls.filter(done_at=None).update(due_at=None)
    case.suspensions.filter(ended_at=None).update(ended_at=act.at, ended_by=act.by.name)


def evaluate_case(*, number: str, stars: int, text: str = "", by: Actor, at: datetime) -> Case:
    """The applicant's judgment, one to five, once. Raises CaseworkError `not_closed`, `bad_value`,
    `already_evaluated`, `not_allowed`."""
    if not 1 <= stars <= 5:
        raise CaseworkError("bad_value", field="stars")
    with acting(number=number, action="evaluate_case", by=by, at=at, stars=stars) as act:
        if not acts_as_applicant(by, act.case) and not is_house(by):
            raise CaseworkError("not_allowed")
        if act.case.state != CaseState.CLOSED:
            raise CaseworkError("not_closed")
        if act.case.events.filter(name=events.EVALUATED).exists():
            raise CaseworkError("already_evaluated")
        act.tell(events.EVALUATED, stars=stars, text=text.strip()[:2000])
    return act.case


def note_offline(*, number: str, what: str, by: Actor, at: datetime) -> Case:
    """Say that a step was done outside the system, which supervision is told of."""
    if not what.strip():
        raise CaseworkError("reason_missing")
    with acting(number=number, action="note_offline", by=by, at=at) as act:
        require_work(by, act.case.department)
        act.tell(events.HANDLED_OFFLINE, what=what.strip())
    return act.case


def note_delivery(*, number: str, way: str, by: Actor, at: datetime) -> Case:
    """Say how the result reached the applicant (`online`, `window`, `post`)."""
    with acting(number=number, action="note_delivery", by=by, at=at, way=way) as act:
        require_work(by, act.case.department)
        act.tell(events.DELIVERED, way=way)
    return act.case
