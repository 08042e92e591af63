"""A small office with a kind of case, its officers, and cases at several steps."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from ipudong.city.casework.models import Case, CaseKindVersion
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.services import open_case, save_draft, submit_case
from ipudong.city.casework.tests.engine_drawings import licence
from ipudong.city.casework.tests.engine_people import declare, open_offices
from ipudong.city.identity.models import Account
from ipudong.city.identity.queries import actor_of
from ipudong.city.identity.services import create_account
from ipudong.city.registry.models import Person, PersonAccount

PASSWORD = "long enough 123"
SignIn = Callable[[str], Client]
OPENED_AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OFFICERS = {
    "li": ("clerk", "commerce"),
    "zhou": ("clerk", "commerce"),
    "head": ("department_head", "commerce"),
    "police": ("clerk", "police"),
    "judge": ("supervisor", None),
    "leader": ("district_leader", None),
    "admin": ("administrator", None),
    "builder": ("integrator", None),
    "wang": ("resident", None),
    "other": ("resident", None),
}


@pytest.fixture
def people(db: None, settings: LazySettings) -> dict[str, Account]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    open_offices()
    return {
        name: create_account(
            username=name,
            password=PASSWORD,
            roles=() if role == "resident" else (role,),
            department=department,
            by="system:test",
        )
        for name, (role, department) in OFFICERS.items()
    }


@pytest.fixture
def sign_in(people: dict[str, Account]) -> SignIn:
    def sign_in_as(username: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(people[username])
        return client

    return sign_in_as


@pytest.fixture
def kind(people: dict[str, Account], tmp_path: Path) -> CaseKindVersion:
    return declare(tmp_path, licence())


@pytest.fixture
def applicant(people: dict[str, Account]) -> Person:
    """A resident of the registry whose account is `wang`."""
    person = Person.objects.create(
        kind="resident",
        name="王秀英",
        document_kind="resident_card",
        document_number="310115195203078888",
        recorded_at=OPENED_AT,
    )
    PersonAccount.objects.create(
        account=people["wang"], person=person, level="real_name", bound_at=OPENED_AT
    )
    return person


@pytest.fixture
def case(kind: CaseKindVersion, people: dict[str, Account], applicant: Person) -> Case:
    """A case handed in; its first task lies in the pool of the commerce department's clerks."""
    by = actor_of(people["wang"])
    whom = Applicant("person", applicant.pk)
    opened = open_case(kind=kind.code, applicant=whom, by=by, at=OPENED_AT)
    save_draft(number=opened.number, data={"note": "两间门面"}, revision=1, by=by, at=OPENED_AT)
    return submit_case(number=opened.number, by=by, at=OPENED_AT)
