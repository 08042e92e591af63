"""Applications: begun, found again, filled in page by page, handed in."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from ipudong.city.audit.services import record
from ipudong.city.casework.access import acts_as_applicant
from ipudong.city.casework.catalogue.records import Item, Situation
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.forms import Form
from ipudong.city.casework.models import Case, CaseState
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.queries.cases import get_case, list_own_cases
from ipudong.city.casework.queries.catalogue import find_entry
from ipudong.city.casework.services import open_case, save_draft, submit_case
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.systems.govservice.apply_prefill import read_sources
from ipudong.systems.govservice.models import Application

WINDOW: Final = "govservice.window"
_TOKEN: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What an application is begun with; `token` makes two clicks one application."""

    item: Item
    item_version: int
    situation: Situation
    applicant: Applicant
    own_person: int | None
    checks: Mapping[str, Any]
    outcome: str = ""
    consented: bool
    channel: str = "online"
    token: str
    account_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Applying:
    """An application with its case, its item and its form; `at_window` when a clerk fills it in."""

    case: Case
    application: Application
    item: Item
    situation: Situation
    form: Form
    at_window: bool

    @property
    def number(self) -> str:
        """The case number."""
        return self.case.number

    @property
    def is_draft(self) -> bool:
        """Whether it has not been handed in."""
        return self.case.state == CaseState.DRAFT


def new_token() -> str:
    """What a start page carries so that an impatient second click begins nothing new."""
    return secrets.token_hex(16)


def begin_application(beginning: Beginning, *, by: Actor, at: datetime) -> Application:
    """Open the case (its number exists from here on) and fill in what is known.

    The same token by the same person is the same application. Raises CaseworkError.
    """
    token = beginning.token if _TOKEN.fullmatch(beginning.token) else new_token()
    known = Application.objects.filter(token=token).first()
    if known is not None and known.started_by == by.name:
        return known
    if known is not None:
        token = new_token()
    try:
        with transaction.atomic():
            return _begin(beginning, token, by, at)
    except IntegrityError:  # the other click was a moment earlier
        return Application.objects.get(token=token, started_by=by.name)


def _begin(beginning: Beginning, token: str, by: Actor, at: datetime) -> Application:
    case = open_case(
        kind=beginning.item.case_kind,
        applicant=beginning.applicant,
        channel=beginning.channel,
        by=by,
        at=at,
        account_id=beginning.account_id,
    )
    form = form_of(case)
    at_window = beginning.channel == "window"
    application = Application(
        case_number=case.number,
        item=beginning.item.code,
        item_version=beginning.item_version,
        situation=beginning.situation.code,
        checks=dict(beginning.checks),
        outcome=beginning.outcome,
        form_version=form.version,
        token=token,
        started_by=by.name,
        started_at=at,
        window_by=by.name if at_window else "",
        window_at=at if at_window else None,
    )
    sources: dict[str, Any] = {
        "case": {"situation": beginning.situation.code, "channel": beginning.channel},
        "checks": dict(beginning.checks),
    }
    if beginning.consented:
        application.consented_by, application.consented_at = by.name, at
        taken = read_sources(
            form, beginning.applicant, beginning.own_person, by=by, case_number=case.number
        )
        sources.update(taken)
        _note_consent(case, taken, by, at)
    data = {**_list_said(form, beginning), **form.prefill(sources)}
    application.prefilled = [name for name in data if _is_registered(form, name)]
    application.locked = [
        name for name in data if form.fields[name].fixed or form.fields[name].widget == "hidden"
    ]
    application.save(force_insert=True)
    save_draft(number=case.number, data=data, revision=case.revision, by=by, at=at)
    return application


def _list_said(form: Form, beginning: Beginning) -> dict[str, Any]:
    """What was said on the start page and the form asks under the same name: not asked twice."""
    said = {**beginning.checks, "situation": beginning.situation.code}
    wrong = {one.path for one in form.clean(said).problems}
    return {
        name: value for name, value in said.items() if name in form.fields and name not in wrong
    }


def _is_registered(form: Form, name: str) -> bool:
    return form.fields[name].prefill.split(".")[0] in {"person", "agent", "organization"}


def _note_consent(case: Case, taken: Mapping[str, Any], by: Actor, at: datetime) -> None:
    fields = [f"{source}.{name}" for source, row in taken.items() for name in row]
    record(
        actor=by.name,
        action="govservice.consent_to_prefill",
        subject=f"case:{case.number}",
        detail={"fields": fields, "applicant": case.applicant.subject},
        at=at,
    )


def form_of(case: Case) -> Form:
    """The application form of the case's own version. CaseworkError `unknown_kind` without one."""
    form = compiled(case.kind).form_of("")
    if form is None:
        raise CaseworkError("unknown_kind", kind=case.kind_code)
    return form


def get_applying(actor: Actor, number: str) -> Applying:
    """The application with all it takes, for the applicant or the clerk at whose window it is.

    CaseworkError `unknown_case` for everybody else: a number tells nothing about its case.
    """
    case = get_case(actor, number)
    application = Application.objects.filter(pk=number).first()
    if application is None:
        raise CaseworkError("unknown_case")
    own = acts_as_applicant(actor, case)
    at_window = not own and application.window_by == actor.name and is_allowed(actor, WINDOW)
    if not own and not at_window:
        raise CaseworkError("unknown_case")
    entry = find_entry(application.item)
    if entry is None or entry.item is None:
        raise CaseworkError("unknown_case")
    chosen = str(case.data.get("situation") or application.situation)
    situation = entry.item.find_situation(chosen) or entry.item.situations[0]
    return Applying(
        case=case,
        application=application,
        item=entry.item,
        situation=situation,
        form=form_of(case),
        at_window=at_window,
    )


def find_draft(actor: Actor, kind: str) -> Case | None:
    """The newest draft of this kind of the actor's account: it can be gone on with."""
    for case in list_own_cases(actor):
        if case.kind_code == kind and case.state == CaseState.DRAFT:
            return case
    return None


def keep_answers(
    applying: Applying, data: Mapping[str, Any], *, revision: int, by: Actor, at: datetime
) -> Case:
    """Save the draft. Raises CaseworkError `stale`, `not_a_draft`."""
    return save_draft(number=applying.number, data=data, revision=revision, by=by, at=at)


@transaction.atomic
def renew_draft(applying: Applying, *, by: Actor, at: datetime) -> tuple[str, ...]:
    """Take a draft begun with an older version of the form over into this one.

    Names of answers that no question asks for any more; they are left out.
    """
    application, form = applying.application, applying.form
    if application.form_version == form.version:
        return ()
    data, left = form.adopt(applying.case.data)
    if applying.is_draft:
        keep_answers(applying, data, revision=applying.case.revision, by=by, at=at)
    application.form_version = form.version
    renamed = form.declaration.renamed
    for field in ("prefilled", "locked"):
        names = [renamed.get(name, name) for name in getattr(application, field)]
        setattr(application, field, [name for name in names if name in form.fields])
    application.save(update_fields=["form_version", "prefilled", "locked"])
    return left


def hand_in(applying: Applying, *, key: str, by: Actor, at: datetime) -> Case:
    """Hand the application in; twice is once. Raises CaseworkError `form_invalid`."""
    with transaction.atomic():
        applying.application.phone_tail = find_phone_tail(applying.form, applying.case.data)
        applying.application.save(update_fields=["phone_tail"])
        return submit_case(number=applying.number, by=by, at=at, idempotency_key=key)


def find_phone_tail(form: Form, data: Mapping[str, Any]) -> str:
    """Last four digits of the first phone number in the answers, "" without one."""
    for name, row in form.fields.items():
        if row.format in {"mobile-phone", "phone"} and isinstance(data.get(name), str):
            digits = re.sub(r"\D", "", data[name])
            if len(digits) >= 7:
                return digits[-4:]
    return ""


@transaction.atomic
def continue_at_window(*, number: str, by: Actor, at: datetime) -> Application:
    """A clerk goes on with an application for the person before them, who has consented.

    Raises CaseworkError `unknown_case`, `not_allowed`.
    """
    if not is_allowed(by, WINDOW):
        raise CaseworkError("not_allowed")
    case = get_case(by, number)
    application = Application.objects.select_for_update().filter(pk=case.number).first()
    if application is None:
        raise CaseworkError("unknown_case")
    application.window_by, application.window_at = by.name, at
    application.save(update_fields=["window_by", "window_at"])
    record(
        actor=by.name,
        action="govservice.continue_at_window",
        subject=f"case:{number}",
        detail={"consent": "in person"},
        at=at,
    )
    return application
