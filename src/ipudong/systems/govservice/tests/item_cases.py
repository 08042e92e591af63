"""Cases of the twelve items for tests: offices, an applicant, filled forms, and ways to the end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ipudong.city.casework.catalogue.files import read_item
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.forms import Form
from ipudong.city.casework.forms.declaration import Field
from ipudong.city.casework.models import Case, CaseKindVersion, ProcessState, Task
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.services import (
    complete_task,
    correlate_message,
    declare_case_kinds,
    fire_timers,
    open_case,
    save_draft,
    submit_case,
)
from ipudong.city.casework.services.catalogue import load_catalogue
from ipudong.city.casework.services.documents import ensure_authority
from ipudong.city.identity.actors import Actor, system_actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.services import load_departments
from ipudong.city.plan.files import read_plan
from ipudong.city.registry.identifiers import citizen_check_character
from ipudong.city.registry.models import Person, PersonAccount
from ipudong.systems.govservice.case_kinds import FOLDER, list_case_kinds
from ipudong.systems.govservice.departments import DEPARTMENTS

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine o'clock in Shanghai
HOUSE = system_actor("test")
APPLICANT = Applicant("person", 7)
RESIDENT = Actor(name="resident1", roles=frozenset({"public", "resident"}), account_id=9001)
CODES = [path.parent.name for path in FOLDER.list_files()]
OK, FAIL = (
    {"result": "pass"},
    {"result": "fail", "reason": "不符合条件", "legal_reason": "第三十五条"},
)
ACCEPT = {"result": "accept"}
REJECT = {"result": "reject", "reason": "不属于本机关职权", "legal_reason": "第三十二条"}
APPROVE = {"result": "approve"}
REFUSE = {"result": "refuse", "reason": "不符合条件", "legal_reason": "第三十八条"}
HANDED = {"way": "online"}
SPLIT = ".BoundaryEventSplit"  # what the library puts before a step with a timer at its edge


def visited(result: str) -> dict[str, str]:
    """A record of a visit."""
    given = {"visited_on": "2026-03-05", "visitors": "陈洁、李强", "findings": "已现场查看。"}
    more = {"mend": {"to_mend": "补装防蝇帘"}, "fail": FAIL}.get(result, {})
    return {**given, **more, "result": result}


MENDED = {"mended": "已经装好。", "photos": ["a"]}
PAID = {"understood": True, "voucher": "DEMO-0001"}


def load_house() -> None:
    """Departments, the catalogue, the kinds of case, and one resident."""
    load_departments((row.code, row.name_zh, row.name_en) for row in read_plan().departments)
    load_departments(DEPARTMENTS)
    load_catalogue([("govservice", FOLDER)], by=HOUSE, at=AT)
    declare_case_kinds(list_case_kinds(), by="test", at=AT)
    ensure_authority(AT)


def move_in() -> None:
    """The applicant, with an account bound to their person."""
    account = Account.objects.create(pk=RESIDENT.account_id, username=RESIDENT.name)
    Person.objects.create(
        pk=APPLICANT.id,
        kind="resident",
        name="王秀英",
        source="test",
        quality="declared",
        recorded_at=AT,
    )
    PersonAccount.objects.create(
        account_id=account.pk,
        person_id=APPLICANT.id,
        level="real_name",
        bound_at=AT,
        bound_by="test",
    )


NUMBER = "310115194803120024"
SAMPLES = {
    "citizen-number": NUMBER[:17] + citizen_check_character(NUMBER[:17]),
    "credit-code": "11310115MB1XD00110",
    "mobile-phone": "13800000001",
    "date": "2026-03-10",
    "address": "合欢路2号301室",
}
PATTERNED = {
    "project_code": "2011-310115-47-01-000123",
    "certificate_number": "31011519480312002X31",
    "account_number": "622848000000000000",
}


def fill(form: Form, given: Mapping[str, Any]) -> dict[str, Any]:
    """Right answers to everything a form asks, the given ones kept."""
    data = dict(given)
    for _ in range(3):  # an answer may call for further questions
        for row in form.list_asked(data):
            if row.required and row.name not in data:
                data[row.name] = sample(row)
    return data


def sample(row: Field) -> Any:
    """A right answer to one question."""
    schema = row.schema
    if row.name in PATTERNED:
        return PATTERNED[row.name]
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "array":
        return [sample_of_items(row)]
    if schema["type"] == "boolean":
        return schema.get("const", False)
    if schema["type"] in ("integer", "number"):
        return max(1, int(schema.get("minimum", 1)))
    return SAMPLES.get(row.format, "王秀英" if row.widget == "signature" else "示范内容一二三")


def sample_of_items(row: Field) -> Any:
    """One row of a list."""
    if row.widget == "group":
        return {inner.name: sample(inner) for inner in row.fields}
    return row.schema["items"].get("enum", ["a"])[0]


@dataclass(frozen=True)
class Way:
    """One way through an item: the application, what each task gets in turn, and the outcome.

    A step is (task, answers), ("", days) to let days go by, or ("!name", answers) for a message.
    """

    item: str
    outcome: str
    data: Mapping[str, Any]
    steps: tuple[tuple[str, Any], ...]
    name: str = field(default="")


def begin(item: str, data: Mapping[str, Any], at: datetime = AT) -> Case:
    """A case handed in with a filled form."""
    kind = read_item(FOLDER.path / item / "item.toml").case_kind
    form = compiled(CaseKindVersion.objects.get(code=kind, current=True)).form_of("")
    assert form is not None
    case = open_case(kind=kind, applicant=APPLICANT, by=RESIDENT, at=at)
    save_draft(number=case.number, data=fill(form, data), revision=1, by=RESIDENT, at=at)
    return submit_case(number=case.number, by=RESIDENT, at=at)


def go(way: Way) -> tuple[Case, ProcessState]:
    """The case at its end, and the process's last standing."""
    at = AT
    case = begin(way.item, way.data, at)
    for code, given in way.steps:
        if not code:
            at += timedelta(days=given)
            fire_timers(at)
        elif code.startswith("!"):
            correlate_message(name=code[1:], key=case.number, payload=given, at=at)
        else:
            task = Task.objects.get(case=case, code=code, state="open")
            by = RESIDENT if task.for_applicant else HOUSE
            complete_task(task_id=task.pk, data=given, by=by, at=at)
    case.refresh_from_db()
    return case, ProcessState.objects.get(case=case)


def list_taken(state: ProcessState) -> set[tuple[str, str]]:
    """The flows a process took, as pairs of node ids; read from its tree of visits."""
    visits = {row[0]: row for row in json.loads(state.steps)["top"]["visits"]}
    predicted = {1, 2, 4}  # MAYBE, LIKELY, FUTURE: drawn ahead, never come to
    taken = set()
    for row in visits.values():
        for child in row[4]:
            if visits[child][2] not in predicted:
                taken.add((row[1], visits[child][1].removesuffix(SPLIT)))
    return taken
