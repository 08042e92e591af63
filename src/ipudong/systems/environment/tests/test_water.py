"""Water classes against published classes, the trophic index and the trend against scipy."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ipudong.systems.environment.readers.cnemc_water import (
    PARAMETERS,
    WaterReading,
    read_cnemc_water_csv,
    read_cnemc_water_json,
)
from ipudong.systems.environment.readers.rows import Reject
from ipudong.systems.environment.water import assess, classify, exceedances, trophic_state
from ipudong.systems.environment.water_tables import LAKE, RIVER, WaterClass
from ipudong.systems.environment.water_trend import describe, mann_kendall

SHANGHAI = "water_quality_shanghai_2021-04.csv"
JISHUIGANG = "急水港桥"  # the inflow of 淀山湖, judged by the lake's phosphorus limits


def published(rows: Iterator[WaterReading | Reject]) -> list[WaterReading]:
    """Every row with a published class, repeated rows included."""
    read = [row.record if isinstance(row, Reject) else row for row in rows]
    return [r for r in read if isinstance(r, WaterReading) and r.published_class is not None]


def agrees(reading: WaterReading, body: str) -> bool:
    assessment = assess(reading.values, body)
    return assessment is not None and assessment.overall == reading.published_class


@pytest.fixture
def shanghai(shared_data: Path) -> list[WaterReading]:
    with (shared_data / "environment" / SHANGHAI).open("rb") as source:
        return published(read_cnemc_water_csv(source, 2021))


def test_shanghai_reproduces_342_of_366_classes_by_the_river_table_alone(shanghai):
    assert (sum(agrees(r, "river") for r in shanghai), len(shanghai)) == (342, 366)


def test_shanghai_reproduces_363_classes_with_the_lake_inflow_and_three_are_display_rounding(
    shanghai,
):
    body = defaultdict(lambda: "river", {JISHUIGANG: "lake"})
    odd = [r for r in shanghai if not agrees(r, body[r.section])]
    assert len(shanghai) - len(odd) == 363
    # Each shows a value exactly on a limit; one last digit above it gives the published class.
    explained = {
        ("横潦泾", "04-02 16:00"): ("tp", 0.200),
        ("汾湖大桥(界标)", "04-01 16:00"): ("codmn", 4.00),
        ("汾湖大桥(界标)", "04-05 04:00"): ("codmn", 4.00),
    }
    assert {(r.section, f"{r.at:%m-%d %H:%M}") for r in odd} == set(explained)
    for reading in odd:
        item, shown = explained[reading.section, f"{reading.at:%m-%d %H:%M}"]
        assert reading.values[item] == shown
        above = assess({**reading.values, item: shown + 0.0001}, "river")
        assert above is not None
        assert above.overall == reading.published_class
        assert above.deciding == (item,)


def test_jiangsu_and_zhejiang_reproduce_6170_of_6257_classes(shared_data: Path):
    path = shared_data / "environment/water_quality_jiangsu_zhejiang_2021-04.csv"
    with path.open(encoding="utf-8", newline="") as source:
        rows = [row for row in csv.reader(source) if row[4] not in ("*", "水质类别")]
    sections: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for row in rows:
        values = {p: _number(text) for p, text in zip(PARAMETERS, row[5:16], strict=True)}
        by_body = [assess(values, body) for body in ("river", "lake")]
        wanted = WaterClass.from_symbol(row[4])
        hits = tuple(a is not None and a.overall == wanted for a in by_body)
        sections[row[2]].append((hits[0], hits[1]))
    assert len(rows) == 6257
    # By whichever table fits a row the index counts 6,170; by one table a section it is 6,157.
    assert sum(any(hits) for section in sections.values() for hits in section) == 6170
    one_table = sum(max(map(sum, zip(*hits, strict=True))) for hits in sections.values())
    assert one_table == 6157


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("name", "sections", "by_river"),
    [("cnemc_water_2020-05-08.json", 1438, 1387), ("cnemc_water_2020-08-01.json", 53, 51)],
)
def test_raw_values_reproduce_every_class_of_the_national_snapshots(
    shared_data: Path, name, sections, by_river
):
    with (shared_data / "environment" / name).open("rb") as source:
        rows = read_cnemc_water_json(source, 2020)
        readings = published(row for row in rows if isinstance(row, WaterReading))
    assert len(readings) == sections
    assert sum(agrees(r, "river") for r in readings) == by_river
    assert all(agrees(r, "river") or agrees(r, "lake") for r in readings)


@pytest.mark.parametrize("table", [RIVER, LAKE], ids=["river", "lake"])
def test_a_value_on_a_limit_has_that_class_and_one_beyond_the_next(table):
    for item in table.values():
        if item.lower is not None:
            continue
        for number, limit in enumerate(item.limits, start=1):
            best = item.limits.index(limit) + 1  # equal limits share the best class
            assert classify(item, limit) == best
            worse = math.nextafter(limit, -1 if item.falling else math.inf)
            assert classify(item, worse) > number or limit == item.limits[min(number, 4)] != worse


def test_phosphorus_is_judged_by_the_kind_of_water():
    assert [assess({"tp": 0.05}, body).overall for body in ("river", "lake")] == [2, 3]


@pytest.mark.parametrize(("ph", "expected"), [(6, 1), (9, 1), (5.99, 6), (9.01, 6)])
def test_ph_is_within_six_to_nine_or_worse_than_class_five(ph, expected):
    assert assess({"ph": ph}).overall == expected


def test_total_nitrogen_and_coliforms_never_decide_the_class():
    assert assess({"tn": 40.0, "coliform": 1e9}) is None
    assert assess({"tn": 40.0, "codmn": 1.0}).overall == WaterClass.I
    assert sum(item.judged for item in RIVER.values()) == 21


def test_the_items_in_the_worst_class_decide_it():
    result = assess({"do": 4.0, "codmn": 9.0, "nh3n": 0.1, "tp": None, "ph": math.nan})
    assert (result.overall, result.deciding, result.judged) == (WaterClass.IV, ("do", "codmn"), 3)
    assert assess({"do": 9.0}).deciding == ()


def test_exceedance_is_counted_in_multiples_but_not_for_oxygen_and_ph():
    found = exceedances({"nh3n": 3.0, "do": 1.0, "tp": 0.25, "ph": 5.0}, WaterClass.III)
    assert [one.item for one in found] == ["nh3n", "ph", "do", "tp"]
    assert {one.item: one.multiple for one in found} == {
        "nh3n": pytest.approx(2.0),
        "ph": None,
        "do": None,
        "tp": pytest.approx(0.25),
    }
    assert next(one for one in found if one.item == "ph").limit == 6
    with pytest.raises(ValueError, match="target"):
        exceedances({}, WaterClass.INFERIOR_V)


@given(st.dictionaries(st.sampled_from(sorted(RIVER)), st.floats(0, 100), min_size=1))
def test_an_item_exceeds_a_target_exactly_when_its_class_is_worse(values):
    result = assess(values)
    for target in list(WaterClass)[:5]:
        over = {one.item for one in exceedances(values, target)}
        worse = {c for c, k in result.by_item.items() if k > target} if result else set()
        assert over == worse


def test_trophic_weights_are_the_published_ones():
    full = dict.fromkeys(("chla_mg_m3", "tp_mg_l", "tn_mg_l", "sd_m", "codmn_mg_l"), 1.0)
    state = trophic_state(full)
    weights = [round(w, 4) for w in state.weights.values()]
    assert weights == [0.2663, 0.1879, 0.1790, 0.1834, 0.1834]
    assert [round(p, 2) for p in state.parts.values()] == [25.0, 94.36, 54.53, 51.18, 1.09]


def test_trophic_levels_and_missing_parameters():
    eutrophic = trophic_state({"chla_mg_m3": 40.0, "tp_mg_l": 0.1, "tn_mg_l": 2.0})
    assert eutrophic.level == "middle_eutrophic"
    assert sum(eutrophic.weights.values()) == pytest.approx(1)
    assert trophic_state({"chla_mg_m3": 1.0}).level == "oligotrophic"
    assert trophic_state({"chla_mg_m3": 0.0, "sd_m": None}) is None


def test_the_trend_agrees_with_scipy():
    random = np.random.default_rng(7)
    days = np.datetime64("2024-01-01") + np.arange(40)
    values = np.round(5 + 0.05 * np.arange(40) + random.normal(0, 1, 40), 1)  # rounding makes ties
    trend = mann_kendall(days, values)
    slope = stats.theilslopes(values, np.arange(40)).slope
    tau = stats.kendalltau(np.arange(40), values, method="asymptotic")
    assert trend.direction == "rising"
    assert trend.slope_per_day == pytest.approx(slope)
    # scipy applies no continuity correction to S: its p lies just below ours.
    assert tau.pvalue < trend.p < tau.pvalue * 1.2


def test_a_trend_is_told_in_plain_words():
    days = np.datetime64("2024-01-01") + np.arange(12)
    falling = mann_kendall(days, np.linspace(2, 1, 12))
    assert describe(falling, "mg/L", rising_is_good=False) == "好转：每月 -2.73 mg/L"
    assert describe(falling, "mg/L", rising_is_good=True, language="en").startswith("Getting worse")
    flat = mann_kendall(days, np.ones(12))
    assert (flat.direction, flat.slope_per_day, flat.p) == ("none", 0, 1)
    few = mann_kendall(days[:3], np.ones(3))
    assert describe(few, "mg/L", rising_is_good=False) == "数据太少（3 个），不作判断"
    with pytest.raises(ValueError, match="aggregate"):
        mann_kendall(np.datetime64("2024-01-01") + np.arange(4000), np.ones(4000))
