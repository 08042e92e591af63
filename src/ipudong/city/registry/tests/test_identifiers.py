import csv
import datetime as dt
from pathlib import Path

import pytest

from ipudong.city.registry.identifiers import (
    IdentifierError,
    parse_citizen_number,
    parse_credit_code,
    parse_division_code,
)


def test_the_example_number_of_gb_11643_is_accepted():
    number = parse_citizen_number("11010519491231002x")
    assert number.division == "110105"
    assert number.born_on == dt.date(1949, 12, 31)
    assert not number.is_male


def test_the_example_code_of_gb_32100_is_accepted():
    code = parse_credit_code("91350100M000100Y43")
    assert (code.authority, code.kind, code.division) == ("9", "1", "350100")
    assert code.organization_code == "M000100Y4"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("110105194912310021", "check_character"),
        ("11010519491331002X", "birth_date"),
        ("99010519491231002X", "province"),
        ("1101051949123100", "shape"),
        ("１１010519491231002X", "shape"),
        ("", "shape"),
    ],
)
def test_a_wrong_citizen_number_is_refused_with_its_reason(text, code):
    with pytest.raises(IdentifierError) as refused:
        parse_citizen_number(text)
    assert refused.value.code == code
    assert text == "" or text not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91350100M000100Y44", "check_character"),
        ("91350100M000100Y53", "check_character"),
        ("91350100I000100Y43", "shape"),
        ("91990100M000100Y43", "province"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_its_reason(text, code):
    with pytest.raises(IdentifierError) as refused:
        parse_credit_code(text)
    assert refused.value.code == code


def test_a_single_changed_digit_never_passes_as_a_citizen_number():
    good = "11010519491231002X"
    for place in range(17):
        for digit in "0123456789":
            if digit != good[place]:
                with pytest.raises(IdentifierError):
                    parse_citizen_number(good[:place] + digit + good[place + 1 :])


@pytest.mark.parametrize(
    ("text", "level", "parent"),
    [
        ("310000", "province", ""),
        ("310100", "prefecture", "310000"),
        ("310115", "county", "310100"),
        ("310115000000", "county", "310100000000"),
        ("310115005000", "township", "310115000000"),
        ("310115005001", "village", "310115005000"),
    ],
)
def test_a_division_knows_its_level_and_parent(text, level, parent):
    division = parse_division_code(text)
    assert (division.level, division.parent) == (level, parent)


@pytest.mark.parametrize(
    "text", ["31011", "3101150050", "310015", "310115000001", "990115", "3１0115"]
)
def test_a_wrong_division_code_is_refused(text):
    with pytest.raises(IdentifierError):
        parse_division_code(text)


def test_every_published_village_code_has_its_township_as_parent(shared_data: Path):
    source = shared_data / "geo/pudong_villages_2023_1526.csv"
    with source.open(encoding="utf-8-sig", newline="") as lines:
        codes = [cell for row in csv.reader(lines) for cell in row[:1] if cell.isdigit()]
    assert len(codes) == 1526
    parents = {parse_division_code(code).parent for code in codes}
    assert {parse_division_code(parent).parent for parent in parents} == {"310115000000"}
