"""Wang and her daughter, a shop, an officer, and what they have in their spaces."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from PIL import Image

from ipudong.city.casework.models import (
    Attachment,
    Case,
    CaseKindVersion,
    Licence,
    Message,
    Paper,
)
from ipudong.city.casework.parties import Applicant
from ipudong.city.casework.services.documents import grant_licence, issue_paper, store_attachment
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account, Department
from ipudong.city.identity.queries import actor_of
from ipudong.city.identity.services import create_account
from ipudong.city.registry.models import Agency, Organization, Person, PersonAccount

AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ROLES = {
    "wang": (),
    "daughter": (),
    "stranger": (),
    "chen": ("clerk",),
    "zhao": ("supervisor",),
}
ROBOT = Actor(name="system:test", roles=frozenset())
SignIn = Callable[[str], Client]


@dataclass
class World:
    """Everybody and everything the tests look at."""

    accounts: dict[str, Account]
    people: dict[str, Person]
    shop: Organization
    case: Case
    draft: Case
    shop_case: Case
    paper: Paper
    licence: Licence
    attachment: Attachment

    def actor(self, name: str) -> Actor:
        return actor_of(Account.objects.get(pk=self.accounts[name].pk))


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))


def person(name: str, number: str) -> Person:
    return Person.objects.create(
        kind="resident",
        document_kind="passport",
        document_number=number,
        name=name,
        sex="2",
        born_on=date(1956, 3, 8),
        address="世纪大道1号",
        source="police",
        quality="verified",
        recorded_at=AT,
    )


def new_case(kind: CaseKindVersion, number: str, **given: object) -> Case:
    return Case.objects.create(
        number=number,
        kind=kind,
        kind_code=kind.code,
        department="civil_affairs",
        opened_by="wang",
        opened_at=AT,
        changed_at=AT,
        **given,
    )


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "teal").save(out, "JPEG")
    out.seek(0)
    return out


@pytest.fixture
def world(db: None, settings: LazySettings) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Department.objects.create(code="civil_affairs", name_zh="区民政局", name_en="Civil affairs")
    accounts = {
        name: create_account(
            username=name,
            password="a river in the east 9",
            roles=roles,
            department="civil_affairs" if roles == ("clerk",) else None,
            by="system:test",
        )
        for name, roles in ROLES.items()
    }
    people = {
        "wang": person("王秀英", "E10000001"),
        "daughter": person("李梅", "E10000002"),
        "stranger": person("赵四", "E10000003"),
    }
    for name, row in people.items():
        PersonAccount.objects.create(
            account=accounts[name],
            person=row,
            level="verified",
            bound_at=AT,
            bound_by="system:test",
        )
    shop = Organization.objects.create(
        credit_code="91310115MA1K00001X",
        name="浦东小吃店",
        kind="business",
        source="test",
        quality="verified",
        recorded_at=AT,
    )
    Agency.objects.create(
        account=accounts["daughter"],
        organization=shop,
        valid_from=AT.date(),
        granted_by="system:test",
        granted_at=AT,
    )
    kind = CaseKindVersion.objects.create(
        code="test.elderly_card",
        number=1,
        digest="0" * 64,
        title_zh="敬老卡",
        title_en="Elderly card",
        department="civil_affairs",
        limit_days=10,
        legal_limit_days=20,
        process="",
        declared_at=AT,
        declared_by="system:test",
    )
    wang = {"applicant_kind": "person", "applicant_id": people["wang"].pk}
    mine = {**wang, "account_id": accounts["wang"].pk}
    case = new_case(kind, "PD20261120000010", state="accepted", **mine)
    draft = new_case(kind, "PD20261120000020", **mine)
    shop_case = new_case(
        kind,
        "PD20261120000030",
        applicant_kind="organization",
        applicant_id=shop.pk,
        state="accepted",
    )
    paper = issue_paper(
        case=case, template="licence", context={"holder_name": "王秀英"}, by=ROBOT, at=AT
    )
    licence = grant_licence(
        holder=Applicant(kind="person", id=people["wang"].pk),
        kind="elderly_card",
        number="LN-1",
        title_zh="敬老卡",
        title_en="Elderly card",
        issuer="civil_affairs",
        valid_from=AT.date(),
        paper=paper,
        by=ROBOT,
        at=AT,
    )
    attachment = store_attachment(
        case_number=case.number, name="身份证.jpg", stream=picture(), by=ROBOT, at=AT
    )
    Message.objects.create(case=case, at=AT, by="chen", from_applicant=False, text="请补照片")
    return World(accounts, people, shop, case, draft, shop_case, paper, licence, attachment)


@pytest.fixture
def sign_in(world: World) -> SignIn:
    def sign_in_as(name: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        if name:
            client.force_login(world.accounts[name])
        return client

    return sign_in_as
