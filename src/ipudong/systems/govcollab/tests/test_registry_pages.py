import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import resolve, reverse

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account, Department
from ipudong.city.identity.queries import roles_allowed
from ipudong.city.identity.services import create_account
from ipudong.city.registry.models import Organization, Person, Place, QualityCheck
from ipudong.city.registry.purposes import PURPOSES
from ipudong.city.registry.queries import find_household_of, list_reads_of
from ipudong.city.registry.services import (
    Origin,
    add_shareholder,
    join_household,
    open_household,
    register_organization,
    register_person,
)
from ipudong.simulator.population.organizations import credit_code

pytestmark = pytest.mark.django_db

PASSWORD = "huangpu river 1843"
NUMBER = "11010519491231002X"  # the specimen number of GB 11643-1999
AT = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)
SINCE = dt.date(2010, 1, 1)
BY = Actor(name="tests", roles=frozenset({"clerk"}), departments=frozenset({"police"}))
ORIGIN = Origin(source="police", quality="verified", effective_on=SINCE, by="tests", at=AT)
REGISTER_READERS = (
    *("clerk", "duty_officer", "department_head", "supervisor", "district_leader"),
    *("integrator", "administrator"),
)
PAGES = {
    "registry": ("clerk", "duty_officer", "department_head"),
    "registry_persons_csv": ("department_head",),
    "registry_person_new": ("clerk", "department_head"),
    "registry_person": ("clerk", "duty_officer", "department_head", "supervisor"),
    "registry_person_change": ("clerk", "department_head"),
    "registry_household": ("clerk", "duty_officer", "department_head"),
    "registry_verification": ("clerk", "duty_officer", "department_head", "integrator"),
    "registry_quality": (
        *("clerk", "department_head", "supervisor", "district_leader", "administrator"),
    ),
    "registry_organizations": REGISTER_READERS,
    "registry_organizations_csv": REGISTER_READERS,
    "registry_projects": REGISTER_READERS,
    "registry_organization_change": ("clerk", "department_head"),
    "registry_organization_event": ("clerk", "department_head"),
}


@pytest.fixture
def person() -> Person:
    place = Place.objects.create(
        code="310115005000",
        kind="subdistrict",
        name_zh="陆家嘴街道",
        name_en="Lujiazui Subdistrict",
        lon=121.5,
        lat=31.2,
        area_km2=6.85,
    )
    values = {
        "kind": "resident",
        "name": "王秀英",
        "document_number": NUMBER,
        "phone": "13900000018",
        "address": "浦东新区乳山路88弄3号502室",
        "place": place,
    }
    row = register_person(by=BY, values=values, origin=ORIGIN, today=AT.date())
    home = open_household(
        by=BY, number="H-310115-0001", address="乳山路", source="police", at=AT, since_on=SINCE
    )
    join_household(
        by=BY,
        household_id=home.pk,
        person_id=row.pk,
        relation="02",
        since_on=SINCE,
        source="police",
        at=AT,
    )
    return row


@pytest.fixture
def company(person: Person) -> Organization:
    row = register_organization(
        by=BY,
        credit_code=credit_code(1, "enterprise"),
        values={"name": "上海某点心店有限公司", "kind": "enterprise", "founded_on": SINCE},
        origin=ORIGIN,
        today=AT.date(),
    )
    add_shareholder(
        by=BY,
        organization_id=row.pk,
        percent=Decimal(60),
        since_on=SINCE,
        source="market",
        at=AT,
        person_id=person.pk,
    )
    return row


def sign_in(client: Client, role: str, department: str = "police") -> Client:
    Department.objects.get_or_create(code=department, defaults={"name_zh": department})
    account = Account.objects.filter(username=f"{role}-{department}").first() or create_account(
        username=f"{role}-{department}",
        password=PASSWORD,
        roles=[role],
        department=None if role == "resident" else department,
        by="tests",
    )
    client.force_login(account)
    return client


def address(name: str, person: Person, company: Organization) -> str:
    home = find_household_of(person.pk)
    assert home is not None
    keys = {
        "registry_person": person.pk,
        "registry_person_change": person.pk,
        "registry_household": home.pk,
        "registry_organization_change": company.pk,
        "registry_organization_event": company.pk,
    }
    return reverse(f"govcollab:{name}", args=[keys[name]] if name in keys else [])


def test_every_page_is_open_to_its_roles_and_to_no_other(
    client: Client, person: Person, company: Organization
) -> None:
    for name, roles in PAGES.items():
        view = resolve(address(name, person, company)).func
        assert roles_allowed(view.required_action) == set(roles), name  # type: ignore[attr-defined]
        assert client.get(address(name, person, company)).status_code == 302, name
    for role, department in (("resident", "none"), ("integrator", "eic")):
        sign_in(client, role, department)
        for name, roles in PAGES.items():
            if role not in roles:
                answer = client.get(address(name, person, company), {"q": "王秀"})
                assert answer.status_code == 403, (name, role)


def test_writes_are_refused_to_the_wrong_role(
    client: Client, person: Person, company: Organization
) -> None:
    before = Entry.objects.count()
    for role in ("resident", "integrator"):
        sign_in(client, role)
        for path in (
            reverse("govcollab:registry_person_change", args=[person.pk]),
            reverse("govcollab:registry_person_new"),
            reverse("govcollab:registry_person", args=[person.pk]),
            reverse("govcollab:registry_person_close", args=[person.pk]),
            reverse("govcollab:registry_organization_change", args=[company.pk]),
            reverse("govcollab:registry_organization_event", args=[company.pk]),
        ):
            assert client.post(path, {"name": "x"}).status_code == 403, (role, path)
    assert not list_reads_of(person.pk)
    assert Person.objects.get(pk=person.pk).name == "王秀英"
    assert Entry.objects.count() >= before


def take_purpose(client: Client, person: Person, purpose: str, case: str = "") -> int:
    path = reverse("govcollab:registry_person", args=[person.pk])
    return client.post(path, {"purpose": purpose, "case_number": case}).status_code


def test_a_search_shows_masked_rows_and_nothing_whole(client: Client, person: Person) -> None:
    answer = sign_in(client, "clerk").get(reverse("govcollab:registry"), {"q": NUMBER})
    text = answer.content.decode()
    assert "王*英" in text
    assert "王秀英" not in text
    assert "110105********002X" in text
    empty = client.get(reverse("govcollab:registry"), {"q": "没有此人"}).content.decode()
    assert "查无此人" in empty or "Nobody found" in empty
    short = client.get(reverse("govcollab:registry"), {"q": "王"})
    assert short.status_code == 200
    assert "王*英" not in short.content.decode()


def test_nothing_is_shown_or_noted_before_a_purpose_is_given(
    client: Client, person: Person
) -> None:
    path = reverse("govcollab:registry_person", args=[person.pk])
    text = sign_in(client, "clerk").get(path).content.decode()
    assert "王秀英" not in text
    assert "13900000018" not in text
    assert not list_reads_of(person.pk)
    assert take_purpose(client, person, "curiosity") == 422
    assert take_purpose(client, person, "case_handling") == 422
    assert take_purpose(client, person, "social_assistance") == 422  # not of the police
    assert not list_reads_of(person.pk)
    assert take_purpose(client, person, "household_registration") == 302
    text = client.get(path).content.decode()
    assert "王秀英" in text
    assert NUMBER in text
    note = list_reads_of(person.pk)[0]
    assert (note.who, note.offices, note.purpose) == (
        "clerk-police",
        ("police",),
        "household_registration",
    )
    client.post(reverse("govcollab:registry_person_close", args=[person.pk]))
    assert "王秀英" not in client.get(path).content.decode()


def test_another_office_sees_masks_in_fields_and_in_history(client: Client, person: Person) -> None:
    sign_in(client, "clerk", "epb")
    assert take_purpose(client, person, "data_quality") == 302
    text = client.get(reverse("govcollab:registry_person", args=[person.pk])).content.decode()
    for secret in ("王秀英", NUMBER, "13900000018", "88弄"):
        assert secret not in text
    assert "139****0018" in text


def test_a_purpose_taken_by_one_account_opens_nothing_for_another(
    client: Client, person: Person
) -> None:
    sign_in(client, "clerk")
    take_purpose(client, person, "household_registration")
    other = sign_in(Client(), "clerk", "epb")
    path = reverse("govcollab:registry_person", args=[person.pk])
    assert "王秀英" not in other.get(path).content.decode()


def change(client: Client, person: Person, **values: str) -> int:
    path = reverse("govcollab:registry_person_change", args=[person.pk])
    form = client.get(path).context["form"]
    given = {name: form[name].value() for name in form.fields}
    given = {
        name: getattr(value, "pk", value) for name, value in given.items() if value is not None
    }
    origin = {"effective_on": "2026-11-01", "source": "身份证", "quality": "verified"}
    return client.post(path, {**given, **origin, **values}).status_code


def test_a_change_is_written_with_its_source_and_the_past_can_be_seen(
    client: Client, person: Person
) -> None:
    sign_in(client, "clerk")
    take_purpose(client, person, "household_registration")
    assert change(client, person, phone="13900000077") == 302
    path = reverse("govcollab:registry_person", args=[person.pk])
    now = client.get(path).content.decode()
    assert "13900000077" in now
    assert "身份证" in now
    lines = client.get(path, {"on": "2026-10-01"}).context["lines"]
    assert "13900000018" in {line.value for line in lines}
    assert client.get(path, {"step": "99999"}).status_code == 200
    assert client.get(path, {"on": "<script>"}).status_code == 200


def test_a_change_that_cannot_be_is_refused_in_words(client: Client, person: Person) -> None:
    sign_in(client, "clerk")
    take_purpose(client, person, "household_registration")
    assert change(client, person, document_number="110105194912310021") == 422
    assert change(client, person, source="") == 422
    assert change(client, person) == 422  # nothing differs
    assert change(client, person, born_on="1950-01-01") in {302, 422}
    row = Person.objects.get(pk=person.pk)
    assert row.document_number == NUMBER


def test_a_person_is_registered_once(client: Client, person: Person) -> None:
    sign_in(client, "clerk")
    path = reverse("govcollab:registry_person_new")
    given = {
        "name": "<script>alert(1)</script>",
        "kind": "staying",
        "document_kind": "citizen",
        "effective_on": "2026-11-01",
        "source": "身份证",
        "quality": "verified",
    }
    assert client.post(path, {**given, "document_number": NUMBER}).status_code == 422
    assert client.post(path, {**given, "document_number": ""}).status_code == 302
    found = client.get(reverse("govcollab:registry"), {"q": "<script>"}).content.decode()
    assert "<script>alert" not in found


def test_the_export_is_masked_and_each_person_sees_it(client: Client, person: Person) -> None:
    sign_in(client, "department_head")
    answer = client.get(reverse("govcollab:registry_persons_csv"), {"q": "王秀"})
    text = answer.content.decode("utf-8-sig")
    assert "王*英" in text
    assert NUMBER not in text
    assert list_reads_of(person.pk)[0].act == "registry.export_persons"


def test_a_household_shows_its_members_masked(client: Client, person: Person) -> None:
    home = find_household_of(person.pk)
    assert home is not None
    sign_in(client, "clerk")
    path = reverse("govcollab:registry_household", args=[home.pk])
    text = client.get(path).content.decode()
    assert "王*英" in text
    assert "王秀英" not in text
    assert client.get(reverse("govcollab:registry_household", args=[999_999])).status_code == 404


def test_an_organization_shows_its_entry_holders_and_life(
    client: Client, company: Organization
) -> None:
    sign_in(client, "clerk")
    found = client.get(reverse("govcollab:registry_organizations"), {"q": "某点心"})
    assert company.name in found.content.decode()
    path = reverse("govcollab:registry_organization", args=[company.pk])
    text = client.get(path).content.decode()
    assert company.credit_code in text
    assert "60" in text
    event = reverse("govcollab:registry_organization_event", args=[company.pk])
    given = {"kind": "honored", "happened_on": "2026-05-01", "source": "market", "text": "守信"}
    assert client.post(event, {**given, "kind": "party"}).status_code == 422
    assert client.post(event, given).status_code == 302
    assert "守信" in client.get(path).content.decode()
    assert client.get(reverse("govcollab:registry_organization", args=[10**9])).status_code == 404


def test_an_entry_is_changed_from_a_day_on(client: Client, company: Organization) -> None:
    sign_in(client, "clerk")
    path = reverse("govcollab:registry_organization_change", args=[company.pk])
    form = client.get(path).context["form"]
    given = {name: form[name].value() or "" for name in form.fields}
    origin = {"effective_on": "2026-11-01", "source": "变更申请书", "quality": "verified"}
    answer = client.post(path, {**given, **origin, "name": "上海新名点心店有限公司"})
    assert answer.status_code == 302
    company.refresh_from_db()
    assert company.name == "上海新名点心店有限公司"


def test_a_claim_is_answered_yes_or_no_and_no_data_is_shown(client: Client, person: Person) -> None:
    sign_in(client, "clerk", "epb")
    path = reverse("govcollab:registry_verification")
    given = {"purpose": "identity", "document_number": NUMBER, "name": "王秀", "adult": "on"}
    answer = client.post(path, given)
    assert [holds for _, holds in answer.context["answers"]] == [False, True]
    assert "王秀英" not in answer.content.decode()
    assert list_reads_of(person.pk)[0].act == "registry.verify_person"
    assert client.post(path, {**given, "name": "", "adult": ""}).status_code == 422
    assert client.post(path, {**given, "document_number": ""}).status_code == 422


def test_claims_are_counted(client: Client, person: Person, monkeypatch) -> None:
    monkeypatch.setattr("ipudong.systems.govcollab.registry_quality.VERIFICATIONS_PER_MINUTE", 2)
    sign_in(client, "clerk", "parks")
    path = reverse("govcollab:registry_verification")
    given = {"purpose": "identity", "document_number": NUMBER, "name": "王秀"}
    assert [client.post(path, given).status_code for _ in range(3)] == [200, 200, 422]


def test_quality_is_measured_and_shown_by_field(client: Client, company: Organization) -> None:
    sign_in(client, "clerk")
    path = reverse("govcollab:registry_quality")
    assert client.get(path).context["report"] is None
    assert client.post(reverse("govcollab:registry_measure")).status_code == 302
    check = QualityCheck.objects.get()
    rows = {(row["subject"], row["field"]): row for row in check.rows}
    assert rows["person", "phone"]["filled"] == rows["person", "phone"]["total"] == 1
    assert rows["organization", "capital"]["filled"] == 0
    assert check.broken["resident_without_household"] == 0
    assert client.get(path).status_code == 200
    assert client.post(reverse("govcollab:registry_measure")).status_code == 302
    assert QualityCheck.objects.count() == 1


def test_purposes_are_public(client: Client) -> None:
    answer = sign_in(client, "resident").get(reverse("govcollab:registry_purposes"))
    assert answer.status_code == 200
    assert [row["purpose"].code for row in answer.context["purposes"]] == [*PURPOSES]
