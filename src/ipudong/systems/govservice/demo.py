"""Cases of the demonstration's resident: one finished, one on its way, one to be gone on with."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from PIL import Image

from ipudong.city.casework.models import Case
from ipudong.city.casework.parties import PERSON, Applicant
from ipudong.city.casework.queries.catalogue import find_entry
from ipudong.city.casework.queries.tasks import list_tasks_of
from ipudong.city.casework.services import complete_task, evaluate_case
from ipudong.city.casework.services.documents import ensure_authority, store_attachment
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.queries import actor_of
from ipudong.city.registry.queries.people import find_person_of
from ipudong.systems.govservice.apply_cases import (
    Beginning,
    begin_application,
    get_applying,
    hand_in,
    keep_answers,
    new_token,
)
from ipudong.systems.govservice.apply_files import sync_slots
from ipudong.systems.govservice.models import Application

RESIDENT: Final = "resident"
STALL: Final = "street_stall"
SLOT: Final = "material_goods"
ANSWERS: Final[Mapping[str, Any]] = {
    "spot": "chuansha",
    "sells": "goods",
    "stall_area_m2": 4,
    "delivery": "online",
    "truthful": True,
}
STEPS: Final[Mapping[str, Mapping[str, str]]] = {
    "accept": {"result": "accept"},
    "appearance": {"result": "pass"},
    "decide": {"result": "approve"},
}


@transaction.atomic
def load_demo(scale: int, by: Actor) -> int:
    """Apply as the resident of the demonstration; twice is once. How many cases were opened."""
    account = Account.objects.filter(username=RESIDENT, demo=True).first()
    person = find_person_of(account.pk) if account else None
    if account is None or person is None:
        return 0
    resident = actor_of(account)
    if Application.objects.filter(started_by=resident.name).exists():
        return 0
    now = datetime.now(UTC)
    applicant = Applicant(kind=PERSON, id=person.person_id)
    ensure_authority(now - timedelta(days=30))
    finished = _hand_in_stall(applicant, person.name, resident, now - timedelta(days=21))
    _work_on(finished, by, now - timedelta(days=20))
    evaluate_case(number=finished.number, stars=5, by=resident, at=now - timedelta(days=12))
    _hand_in_stall(applicant, person.name, resident, now - timedelta(days=1))
    _begin(applicant, "disclosure_request", resident, now)
    return 3


def _begin(applicant: Applicant, code: str, by: Actor, at: datetime) -> Application:
    entry = find_entry(code)
    if entry is None or entry.item is None:
        raise LookupError(code)
    beginning = Beginning(
        item=entry.item,
        item_version=entry.version,
        situation=entry.item.situations[0],
        applicant=applicant,
        own_person=applicant.id,
        checks={},
        consented=True,
        token=new_token(),
    )
    return begin_application(beginning, by=by, at=at)


def _hand_in_stall(applicant: Applicant, name: str, by: Actor, at: datetime) -> Case:
    number = _begin(applicant, STALL, by, at).case_number
    applying = get_applying(by, number)
    first = at.date() + timedelta(days=10)
    period = {"starts_on": first.isoformat(), "ends_on": (first + timedelta(days=60)).isoformat()}
    data = {**applying.case.data, **ANSWERS, **period, "signed": name}
    data["phone"] = "13800000001"  # no form takes the numbers of demonstration people
    data.setdefault("home", "合欢路2号301室")
    keep_answers(applying, data, revision=applying.case.revision, by=by, at=at)
    store_attachment(case_number=number, name="摊位.png", stream=_draw(), by=by, at=at, slot=SLOT)
    sync_slots(get_applying(by, number), by=by, at=at)
    return hand_in(get_applying(by, number), key=f"demo:{number}", by=by, at=at)


def _draw() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "#5cc0d3").save(out, "PNG")
    out.seek(0)
    return out


def _work_on(case: Case, by: Actor, at: datetime) -> None:
    """The offices do their steps, a day each."""
    for day in range(len(STEPS) + 1):
        for task in list_tasks_of(case):
            if task.state == "open" and task.code in STEPS:
                done_at = at + timedelta(days=day)
                complete_task(task_id=task.pk, data=STEPS[task.code], by=by, at=done_at)
