"""A small office for tests of the engine: departments, officers, an applicant, kinds from text."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ipudong.city.casework.case_services import Service, ServiceRequest
from ipudong.city.casework.kinds import CaseKind
from ipudong.city.casework.models import Case, CaseKindVersion, Task
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.services import declare_case_kind, open_case, save_draft, submit_case
from ipudong.city.identity.actors import Actor, system_actor
from ipudong.city.identity.models import Account, Department
from ipudong.city.identity.services import create_account
from ipudong.city.registry.models import Person, PersonAccount

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine o'clock in Shanghai
HOUSE = system_actor("test")
APPLICANT = Applicant("person", 7)
RESIDENT = Actor(name="resident1", roles=frozenset({"public", "resident"}), account_id=9001)
STRANGER = Actor(name="resident2", roles=frozenset({"public", "resident"}), account_id=9002)


def officer(name: str, role: str, department: str = "commerce") -> Actor:
    """Somebody who works in a department; no account behind it."""
    return Actor(
        name=name,
        roles=frozenset({"public", "resident", role}),
        departments=frozenset({department}),
        account_id=sum(name.encode()),
    )


ISSUED: list[str] = []
"""Steps for which `paper` was called."""


def paper(request: ServiceRequest) -> dict[str, str]:
    """A service that issues a paper and remembers for which step."""
    ISSUED.append(request.step)
    return {"paper": f"P-{request.case.number}"}


CLERK = officer("clerk1", "clerk")
OTHER_CLERK = officer("clerk2", "clerk")
HEAD = officer("head1", "department_head")
POLICE = officer("police1", "clerk", "police")


def open_offices() -> None:
    """The departments and persons the tests speak of."""
    for code in ("commerce", "police", "health"):
        Department.objects.get_or_create(code=code, defaults={"name_zh": code, "name_en": code})
    for actor, key in ((RESIDENT, APPLICANT.id), (STRANGER, 8)):
        Account.objects.create(pk=actor.account_id, username=actor.name)
        Person.objects.create(
            pk=key,
            kind="resident",
            name=actor.name,
            source="test",
            quality="declared",
            recorded_at=AT,
        )
        PersonAccount.objects.create(
            account_id=actor.account_id,
            person_id=key,
            level="real_name",
            bound_at=AT,
            bound_by="test",
        )


def hire(name: str, role: str, department: str = "commerce") -> Account:
    """An officer with an account."""
    return create_account(
        username=name, password="long enough 123", roles=(role,), department=department, by="test"
    )


def simple_form(code: str, *names: str, required: bool = False) -> str:
    """A form that asks some texts."""
    words = {"zh": code, "en": code}
    rows = [{"name": name, "label": {"zh": name, "en": name}} for name in names]
    section = {"title": words, "fields": rows}
    return json.dumps(
        {
            "code": code,
            "version": 1,
            "title": words,
            "schema": {
                "type": "object",
                "properties": {name: {"type": "string", "maxLength": 200} for name in names},
                "required": list(names) if required else [],
            },
            "pages": [{"code": "one", "title": words, "sections": [section]}],
        }
    )


def declare(
    folder: Path,
    process: bytes,
    *,
    code: str = "test.licence",
    forms: Mapping[str, str] | None = None,
    decisions: str = "",
    limit_days: int = 10,
    services: Mapping[str, Service] | None = None,
    at: datetime = AT,
) -> CaseKindVersion:
    """A kind from texts; `forms` default to one of `result` and `reason` for each usual task."""
    if forms is None:
        texts = ("result", "reason", "legal_reason", "note")
        forms = {key: simple_form(key or "application", *texts) for key in ("", "check", "decide")}
    (folder / "process.bpmn").write_bytes(process)
    paths = {}
    for key, text in forms.items():
        paths[key] = folder / f"{key or 'application'}.json"
        paths[key].write_text(text, "utf-8")
    if decisions:
        (folder / "decisions.dmn").write_text(decisions, "utf-8")
    kind = CaseKind(
        code=code,
        title="Licence",
        department="commerce",
        process=folder / "process.bpmn",
        forms=paths,
        decisions=folder / "decisions.dmn" if decisions else None,
        limit_days=limit_days,
        legal_limit_days=20,
        services={"test_paper": paper, **(services or {})},
    )
    return declare_case_kind(kind=kind, by="test", at=at)


def submitted(
    kind: str = "test.licence", data: Mapping[str, Any] | None = None, *, by: Actor = RESIDENT
) -> Case:
    """A case handed in."""
    case = open_case(kind=kind, applicant=APPLICANT, by=by, at=AT)
    case = save_draft(number=case.number, data=data or {}, revision=1, by=by, at=AT)
    return submit_case(number=case.number, by=by, at=AT)


def open_task(case: Case, code: str) -> Task:
    """The open task of that code."""
    return case.tasks.get(code=code, state="open")
