import datetime as dt

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from ipudong.city.audit.models import Entry
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.lookup import digest_number, number_key
from ipudong.city.registry.models import FieldChange, Person
from ipudong.city.registry.queries import find_person_by_number, get_values_on, list_states
from ipudong.city.registry.services import (
    apply_due_changes,
    change_person,
    record_death,
    register_person,
)
from ipudong.city.registry.services.reindexing import reindex_people
from ipudong.city.registry.tests.people import POLICE, TODAY, WANG, number_of, origin

pytestmark = pytest.mark.django_db


def register(**values: object) -> Person:
    given = {"kind": "staying", "name": "李雷", **values}
    return register_person(by=POLICE, values=given, origin=origin(), today=TODAY)


def change(person: Person, on: dt.date = TODAY, **values: object) -> Person:
    return change_person(
        by=POLICE, person_id=person.pk, values=values, origin=origin(on), today=TODAY
    )


def test_birth_date_and_sex_come_from_the_number(wang: Person) -> None:
    assert (wang.born_on, wang.sex) == (dt.date(1962, 3, 8), "2")


def test_a_person_is_found_by_number_however_it_is_written(wang: Person) -> None:
    assert find_person_by_number(f" {WANG[:6]} {WANG[6:14]} {WANG[14:].lower()}") == wang
    assert find_person_by_number(number_of("310115", "19620308", 429)) is None


def test_the_index_of_numbers_holds_no_number_and_depends_on_the_key(wang: Person) -> None:
    assert wang.number_key == number_key("citizen", WANG)
    assert WANG not in str(wang.number_key)
    assert digest_number(b"one", "citizen", WANG) != digest_number(b"two", "citizen", WANG)
    assert 0 <= number_key("citizen", WANG) < 2**63


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"name": " "}, "name_needed"),
        ({"kind": "tourist"}, "unknown_kind"),
        ({"document_number": WANG[:-1] + "0"}, "number_not_valid"),
        ({"document_number": "E12345678", "document_kind": "library"}, "number_not_valid"),
        ({"document_number": WANG, "born_on": dt.date(1962, 3, 9)}, "number_contradicts"),
        ({"document_number": WANG, "sex": "1"}, "number_contradicts"),
        ({"shoe_size": 43}, "unknown_field"),
        ({"born_on": "yesterday"}, "value_not_valid"),
        ({"sex": "7"}, "value_not_valid"),
        ({"phone": "1" * 21}, "value_not_valid"),
    ],
)
def test_bad_input_is_refused_and_leaves_nothing(values: dict[str, object], code: str) -> None:
    with pytest.raises(RegistryError) as refused:
        register(**values)
    assert refused.value.code == code
    assert not Person.objects.exists()
    assert not FieldChange.objects.exists()


def test_one_number_is_one_person(wang: Person) -> None:
    with pytest.raises(RegistryError) as refused:
        register(document_number=WANG)
    assert refused.value.code == "number_taken"
    other = register()
    with pytest.raises(RegistryError) as refused:
        change(other, document_number=WANG)
    assert refused.value.code == "number_taken"


def test_a_change_keeps_what_was_and_says_by_whom(wang: Person) -> None:
    moved = change(wang, dt.date(2026, 11, 1), address="浦东新区张杨路 500 号")
    assert moved.address == "浦东新区张杨路 500 号"
    row = FieldChange.objects.filter(field="address").latest("pk")
    assert (row.old, row.new) == ("浦东新区乳山路 88 弄 3 号 502 室", moved.address)
    assert (row.by, row.source, row.quality) == ("shen", "police", "verified")
    entry = Entry.objects.get(action="registry.change_person")
    assert entry.subject == f"person:{wang.pk}"
    assert entry.detail["fields"] == ["address"]
    assert "张杨路" not in str(entry.detail)


def test_the_registry_answers_as_of_a_day(wang: Person) -> None:
    change(wang, dt.date(2026, 11, 1), phone="13900000001")
    change(wang, dt.date(2026, 11, 10), phone="13900000002")

    def phone_on(day: int) -> object:
        return get_values_on("person", fresh(wang), on=dt.date(2026, 11, day))["phone"]

    assert [phone_on(12), phone_on(5)] == ["13900000002", "13900000001"]
    before = get_values_on("person", fresh(wang), on=dt.date(2026, 10, 31))
    assert before["phone"] == "13900000018"


def fresh(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def test_a_correction_of_the_past_leaves_today_alone(wang: Person) -> None:
    change(wang, TODAY, phone="13900000009")
    change(wang, dt.date(2026, 10, 1), phone="13900000005")
    assert fresh(wang).phone == "13900000009"
    values = get_values_on("person", fresh(wang), on=dt.date(2026, 10, 20))
    assert values["phone"] == "13900000005"


def test_a_correction_of_the_same_day_follows_and_wins(wang: Person) -> None:
    change(wang, dt.date(2026, 11, 30), name="王秀瑛")
    change(wang, dt.date(2026, 11, 30), name="王秀颖")
    values = get_values_on("person", fresh(wang), on=dt.date(2026, 12, 1))
    assert values["name"] == "王秀颖"


def test_what_was_known_at_an_instant_can_be_told(wang: Person) -> None:
    before = dt.datetime(2026, 11, 23, 0, 59, tzinfo=dt.UTC)
    values = get_values_on("person", fresh(wang), on=TODAY, known_at=before)
    assert values["phone"] == ""
    assert get_values_on("person", fresh(wang), on=TODAY)["phone"] == "13900000018"


def test_a_change_to_come_is_shown_from_its_day_on(wang: Person) -> None:
    day = dt.date(2026, 12, 1)
    change(wang, day, address="浦东新区花木路 1 号")
    assert fresh(wang).address.startswith("浦东新区乳山路")
    assert apply_due_changes(today=dt.date(2026, 11, 30)) == 0
    assert apply_due_changes(today=day) == 1
    assert apply_due_changes(today=day) == 0
    assert fresh(wang).address == "浦东新区花木路 1 号"


def test_the_same_again_changes_nothing_and_says_so(wang: Person) -> None:
    person = register(name="韩梅梅")
    with pytest.raises(RegistryError) as refused:
        change(person, name="韩梅梅")
    assert refused.value.code == "nothing_changed"


def test_each_field_names_its_source_and_quality(wang: Person) -> None:
    change_person(
        by=POLICE,
        person_id=wang.pk,
        values={"phone": "13900000007"},
        origin=origin(TODAY, source="hotline", quality="declared"),
        today=TODAY,
    )
    states = {state.field: state for state in list_states("person", fresh(wang), on=TODAY)}
    assert (states["phone"].source, states["phone"].quality) == ("hotline", "declared")
    assert (states["name"].source, states["name"].quality) == ("police", "verified")


def test_a_death_is_recorded_once_it_happened(wang: Person) -> None:
    with pytest.raises(RegistryError):
        record_death(by=POLICE, person_id=wang.pk, origin=origin(dt.date(2026, 12, 1)), today=TODAY)
    record_death(by=POLICE, person_id=wang.pk, origin=origin(dt.date(2026, 11, 20)), today=TODAY)
    assert (fresh(wang).status, fresh(wang).died_on) == ("deceased", dt.date(2026, 11, 20))


def test_a_changed_number_is_found_at_once_and_corrects_birth_and_sex(wang: Person) -> None:
    number = number_of("310115", "19620308", 446)
    change(wang, document_number=number)
    assert find_person_by_number(number) == wang
    assert find_person_by_number(WANG) is None
    with pytest.raises(RegistryError) as refused:
        change(wang, document_number=number_of("310115", "19620309", 446))
    assert refused.value.code == "number_contradicts"


@pytest.mark.parametrize("quality", ["perfect", ""])
def test_a_change_without_known_quality_or_source_is_refused(quality: str) -> None:
    with pytest.raises(RegistryError):
        origin(quality=quality)
    with pytest.raises(RegistryError):
        origin(source=" ")


def test_the_key_of_the_index_can_be_set_apart(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_default = number_key("citizen", WANG)
    monkeypatch.setenv("IPUDONG_REGISTRY_INDEX_KEY", "a key of the district")
    assert number_key("citizen", WANG) != by_default


def test_after_a_change_of_the_key_numbers_are_found_again(
    wang: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPUDONG_REGISTRY_INDEX_KEY", "another key of the district")
    assert find_person_by_number(WANG) is None
    call_command("reindex_people")
    assert find_person_by_number(WANG) == wang
    assert reindex_people(by="test") == 0
