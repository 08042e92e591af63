import datetime as dt

import pytest
from django.db import connection

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Organization, Person
from ipudong.city.registry.purposes import PERSON_FIELDS, PURPOSES
from ipudong.city.registry.queries import (
    find_person_of,
    list_persons_at,
    list_reads_of,
    read_person,
    search_persons,
    verify_person,
)
from ipudong.city.registry.queries.search import begins
from ipudong.city.registry.services import bind_account, link_house, register_person
from ipudong.city.registry.tests.people import (
    AT,
    CIVIL,
    LEADER,
    NOBODY,
    POLICE,
    TODAY,
    WANG,
    number_of,
    origin,
)

pytestmark = pytest.mark.django_db


def test_one_reads_ones_own_data_whole_and_without_a_note(wang: Person) -> None:
    account = Account.objects.create_user("resident")
    assert find_person_of(account.pk) is None
    bind_account(by=POLICE, account_id=account.pk, person_id=wang.pk, level="verified", at=AT)
    before = Entry.objects.count()
    own = find_person_of(account.pk)
    assert own is not None
    assert (own.name, own.document_number, own.level) == ("王秀英", WANG, "verified")
    assert Entry.objects.count() == before
    assert find_person_of(None) is None


def test_the_police_see_all_for_registration_and_the_person_sees_that(wang: Person) -> None:
    view = read_person(by=POLICE, person_id=wang.pk, purpose="household_registration")
    assert set(view.values) == set(PERSON_FIELDS)
    assert view.values["document_number"] == WANG
    assert view.masked == frozenset()
    note = list_reads_of(wang.pk)[0]
    assert (note.who, note.offices, note.act) == ("shen", ("police",), "registry.read_person")
    assert (note.purpose, set(note.fields)) == ("household_registration", set(PERSON_FIELDS))


def test_a_purpose_masks_what_it_does_not_need(wang: Person) -> None:
    view = read_person(by=CIVIL, person_id=wang.pk, purpose="data_quality")
    assert view.values["name"] == "王*英"
    assert view.values["document_number"].count("*") == 8
    assert view.values["phone"] == "139****0018"
    assert "13900000018" not in str(view)
    assert {"name", "phone", "document_number"} <= view.masked


def test_only_the_asked_fields_are_read_and_noted(wang: Person) -> None:
    view = read_person(
        by=CIVIL, person_id=wang.pk, purpose="social_assistance", fields=("name", "phone")
    )
    assert set(view.values) == {"name", "phone"}
    assert list_reads_of(wang.pk)[0].fields == ("name", "phone")


@pytest.mark.parametrize(
    ("actor", "purpose", "fields", "case", "code"),
    [
        (NOBODY, "household_registration", (), "", "read_not_allowed"),
        (LEADER, "household_registration", (), "", "read_not_allowed"),
        (CIVIL, "household_registration", (), "", "purpose_not_yours"),
        (POLICE, "curiosity", (), "", "unknown_purpose"),
        (CIVIL, "case_handling", (), " ", "case_needed"),
        (CIVIL, "case_handling", ("ethnicity",), "310115-1", "field_not_covered"),
        (CIVIL, "emergency", (), "", "purpose_not_yours"),
    ],
)
def test_who_may_not_read_is_told_why_and_reads_nothing(
    wang: Person, actor: Actor, purpose: str, fields: tuple[str, ...], case: str, code: str
) -> None:
    before = len(list_reads_of(wang.pk))
    with pytest.raises(RegistryError) as refused:
        read_person(by=actor, person_id=wang.pk, purpose=purpose, fields=fields, case_number=case)
    assert refused.value.code == code
    assert len(list_reads_of(wang.pk)) == before


def test_a_case_names_itself_in_the_note(wang: Person) -> None:
    read_person(by=CIVIL, person_id=wang.pk, purpose="case_handling", case_number="PD-2026-7")
    assert list_reads_of(wang.pk)[0].case_number == "PD-2026-7"


def test_reads_of_others_are_not_among_mine(wang: Person) -> None:
    other = register_person(
        by=POLICE, values={"kind": "staying", "name": "李雷"}, origin=origin(), today=TODAY
    )
    read_person(by=POLICE, person_id=other.pk, purpose="household_registration")
    assert not [note for note in list_reads_of(wang.pk) if note.act == "registry.read_person"]
    assert len(list_reads_of(other.pk)) == 1


def test_a_merged_record_is_read_as_the_one_it_turned_out_to_be(wang: Person) -> None:
    double = register_person(
        by=POLICE, values={"kind": "staying", "name": "王秀瑛"}, origin=origin(), today=TODAY
    )
    Person.objects.filter(pk=double.pk).update(merged_into=wang)
    view = read_person(by=POLICE, person_id=double.pk, purpose="household_registration")
    assert (view.person_id, view.values["name"]) == (wang.pk, "王秀英")


def test_every_purpose_has_a_legal_basis_and_hides_what_it_does_not_name() -> None:
    for purpose in PURPOSES.values():
        assert str(purpose.legal_basis)
        assert purpose.clear | purpose.masked <= set(PERSON_FIELDS)
        assert not purpose.clear & purpose.masked


# -- verification


def verify(claim: dict[str, object], by: Actor = CIVIL) -> dict[str, bool]:
    answer = verify_person(by=by, claim=claim, purpose="identity", today=TODAY)
    return dict(answer.answers)


def test_a_claim_is_answered_field_by_field(wang: Person) -> None:
    claim = {"document_number": WANG, "name": "王秀英", "born_on": "1962-03-09", "adult": "yes"}
    assert verify(claim) == {"name": True, "born_on": False, "adult": True}
    assert verify({"document_number": WANG, "adult": "no", "alive": True, "resident": "是"}) == {
        "alive": True,
        "resident": True,
        "adult": False,
    }
    assert verify({"document_number": WANG, "place": "310115005000", "sex": "2"}) == {
        "sex": True,
        "place": True,
    }


def test_an_unknown_number_is_answered_like_a_wrong_name(wang: Person) -> None:
    stranger = number_of("310115", "19700101", 11)
    assert verify({"document_number": stranger, "name": "王秀英"}) == {"name": False}
    assert verify({"document_number": WANG, "name": "王秀"}) == {"name": False}


def test_of_age_is_from_the_eighteenth_birthday_on(wang: Person) -> None:
    number = number_of("310115", "20081124", 11)
    register_person(
        by=POLICE,
        values={"kind": "resident", "name": "小明", "document_number": number},
        origin=origin(),
        today=TODAY,
    )
    claim = {"document_number": number, "adult": "yes"}

    def adult_on(day: dt.date) -> bool:
        return verify_person(by=CIVIL, claim=claim, purpose="identity", today=day).holds

    assert not adult_on(dt.date(2026, 11, 23))
    assert adult_on(dt.date(2026, 11, 24))


def test_the_person_sees_that_a_claim_was_checked(wang: Person) -> None:
    verify({"document_number": WANG, "name": "somebody"})
    note = list_reads_of(wang.pk)[0]
    assert (note.act, note.fields, note.who) == ("registry.verify_person", ("name",), "lu")
    assert "somebody" not in str(Entry.objects.latest("sequence").detail)


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ({}, "claim_without_number"),
        ({"document_number": "9" * 31, "name": "x"}, "claim_without_number"),
        ({"document_number": WANG}, "claim_without_field"),
        ({"document_number": WANG, "name": ""}, "claim_without_field"),
        ({"document_number": WANG, "address": "乳山路"}, "claim_unknown_field"),
        ({"document_number": WANG, "born_on": "1962"}, "claim_unreadable"),
        ({"document_number": WANG, "name": "王" * 101}, "claim_unreadable"),
    ],
)
def test_an_unusable_claim_is_refused_with_its_reason(
    wang: Person, claim: dict[str, object], code: str
) -> None:
    with pytest.raises(RegistryError) as refused:
        verify(claim)
    assert refused.value.code == code


@pytest.mark.parametrize("actor", [NOBODY, LEADER])
def test_who_may_not_verify_is_refused(wang: Person, actor: Actor) -> None:
    with pytest.raises(RegistryError) as refused:
        verify({"document_number": WANG, "name": "王秀英"}, by=actor)
    assert refused.value.code == "verify_not_allowed"


# -- search


@pytest.mark.parametrize("text", [WANG, "王秀", "王秀英", "13900000018", f" {WANG.lower()} "])
def test_a_person_is_found_by_number_name_or_phone_masked(wang: Person, text: str) -> None:
    page = search_persons(CIVIL, text)
    assert [hit.person_id for hit in page.rows] == [wang.pk]
    assert "王秀英" not in str(page)
    assert WANG not in str(page)


def test_a_search_is_recorded_without_what_was_asked(wang: Person) -> None:
    search_persons(CIVIL, "王秀英")
    entry = Entry.objects.latest("sequence")
    assert entry.action == "registry.search_persons"
    assert entry.detail == {"by": "name", "found": 1, "offices": ["civil_affairs"]}


def test_a_name_with_a_birth_date_is_exact(wang: Person) -> None:
    assert len(search_persons(CIVIL, "王秀英", born_on="1962-03-08").rows) == 1
    assert not search_persons(CIVIL, "王秀英", born_on="1962-03-09").rows


def test_a_list_that_is_too_long_says_so(lujiazui: object) -> None:
    for _ in range(4):
        register_person(
            by=POLICE, values={"kind": "staying", "name": "张伟"}, origin=origin(), today=TODAY
        )
    page = search_persons(CIVIL, "张伟", limit=3)
    assert (len(page.rows), page.more) == (3, True)


def test_a_wildcard_finds_nobody(wang: Person) -> None:
    assert not search_persons(CIVIL, "%%").rows
    assert not search_persons(CIVIL, "王%").rows
    assert not search_persons(CIVIL, "王_英").rows


def test_too_short_a_word_and_the_wrong_role_are_refused(wang: Person) -> None:
    with pytest.raises(RegistryError) as refused:
        search_persons(CIVIL, "王")
    assert refused.value.code == "search_too_short"
    with pytest.raises(RegistryError) as refused:
        search_persons(NOBODY, "王秀英")
    assert refused.value.code == "search_not_allowed"
    with pytest.raises(RegistryError):
        list_persons_at(LEADER, "x")


def test_who_lives_at_an_address_is_listed_masked(wang: Person) -> None:
    link_house(
        by=POLICE,
        person_id=wang.pk,
        address="乳山路 88 弄 3 号 502 室",
        address_code="A1",
        relation="owner",
        since_on=TODAY,
        source="police",
        at=AT,
    )
    page = list_persons_at(POLICE, "A1")
    assert [hit.person_id for hit in page.rows] == [wang.pk]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the plan as SQLite words it")
def test_searches_walk_the_index_that_was_made_for_them(wang: Person) -> None:
    rows = Person.objects.filter(merged_into=None)
    plans = {
        "person_by_name": rows.filter(begins("name", "王秀"))[:51],
        "person_by_phone": rows.filter(phone="13900000018")[:51],
        "number_key": rows.filter(number_key__in=[1, 2, 3]),
        "organization_by_trade_name": Organization.objects.filter(merged_into=None).filter(
            begins("trade_name", "面馆")
        )[:51],
        "merged_persons": Person.objects.filter(merged_into=wang),
    }
    for index, found in plans.items():
        assert "SEARCH" in found.explain(), index
        name = "registry_person_1" if index == "number_key" else index
        assert index in found.explain() or name in found.explain(), found.explain()
