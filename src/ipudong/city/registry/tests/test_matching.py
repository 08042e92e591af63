"""Possible matches are reviewed; a merge turns every reference and a split turns each back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.roles import CLERK, RESIDENT
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.identifiers import citizen_check_character
from ipudong.city.registry.matching.imports import import_persons
from ipudong.city.registry.matching.merging import (
    decide_match,
    merge_organizations,
    merge_persons,
    reopen_match,
    split_persons,
)
from ipudong.city.registry.matching.review import find_next, list_matches, measure_review
from ipudong.city.registry.matching.runs import match_organizations, match_persons
from ipudong.city.registry.models import (
    Household,
    HouseholdMember,
    Organization,
    Person,
    PersonHouse,
    PossibleMatch,
)

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
CLERK_LI = Actor("li", frozenset({CLERK}), frozenset({"police"}))
STRANGER = Actor("stranger", frozenset({RESIDENT}))
HEAD = "kind,document_number,name,born_on,phone,address\n"


def number_of(first_17: str) -> str:
    return first_17 + citizen_check_character(first_17)


LI_NUMBER = number_of("31011519800102901")


def make_person(name: str, **more: object) -> Person:
    return Person.objects.create(
        kind="resident", name=name, source="test", quality="verified", recorded_at=AT, **more
    )


@pytest.fixture
def pair(db: None) -> PossibleMatch:
    """Two records of one woman, each with references."""
    left = make_person("王秀英", born_on=date(1980, 1, 2), phone="13800000001")
    right = make_person("王秀瑛", born_on=date(1980, 1, 2), phone="13800000001")
    for person, number in ((left, "H1"), (right, "H2")):
        house = Household.objects.create(number=number, kind="family", source="t", recorded_at=AT)
        HouseholdMember.objects.create(household=house, person=person, relation="02", source="t")
        PersonHouse.objects.create(person=person, address=number, relation="owner", source="t")
    match_persons(source="test", by="system:test", at=AT)
    return PossibleMatch.objects.get()


def references() -> dict[str, list[tuple[int, int]]]:
    return {
        model.__name__: list(model.objects.order_by("pk").values_list("pk", "person_id"))
        for model in (HouseholdMember, PersonHouse)
    }


def test_the_weights_say_why(pair: PossibleMatch) -> None:
    levels = {row["field"]: row["level"] for row in pair.weights}
    assert levels["family_name"] == "same"
    assert levels["given_name"] == "same_sound"
    assert levels["document_number"] == "missing"
    assert pair.probability > 0.9


def test_a_merge_turns_references_and_a_split_turns_them_back(pair: PossibleMatch) -> None:
    before = references()
    decide_match(match_id=pair.pk, merge=True, keep="left", by=CLERK_LI, at=AT)
    absorbed = Person.objects.get(pk=pair.right_id)
    assert absorbed.merged_into_id == pair.left_id
    assert absorbed.name == "王秀瑛"
    assert {person for _, person in references()["PersonHouse"]} == {pair.left_id}
    # A person lives in one household at a time, so the second membership stays where it was.
    assert references()["HouseholdMember"] == before["HouseholdMember"]
    reopen_match(match_id=pair.pk, by=CLERK_LI, at=AT)
    assert references() == before
    assert Person.objects.filter(merged_into=None).count() == 2
    pair.refresh_from_db()
    assert pair.state == "open"
    acts = set(Entry.objects.values_list("action", flat=True))
    assert {"registry.merge_person", "registry.split_person"} <= acts


def test_what_was_turned_by_hand_after_the_merge_stays(pair: PossibleMatch) -> None:
    merge = merge_persons(kept_id=pair.left_id, absorbed_id=pair.right_id, by=CLERK_LI, at=AT)
    other = make_person("李四")
    house = PersonHouse.objects.get(address="H2")
    PersonHouse.objects.filter(pk=house.pk).update(person=other)
    split_persons(merge_id=merge.pk, by=CLERK_LI, at=AT)
    house.refresh_from_db()
    assert house.person == other


def test_merges_in_a_row_are_undone_in_reverse(pair: PossibleMatch) -> None:
    third = make_person("王秀英")
    first = merge_persons(kept_id=pair.left_id, absorbed_id=pair.right_id, by=CLERK_LI, at=AT)
    second = merge_persons(kept_id=third.pk, absorbed_id=pair.left_id, by=CLERK_LI, at=AT)
    assert Person.objects.get(pk=pair.right_id).merged_into_id == third.pk
    with pytest.raises(RegistryError, match="merged_further"):
        split_persons(merge_id=first.pk, by=CLERK_LI, at=AT)
    split_persons(merge_id=second.pk, by=CLERK_LI, at=AT)
    split_persons(merge_id=first.pk, by=CLERK_LI, at=AT)
    assert Person.objects.filter(merged_into=None).count() == 3


def test_refusals(pair: PossibleMatch) -> None:
    ids = {"kept_id": pair.left_id, "absorbed_id": pair.right_id}
    with pytest.raises(RegistryError, match="review_not_allowed"):
        merge_persons(**ids, by=STRANGER, at=AT)
    with pytest.raises(RegistryError, match="review_not_allowed"):
        list_matches(STRANGER, kind="person")
    with pytest.raises(RegistryError, match="same_record"):
        merge_persons(kept_id=1, absorbed_id=1, by=CLERK_LI, at=AT)
    with pytest.raises(RegistryError, match="person_not_found"):
        merge_persons(kept_id=pair.left_id, absorbed_id=999, by=CLERK_LI, at=AT)
    merge = merge_persons(**ids, by=CLERK_LI, at=AT)
    with pytest.raises(RegistryError, match="merged_already"):
        merge_persons(**ids, by=CLERK_LI, at=AT)
    split_persons(merge_id=merge.pk, by=CLERK_LI, at=AT)
    with pytest.raises(RegistryError, match="undone_already"):
        split_persons(merge_id=merge.pk, by=CLERK_LI, at=AT)
    with pytest.raises(RegistryError, match="unknown_merge"):
        split_persons(merge_id=999, by=CLERK_LI, at=AT)
    with pytest.raises(RegistryError, match="unknown_match"):
        decide_match(match_id=999, merge=True, by=CLERK_LI, at=AT)
    with pytest.raises(RegistryError, match="not_decided"):
        reopen_match(match_id=pair.pk, by=CLERK_LI, at=AT)


def test_the_second_of_two_clerks_is_told(pair: PossibleMatch) -> None:
    decide_match(match_id=pair.pk, merge=False, by=CLERK_LI, at=AT)
    with pytest.raises(RegistryError, match="decided_already") as refused:
        decide_match(match_id=pair.pk, merge=True, by=CLERK_LI, at=AT)
    assert refused.value.fields["by"] == "li"
    assert find_next(CLERK_LI, kind="person") is None


def test_decisions_measure_the_probabilities(pair: PossibleMatch) -> None:
    assert [band.share for band in measure_review(CLERK_LI, kind="person")] == [None] * 3
    decide_match(match_id=pair.pk, merge=True, by=CLERK_LI, at=AT)
    assert sum(band.merged for band in measure_review(CLERK_LI, kind="person")) == 1


def test_a_pair_is_asked_about_once(pair: PossibleMatch) -> None:
    decide_match(match_id=pair.pk, merge=False, by=CLERK_LI, at=AT)
    assert match_persons(source="again", by="system:test", at=AT).found == 0
    assert PossibleMatch.objects.get().state == "apart"


@pytest.mark.django_db
def test_organizations_are_matched_and_merged() -> None:
    same = {"kind": "enterprise", "source": "t", "quality": "imported", "recorded_at": AT}
    same |= {"phone": "02158880000", "representative_name": "王伟", "address": "张杨路1号"}
    for code, name in (
        ("91310115MA1H70001X", "上海浦江云帆科技有限公司"),
        ("91310115MA1H70002T", "上海浦江云帆科技有限责任公司"),
    ):
        Organization.objects.create(credit_code=code, name=name, **same)
    match_organizations(source="test", by="system:test", at=AT)
    pair = PossibleMatch.objects.get(kind="organization")
    merge = merge_organizations(kept_id=pair.left_id, absorbed_id=pair.right_id, by=CLERK_LI, at=AT)
    split_persons(merge_id=merge.pk, by=CLERK_LI, at=AT)
    assert Organization.objects.filter(merged_into=None).count() == 2


@pytest.mark.django_db
def test_an_import_takes_what_is_right_and_says_what_is_not(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        HEAD
        + f"resident,{LI_NUMBER},李大明,,13900000001,张杨路1号\n"
        + "resident,310115198001029998,张三,,,\n"
        + "resident,,,1980-01-02,,\n"
        + "resident,,赵六,2.1.1980,,\n"
        + "ghost,,钱七,,,\n"
        + "resident,,李大明,1980-01-02,13900000001,张杨路1号\n"
        + f"resident,{LI_NUMBER},李大明,,,\n"
        + "resident,,孙八,,,,more\n",
        encoding="utf-8",
    )
    report = import_persons(path, by=CLERK_LI, at=AT)
    assert report.fresh == 2
    assert [line for line, _ in report.rejects] == [3, 4, 5, 6, 8, 9]
    assert report.review == 1
    again = import_persons(path, by=CLERK_LI, at=AT)
    assert again.known >= 1


@pytest.mark.django_db
def test_another_name_under_a_known_number_goes_to_review(tmp_path: Path) -> None:
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text(HEAD + f"resident,{LI_NUMBER},李大明,,,\n", encoding="utf-8")
    second.write_text(HEAD + f"resident,{LI_NUMBER},李大铭,1980-01-02,,\n", encoding="gb18030")
    import_persons(first, by=CLERK_LI, at=AT)
    assert import_persons(second, by=CLERK_LI, at=AT).review == 1
    newcomer = Person.objects.get(name="李大铭")
    assert (newcomer.document_number, newcomer.quality) == ("", "doubtful")
    levels = {row["field"]: row["level"] for row in PossibleMatch.objects.get().weights}
    assert levels["document_number"] == "same"


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00\x00", b"name\n\x00\n"])
def test_a_file_that_is_no_table_changes_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    report = import_persons(path, by=CLERK_LI, at=AT)
    assert report.fresh == 0
    assert report.rejects


@pytest.mark.django_db
@settings(max_examples=15, deadline=None)
@given(rows=st.lists(st.lists(st.text(max_size=8), max_size=6), max_size=3))
def test_any_table_is_read_or_rejected(tmp_path_factory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_text(
        HEAD + "\n".join(",".join(row) for row in rows), encoding="utf-8", errors="replace"
    )
    import_persons(path, by=CLERK_LI, at=AT)
