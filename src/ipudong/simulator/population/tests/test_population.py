import datetime as dt
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from ipudong.city.registry.identifiers import parse_citizen_number, parse_credit_code
from ipudong.simulator.population.numbers import citizen_numbers
from ipudong.simulator.population.organizations import draw_organizations
from ipudong.simulator.population.people import Area, draw_people

TODAY = dt.date(2026, 11, 22)
AREAS = (Area("310115005000", "陆家嘴街道", 1.0), Area("310115125000", "张江镇", 3.0))
PERSONS, HOUSEHOLDS = 20_000, 7_000


@pytest.fixture(scope="module")
def people() -> pa.Table:
    return pa.Table.from_batches(draw_people(PERSONS, HOUSEHOLDS, AREAS, today=TODAY, seed=1))


def test_every_number_holds_is_nobodys_and_stands_once(people: pa.Table) -> None:
    rows = people.filter(pa.compute.equal(people["document_kind"], "citizen")).to_pylist()
    numbers = [parse_citizen_number(row["document_number"]) for row in rows]
    assert len({number.text for number in numbers}) == len(rows)
    assert {number.division[4:] for number in numbers} == {"99"}
    assert all(
        number.born_on == row["born_on"] and number.is_male == (row["sex"] == "1")
        for number, row in zip(numbers, rows, strict=True)
    )


def test_ages_are_those_the_census_of_2020_published_for_shanghai(people: pa.Table) -> None:
    ages = np.array([(TODAY - day).days / 365.25 for day in people["born_on"].to_pylist()])
    shares = [float(((ages >= low) & (ages < high)).mean()) * 100
              for low, high in ((0, 15), (15, 60), (60, 200))]  # fmt: skip
    assert shares == pytest.approx([9.8, 66.8, 23.4], abs=1.0)
    assert (ages >= 0).all()


def test_every_household_has_one_grown_up_head_and_one_address(people: pa.Table) -> None:
    rows = people.to_pylist()
    heads = [row for row in rows if row["relation"] == "02"]
    assert len(heads) == len({row["household_number"] for row in rows}) == HOUSEHOLDS
    assert all((TODAY - row["born_on"]).days >= 22 * 365 for row in heads)
    addresses = {(row["household_number"], row["address"], row["place"]) for row in rows}
    assert len(addresses) == HOUSEHOLDS


def test_people_live_where_the_weights_say(people: pa.Table) -> None:
    counted = Counter(people["place"].to_pylist())
    assert counted["310115125000"] / PERSONS == pytest.approx(0.75, abs=0.03)


def test_one_seed_draws_one_population() -> None:
    def draw(seed: int) -> pa.Table:
        return pa.Table.from_batches(draw_people(500, 180, AREAS, today=TODAY, seed=seed))

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_organizations_have_codes_that_hold_and_parents_that_stand_before() -> None:
    rows = pa.Table.from_batches(draw_organizations(3000, AREAS, today=TODAY, seed=1)).to_pylist()
    codes = [parse_credit_code(row["credit_code"]).text for row in rows]
    assert len(set(codes)) == len({row["name"] for row in rows}) == len(rows)
    for place, row in enumerate(rows):
        assert not row["parent"] or row["parent"] in codes[:place]
    assert any(row["parent"] for row in rows)


def test_more_births_than_a_day_has_sequences_are_refused() -> None:
    one_day = np.zeros(501, dtype=np.int64)
    division, men = np.full(501, 310199), np.ones(501, dtype=bool)
    assert len(set(citizen_numbers(division[:500], one_day[:500], men[:500]))) == 500
    with pytest.raises(OverflowError):
        citizen_numbers(division, one_day, men)
