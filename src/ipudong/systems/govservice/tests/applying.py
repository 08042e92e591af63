"""People who apply, and the pages they go through, for tests."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from ipudong.city.casework.models import Case
from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.services import create_account
from ipudong.city.registry.models import Person, PersonAccount
from ipudong.city.registry.services import Origin
from ipudong.city.registry.services.people import register_person
from ipudong.systems.govservice.apply_cases import new_token
from ipudong.systems.govservice.tests.item_cases import AT, SAMPLES

PASSWORD = "a river in the east 9"
ITEM = "street_stall"
CHECKS = {"check-inside_area": "yes", "check-sells": "goods"}
HOME = "合欢路2号301室"
DETAILS = {
    "spot": "changyi",
    "sells": "goods",
    "stall_area_m2": "4.5",
    "starts_on": "2026-12-01",
    "ends_on": "2026-12-31",
}
FINISH = {"delivery": "online", "truthful": "true", "signed": "王秀英"}


@dataclass(frozen=True)
class Resident:
    """Somebody with an account bound to a person, signed in."""

    client: Client
    account: Account
    person: Person


def move_in(username: str, name: str, number: str) -> Resident:
    """A resident who has signed in."""
    account = create_account(
        username=username, password=PASSWORD, roles=("resident",), by="system:test"
    )
    values = {
        "kind": "resident",
        "name": name,
        "document_kind": "citizen",
        "document_number": number,
        "phone": "13800000001",
        "address": HOME,
    }
    origin = Origin(source="police", quality="verified", by="test", effective_on=AT.date(), at=AT)
    person = register_person(
        by=system_actor("test"), values=values, origin=origin, today=AT.date() + timedelta(days=300)
    )
    PersonAccount.objects.create(
        account=account, person=person, level="verified", bound_at=AT, bound_by="test"
    )
    client = Client()
    client.force_login(account)
    return Resident(client, account, person)


def employ(username: str, department: str, role: str = "clerk") -> Client:
    """An officer of a department who has signed in."""
    account = create_account(
        username=username,
        password=PASSWORD,
        roles=(role,),
        department=department,
        by="system:test",
    )
    client = Client()
    client.force_login(account)
    return client


def wang() -> Resident:
    """The applicant of the tests."""
    return move_in("wang", "王秀英", SAMPLES["citizen-number"])


def begin(who: Resident, *, token: str = "", **changes: str) -> HttpResponse:
    """Send the start page; without changes all is right."""
    sent = {
        "situation": "goods",
        "party": f"person:{who.person.pk}",
        "consent": "true",
        "token": token or new_token(),
        **CHECKS,
        **changes,
    }
    return who.client.post(f"/govservice/apply/{ITEM}/", sent)


def begun(who: Resident) -> Case:
    """A case just begun."""
    answer = begin(who)
    assert answer.status_code == 302, answer.content.decode()
    return Case.objects.get(number=answer["Location"].split("/")[3])


def send(client: Client, number: str, page: str, sent: dict[str, Any], **more: Any) -> HttpResponse:
    """Send a page of the form as a browser without scripts does."""
    case = Case.objects.get(number=number)
    body = {"revision": str(case.revision), "form_version": "1", "next": "1", **sent, **more}
    return client.post(f"/govservice/cases/{number}/form/page/{page}/", body)


def picture(name: str = "stall.png") -> SimpleUploadedFile:
    """A small photo."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/png")


def fill_in(who: Resident) -> Case:
    """A draft with everything in it."""
    case = begun(who)
    for page, sent in (
        ("situation", {"situation": "goods", "phone": "13800000001", "home": HOME}),
        ("details", DETAILS),
        ("materials", {"file-material_goods": picture()}),
        ("finish", FINISH),
    ):
        answer = send(who.client, case.number, page, sent)
        assert answer.status_code == 302, answer.content.decode()
    case.refresh_from_db()
    return case


def hand_in(who: Resident) -> Case:
    """An application handed in."""
    case = fill_in(who)
    answer = submit(who.client, case)
    assert answer.status_code == 302, answer.content.decode()
    case.refresh_from_db()
    return case


def submit(client: Client, case: Case) -> HttpResponse:
    """Press the button of the last page, as that page was drawn."""
    path = f"/govservice/cases/{case.number}/form/check/"
    return client.post(path, {"revision": str(case.revision)})
