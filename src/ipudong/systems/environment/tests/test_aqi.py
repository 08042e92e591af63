"""AQI against the standard's own tables, published records and a second implementation."""

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from aqi_hub.aqi_cn.aqi import cal_iaqi_cn
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.systems.environment.advice import get_advice
from ipudong.systems.environment.air_tables import (
    EDITIONS,
    FACTORS,
    HJ_633_2012,
    HJ_633_2026,
    HOURLY_COLUMNS,
    LEVELS,
    china_date,
    get_edition,
    get_level,
)
from ipudong.systems.environment.aqi import (
    Aqi,
    Concentrations,
    daily_aqi,
    hourly_aqi,
    iaqi,
)
from ipudong.systems.environment.aqi_columns import AqiColumns, aqi_daily, aqi_hourly, names_of
from ipudong.systems.environment.readers.air_records import AirHour
from ipudong.systems.environment.readers.cnemc_air import read_cnemc_air
from ipudong.systems.environment.readers.soda import read_soda_air

CLEAN = {"so2": 5.0, "no2": 10.0, "co": 0.5, "o3": 20.0, "pm10": 20.0, "pm25": 10.0}


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda e: e.code)
def test_every_node_of_every_table_returns_its_iaqi(edition):
    for column, ladder in edition.ladders.items():
        for node, index in zip(ladder.nodes, ladder.indexes, strict=True):
            expected = 500 if index == 500 else index
            assert iaqi(column, node / ladder.steps_per_unit, edition) == expected, column


@pytest.mark.parametrize(
    ("column", "concentration", "in_2012", "in_2026"),
    [
        ("pm25_24h", 75, 100, 114),  # 2026: 113.6 rounded up
        ("pm25_24h", 60, 82, 100),
        ("pm10_24h", 150, 100, 112),
        ("so2_24h", 100, 75, 75),
        ("so2_1h", 801, None, 200),
        ("o3_8h", 801, None, 300),
        ("pm25_24h", 501, 500, 500),
        ("co_24h", 0.15, 5, 5),  # 0.15 -> 0.2 by half to even, then 5.0
        ("co_24h", 0.25, 5, 5),  # 0.25 -> 0.2
        ("pm25_24h", 34.5, 49, 49),  # -> 34
        ("pm25_24h", 35.5, 52, 52),  # -> 36
        ("no2_1h", -0.1, None, None),
        ("no2_1h", math.nan, None, None),
        ("no2_1h", math.inf, None, None),
    ],
)
def test_single_indexes_follow_each_edition(column, concentration, in_2012, in_2026):
    assert iaqi(column, concentration, HJ_633_2012) == in_2012
    assert iaqi(column, concentration, HJ_633_2026) == in_2026


def test_a_second_implementation_agrees_on_the_2026_tables_except_its_so2_day_column():
    names = {"so2_1h": "SO2_1H", "no2_1h": "NO2_1H", "co_1h": "CO_1H", "o3_1h": "O3_1H"}
    names |= {"no2_24h": "NO2_24H", "co_24h": "CO_24H", "o3_8h": "O3_8H"}
    names |= {"pm10_24h": "PM10_24H", "pm25_24h": "PM25_24H"}
    for column, name in names.items():
        ladder = HJ_633_2026.ladders[column]
        for step in range(ladder.nodes[-1] + 50):
            concentration = step / ladder.steps_per_unit
            ours = iaqi(column, concentration, HJ_633_2026)
            theirs = cal_iaqi_cn(name, concentration)
            # It interpolates in binary fractions, so a whole number may be lifted by one.
            assert ours == theirs or (theirs == ours + 1 and _is_whole(step, ladder)), (
                column,
                step,
            )
    assert cal_iaqi_cn("SO2_24H", 100) != iaqi("so2_24h", 100, HJ_633_2026) == 75


def _is_whole(step, ladder):
    for low, high, a, b in zip(
        ladder.nodes, ladder.nodes[1:], ladder.indexes, ladder.indexes[1:], strict=False
    ):
        if low <= step <= high:
            return (b - a) * (step - low) % (high - low) == 0
    return False


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (datetime(2019, 7, 18, 4, tzinfo=UTC), "HJ 633-2012"),
        (datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), "HJ 633-2012"),
        (datetime(2026, 2, 28, 16, tzinfo=UTC), "HJ 633-2026"),
        (datetime(2010, 1, 1, tzinfo=UTC), "HJ 633-2012"),
    ],
)
def test_the_edition_follows_the_china_standard_time_date_of_the_observation(at, code):
    assert get_edition(china_date(at)).code == code


def test_a_time_without_offset_is_refused():
    with pytest.raises(ValueError, match="offset"):
        china_date(datetime(2026, 3, 1))  # noqa: DTZ001


def test_all_factors_that_share_the_highest_index_are_primary():
    result = hourly_aqi(Concentrations(**CLEAN | {"pm10": 150, "pm25": 75}), HJ_633_2012)
    assert (result.value, result.primary, result.exceeding) == (100, ("pm10", "pm25"), ())


def test_no_factor_is_primary_up_to_fifty():
    result = hourly_aqi(Concentrations(**CLEAN | {"pm25": 35}), HJ_633_2012)
    assert (result.value, result.primary) == (50, ())


def test_exceeding_pollutants_are_named_in_2012_and_no_longer_in_2026():
    means = Concentrations(**CLEAN | {"pm10": 251, "pm25": 116})
    assert hourly_aqi(means, HJ_633_2012).exceeding == ("pm10", "pm25")
    assert hourly_aqi(means, HJ_633_2026).exceeding == ()


def test_2012_reports_sulfur_dioxide_above_800_by_its_day_mean():
    means = Concentrations(**CLEAN | {"so2": 900, "so2_24h": 475})
    assert hourly_aqi(means, HJ_633_2012).iaqi["so2"] == 150
    assert hourly_aqi(means, HJ_633_2026).iaqi["so2"] == 200
    assert hourly_aqi(Concentrations(**CLEAN | {"so2": 900}), HJ_633_2012).iaqi["so2"] is None


def test_2012_reports_eight_hour_ozone_above_800_by_its_hour():
    means = Concentrations(**CLEAN | {"o3": 850, "o3_1h_max": 1000})
    assert daily_aqi(means, HJ_633_2012).iaqi["o3"] == 400
    assert daily_aqi(means, HJ_633_2026).iaqi["o3"] == 300


def test_2026_withholds_an_index_up_to_100_while_a_factor_is_missing():
    good = Concentrations(**CLEAN | {"co": None})
    bad = Concentrations(**CLEAN | {"co": None, "pm25": 90})
    assert hourly_aqi(good, HJ_633_2026) == Aqi(
        "HJ 633-2026", None, hourly_aqi(good, HJ_633_2026).iaqi, (), (), ("co",)
    )
    assert hourly_aqi(bad, HJ_633_2026).value == 128
    assert hourly_aqi(good, HJ_633_2012).value == 20


def test_nothing_measured_is_not_available():
    assert hourly_aqi(Concentrations(), HJ_633_2012).value is None
    assert hourly_aqi(Concentrations(), HJ_633_2012).level is None


def test_levels_cover_every_index_and_each_has_advice_in_two_languages():
    assert Counter(get_level(i).number for i in range(501)) == {
        1: 51,
        2: 50,
        3: 50,
        4: 50,
        5: 100,
        6: 200,
    }
    texts = [get_advice(level, tongue) for level in LEVELS for tongue in ("zh", "en")]
    assert len({(t.meaning, t.everyone, t.sensitive) for t in texts}) == 12
    assert LEVELS[5].color_hex == "#7e0023"


# The two forms agree everywhere.

means = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-5, 4000),
    st.integers(0, 4000).map(float),
    st.integers(0, 40_000).map(lambda n: n / 20),
)
instants = st.datetimes(datetime(2012, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
rows = st.lists(st.tuples(instants, *[means] * 8), min_size=1, max_size=40)


@pytest.mark.parametrize(("scalar", "vector"), [(hourly_aqi, aqi_hourly), (daily_aqi, aqi_daily)])
@settings(max_examples=300, deadline=None)
@given(rows=rows)
def test_the_readable_form_and_the_column_form_agree_everywhere(scalar, vector, rows):
    result = vector(_columns(rows))
    for row, (at, *values) in enumerate(rows):
        expected = scalar(Concentrations(*values), get_edition(china_date(at)))
        assert _row(result, row) == expected


def _columns(rows):
    names = (*FACTORS, "so2_24h", "o3_1h_max")
    columns = {
        name: np.array([math.nan if row[k] is None else row[k] for row in rows])
        for k, name in enumerate(names, start=1)
    }
    times = [np.datetime64(row[0].replace(tzinfo=None), "us") for row in rows]
    return columns | {"time": np.array(times)}


def _row(result: AqiColumns, row: int) -> Aqi:
    year = int(result.edition[row])
    sub = {f: int(result.iaqi[k, row]) for k, f in enumerate(FACTORS)}
    value = int(result.value[row])
    level = int(result.level[row])
    assert level == (0 if value < 0 else get_level(value).number)
    return Aqi(
        f"HJ 633-{year}",
        None if value < 0 else value,
        {f: None if i < 0 else i for f, i in sub.items()},
        names_of(int(result.primary[row])),
        names_of(int(result.exceeding[row])),
        names_of(int(result.missing[row])),
    )


def test_blocks_and_editions_mix_without_moving_a_row():
    count = 100_000
    at = np.datetime64("2026-02-28T16:00") + np.arange(-count // 2, count // 2).astype("m8[s]")
    columns = {f: np.full(count, 75.0 if f == "pm25" else 0.0) for f in FACTORS} | {"time": at}
    result = aqi_hourly(columns)
    assert (result.value == np.where(np.arange(count) < count // 2, 100, 114)).all()


# Published numbers.


@pytest.mark.parametrize(
    ("name", "led"),
    [
        ("cnemc_hourly_20190718T12.xml", {"pm25": 146, "pm10": 258}),
        ("cnemc_hourly_20190718T14.xml", {"pm25": 97, "pm10": 164}),
    ],
)
def test_every_particle_led_national_record_reproduces_its_published_aqi(
    shared_data: Path, name, led
):
    with (shared_data / "environment" / name).open("rb") as source:
        records = [row for row in read_cnemc_air(source) if isinstance(row, AirHour)]
    assert len(records) == 1499
    for factor, count in led.items():
        mine = [r for r in records if r.published_primary == (factor,)]
        assert len(mine) == count
        for record in mine:
            edition = get_edition(china_date(record.at))
            column = HOURLY_COLUMNS[factor]
            assert iaqi(column, getattr(record.hour, factor), edition) == record.published_aqi


def test_both_particles_tied_are_both_published_as_primary(shared_data: Path):
    with (shared_data / "environment" / "cnemc_hourly_20190718T12.xml").open("rb") as source:
        records = [r for r in read_cnemc_air(source) if isinstance(r, AirHour)]
    tied = [r for r in records if r.published_primary == ("pm10", "pm25")]
    assert len(tied) == 7
    for record in tied:
        particles = Concentrations(pm10=record.hour.pm10, pm25=record.hour.pm25)
        result = hourly_aqi(particles, HJ_633_2012)
        assert (result.value, result.primary) == (record.published_aqi, ("pm10", "pm25"))


def test_shanghai_2014_reproduces_643_of_1000_hours_without_its_copied_pm10_column(
    shared_data: Path,
):
    with (shared_data / "transit/soda2015/environment/air.txt").open("rb") as source:
        records = [r for r in read_soda_air(source) if isinstance(r, AirHour)]
    assert len(records) == 1000
    published = {r.hour.pm25: r.published_aqi for r in records[:4]}
    assert {50: 69, 44: 62, 43: 60}.items() <= published.items()
    assert [iaqi("pm25_24h", c, HJ_633_2012) for c in (50, 44, 43)] == [69, 62, 60]
    same = 0
    for r in records:
        hour = r.hour
        without = Concentrations(hour.so2, hour.no2, hour.co, hour.o3, None, hour.pm25)
        same += hourly_aqi(without, HJ_633_2012).value == r.published_aqi
    assert same == 643


def test_the_two_editions_begin_on_their_own_days():
    assert get_edition(date(2026, 3, 1) - timedelta(days=1)) is HJ_633_2012
    assert get_edition(date(2026, 3, 1)) is HJ_633_2026
