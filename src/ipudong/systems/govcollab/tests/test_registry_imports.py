import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import system_actor
from ipudong.city.registry.identifiers import citizen_check_character
from ipudong.city.registry.models import (
    Household,
    HouseholdMember,
    Organization,
    Person,
    PersonHouse,
    Place,
)
from ipudong.city.registry.queries import find_organization, find_person_by_number
from ipudong.city.registry.services import Origin, register_person
from ipudong.simulator.population import organizations, people
from ipudong.simulator.population.files import write_batches
from ipudong.systems.govcollab.registry_imports import (
    PopulationFileError,
    import_organizations,
    import_population,
)

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 22)
AREAS = (people.Area("310115005000", "陆家嘴街道", 1.0),)
ACTOR = system_actor("test")


def nothing(done: int, total: int) -> None:
    """Show no progress."""


@pytest.fixture(autouse=True)
def _place() -> None:
    Place.objects.create(
        code="310115005000",
        kind="subdistrict",
        name_zh="陆家嘴街道",
        name_en="Lujiazui",
        lon=121.5,
        lat=31.2,
        area_km2=6.85,
    )


@pytest.fixture
def persons_file(tmp_path: Path) -> Path:
    path = tmp_path / "persons.arrow"
    drawn = people.draw_people(300, 100, AREAS, today=TODAY, seed=3)
    write_batches(path, people.SCHEMA, drawn)
    return path


def test_a_population_is_loaded_with_its_households_and_dwellings(persons_file: Path) -> None:
    report = import_population(persons_file, ACTOR, nothing)
    assert (report.accepted, report.rejected) == (300, 0)
    assert (Person.objects.count(), PersonHouse.objects.count()) == (300, 300)
    assert Household.objects.count() == 100
    assert HouseholdMember.objects.filter(relation="02").count() == 100
    person = Person.objects.exclude(document_number="").order_by("-pk")[0]
    assert find_person_by_number(person.document_number) == person
    assert (person.source, person.quality, person.place.code) == (  # type: ignore[union-attr]
        "persons",
        "imported",
        "310115005000",
    )
    entry = Entry.objects.get(action="registry.load_persons")
    assert entry.detail == {"source": "persons", "accepted": 300, "rejected": 0}


def test_after_a_load_new_persons_get_keys_of_their_own(persons_file: Path) -> None:
    import_population(persons_file, ACTOR, nothing)
    origin = Origin(
        source="police",
        quality="verified",
        effective_on=TODAY,
        by="test",
        at=dt.datetime(2026, 11, 22, tzinfo=dt.UTC),
    )
    values = {"kind": "staying", "name": "李雷"}
    person = register_person(by=ACTOR, values=values, origin=origin, today=TODAY)
    assert Person.objects.count() == 301
    assert person.pk == Person.objects.order_by("-pk").first().pk  # type: ignore[union-attr]


def test_loading_the_same_file_again_takes_nobody_twice(persons_file: Path) -> None:
    import_population(persons_file, ACTOR, nothing)
    report = import_population(persons_file, ACTOR, nothing)
    assert (report.accepted, report.rejected) == (0, 300)
    assert {why for _, why in report.rejects} == {"number_taken"}
    assert Household.objects.count() == 100


def test_rows_that_cannot_be_are_named_with_their_reason(tmp_path: Path) -> None:
    def row(**given: object) -> dict[str, object]:
        body = f"310199{19700101 + len(given):08d}011"
        return {
            **dict.fromkeys(people.SCHEMA.names),
            "kind": "resident",
            "document_kind": "citizen",
            "name": "某人",
            "document_number": body + citizen_check_character(body),
            "sex": "1",
            **given,
        }

    good = row()
    rows = [
        good,
        {**good},
        row(kind="tourist"),
        row(name=""),
        row(document_number="310199197001010110"),
        row(place="999999000000"),
        row(document_number="", name="没有号码", relation="??", household_number="H1"),
    ]
    path = tmp_path / "persons.arrow"
    write_batches(path, people.SCHEMA, [pa.RecordBatch.from_pylist(rows, schema=people.SCHEMA)])
    report = import_population(path, ACTOR, nothing)
    assert report.accepted == 2
    assert dict(report.rejects) == {
        2: "number_taken",
        3: "unknown_kind",
        4: "name_needed",
        5: "number_not_valid: check_character",
        6: "unknown_place",
    }


def test_organizations_are_loaded_with_their_branches(tmp_path: Path) -> None:
    path = tmp_path / "organizations.arrow"
    drawn = organizations.draw_organizations(200, AREAS, today=TODAY, seed=3)
    write_batches(path, organizations.SCHEMA, drawn)
    report = import_organizations(path, ACTOR, nothing)
    assert (report.accepted, report.rejected) == (200, 0)
    branch = Organization.objects.exclude(parent=None)[0]
    assert branch.name.startswith("上海")
    found = find_organization(branch.credit_code)
    assert found is not None
    assert found.parent_id == branch.parent_id
    again = import_organizations(path, ACTOR, nothing)
    assert (again.accepted, again.rejected) == (0, 200)


@pytest.mark.parametrize("content", [b"", b"not arrow", b"ARROW1\0\0" + b"x" * 40])
def test_a_file_that_is_none_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.arrow"
    path.write_bytes(content)
    with pytest.raises(PopulationFileError) as refused:
        import_population(path, ACTOR, nothing)
    assert refused.value.code == "no_arrow_file"


def test_a_file_without_a_column_names_it(tmp_path: Path) -> None:
    path = tmp_path / "x.arrow"
    write_batches(path, pa.schema([("name", pa.string())]), [])
    with pytest.raises(PopulationFileError) as refused:
        import_population(path, ACTOR, nothing)
    assert (refused.value.code, refused.value.column) == ("column_missing", "kind")
    assert not Person.objects.exists()
