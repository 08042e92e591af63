"""Records are matched as the FEBRL sets know: rec_id says which are one."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

from ipudong.city.registry.matching.linking import Linked, link
from ipudong.city.registry.matching.model import PERSONS
from ipudong.city.registry.matching.names import sound_of, split_name

LIKELY = 0.5


def read_febrl(path: Path) -> pa.Table:
    """A FEBRL file in the columns of the person model; it knows no phone."""
    text = path.read_text(encoding="utf-8").replace(", ", ",")
    rows = list(
        pa.csv.read_csv(pa.BufferReader(text.encode()), convert_options=AS_TEXT).to_pylist()
    )
    return pa.Table.from_pylist([_person(row) for row in rows], SCHEMA)


AS_TEXT = pa.csv.ConvertOptions(
    column_types=dict.fromkeys(
        ("street_number", "postcode", "date_of_birth", "soc_sec_id", "address_1", "address_2"),
        pa.string(),
    ),
)
SCHEMA = pa.schema(
    [(name, pa.bool_() if name == "fresh" else pa.string()) for name in PERSONS.columns]
)


def _person(row: dict[str, str]) -> dict[str, object]:
    family, given = row["surname"] or None, row["given_name"] or None
    street = row["address_1"] or None
    return {
        "id": row["rec_id"],
        "family": family,
        "given": given,
        "family_sound": family and sound_of(family),
        "given_sound": given and sound_of(given),
        "born": row["date_of_birth"] or None,
        "number": row["soc_sec_id"] or None,
        "phone": None,
        "address": street and f"{row['street_number'] or ''} {street}",
        "division": row["postcode"] or None,
        "fresh": True,
    }


def _entity(rec_id: object) -> str:
    found = re.match(r"rec-\d+", str(rec_id))
    assert found
    return found[0]


def _rate(linked: Linked, true_pairs: int) -> tuple[float, float]:
    """Precision and recall of the pairs that are likelier one than two."""
    said = [pair for pair in linked.pairs if pair.probability >= LIKELY]
    right = sum(_entity(pair.left) == _entity(pair.right) for pair in said)
    return right / len(said), right / true_pairs


def test_duplicates_within_one_set_are_found(shared_data: Path) -> None:
    linked = link([read_febrl(shared_data / "population" / "febrl_dataset1.csv")], PERSONS)
    precision, recall = _rate(linked, 500)
    assert linked.trained
    assert precision >= 0.995  # measured 1.0
    assert recall >= 0.975  # measured 0.98


def test_two_sets_are_linked(shared_data: Path) -> None:
    folder = shared_data / "population"
    tables = [read_febrl(folder / f"febrl_dataset4{part}.csv") for part in "ab"]
    precision, recall = _rate(link(tables, PERSONS), 5000)
    assert precision >= 0.999  # measured 0.9998
    assert recall >= 0.985  # measured 0.993


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("王秀英", ("王", "秀英")),
        ("欧阳修", ("欧阳", "修")),
        ("欧阳", ("欧", "阳")),
        ("买买提·艾力", ("买", "买提·艾力")),
        ("John Smith", ("Smith", "John")),
        ("", ("", "")),
    ],
)
def test_a_name_is_split(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


def test_names_that_sound_alike_are_known() -> None:
    assert sound_of("伟") == sound_of("玮")
    assert sound_of("单") == "shan"
    assert sound_of("O'Neill") == "oneill"


def _people(*rows: tuple[str, str, str, str, str]) -> pa.Table:
    people = []
    for key, name, born, number, phone in rows:
        family, given = split_name(name)
        people.append(
            {
                "id": key,
                "family": family,
                "given": given,
                "family_sound": sound_of(family),
                "given_sound": sound_of(given),
                "born": born,
                "number": number or None,
                "phone": phone or None,
                "address": None,
                "division": None,
                "fresh": key == "new",
            }
        )
    return pa.Table.from_pylist(people, SCHEMA)


def test_a_homophone_and_a_typing_error_are_still_one_person() -> None:
    table = _people(
        ("a", "张伟", "19800102", "310115198001020012", "13800000001"),
        ("b", "李娜", "19900505", "310115199005050022", "13800000002"),
        ("new", "章玮", "19800102", "310115198001020021", "13800000001"),
    )
    (pair,) = link([table], PERSONS, fresh_only=True).pairs
    assert {pair.left, pair.right} == {"a", "new"}
    levels = {weight.field: weight.level for weight in pair.weights}
    assert levels["given_name"] == levels["family_name"] == "same_sound"
    assert levels["document_number"] == "one_typo"
    assert levels["address"] == "missing"
    assert pair.probability > 0.9


def test_two_people_of_one_name_and_birth_date_are_not_certain() -> None:
    table = _people(
        ("a", "王伟", "19800102", "310115198001020012", "13800000001"),
        ("new", "王伟", "19800102", "310101198001026666", "13912345678"),
    )
    pairs = link([table], PERSONS, fresh_only=True).pairs
    assert all(pair.probability < LIKELY for pair in pairs)


def test_nothing_is_compared_with_nothing() -> None:
    assert link([_people()], PERSONS).pairs == ()


def test_what_was_learned_is_used_again() -> None:
    table = _people(
        ("a", "张伟", "19800102", "", ""),
        ("new", "张伟", "19800102", "", ""),
    )
    first = link([table], PERSONS).pairs[0]
    learned = {"born_on": {"same": (0.9, 0.5)}}
    assert link([table], PERSONS, least=0.0, levels=learned).pairs[0].bits < first.bits
