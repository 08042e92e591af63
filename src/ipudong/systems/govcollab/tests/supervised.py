"""A district with cards: cases told as stories, people of two offices and of supervision."""

from datetime import date

from django.test import Client

from ipudong.city.casework.models import Case
from ipudong.city.casework.services.calendars import load_known_years
from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.casework.supervision.tests.cases import keep
from ipudong.city.casework.supervision.tests.stories import START, Story, at
from ipudong.city.identity.models import Account, Department, Membership
from ipudong.city.registry.models import Person, PersonAccount

LATE = date(2011, 10, 19)


def open_district() -> Case:
    """Commerce with a yellow and a red card on one case, police with none."""
    load_known_years(by="system:test", at=at(START))
    for code, zh, en in (
        ("commerce", "区商务委", "Commerce commission"),
        ("police", "区公安局", "Police"),
    ):
        Department.objects.get_or_create(code=code, defaults={"name_zh": zh, "name_en": en})
    story = Story().accepted().step(1, START, date(2011, 9, 16), limit_days=5, actor="wang")
    story.tell("suspended", date(2011, 9, 20), reason="hearing")
    story.tell("resumed", date(2011, 9, 20))
    case = keep(story, "PD-2011-1", applicant_id=7)
    in_time = Story(department="police").accepted()
    keep(in_time.tell("decided", date(2011, 10, 10)), "PD-2011-2", applicant_id=8)
    supervise(at(LATE))
    return case


def sign_in(role: str, department: str | None = None) -> Client:
    """Somebody with one role, in an office where one is named; no password to hash."""
    account = Account.objects.create(username=f"a-{role}")
    Membership.objects.create(account=account, role=role, department_id=department)
    client = Client()
    client.force_login(account)
    return client


def sign_in_applicant(case: Case) -> Client:
    """The resident whose case it is."""
    client = sign_in("resident")
    account_id = Membership.objects.get(account__username="a-resident").account_id
    Person.objects.create(
        pk=case.applicant_id, kind="resident", name="王秀英", recorded_at=at(START)
    )
    PersonAccount.objects.create(
        account_id=account_id,
        person_id=case.applicant_id,
        level="verified",
        bound_at=at(START),
        bound_by="system:test",
    )
    return client
