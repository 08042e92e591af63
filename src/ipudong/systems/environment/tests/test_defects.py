"""The known defects of the real files are found, and healthy columns stay unnamed."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ipudong.systems.environment.air_tables import FACTORS
from ipudong.systems.environment.defects import (
    check_station,
    find_copied_columns,
    find_duplicate_rows,
    find_fine_above_coarse,
    find_flat_lines,
    find_impossible_steps,
    find_missing_marks,
)
from ipudong.systems.environment.readers.air_records import AirHour
from ipudong.systems.environment.readers.cnemc_air import read_cnemc_air
from ipudong.systems.environment.readers.cnemc_water import WaterReading, read_cnemc_water_csv
from ipudong.systems.environment.readers.rows import Reject
from ipudong.systems.environment.readers.soda import (
    MISSING_MARK,
    WeatherReading,
    read_soda_air,
    read_soda_weather,
)

HOURS = np.datetime64("2026-05-01T00:00", "h") + np.arange(48)
RANDOM = np.random.default_rng(11)


def columns_of(records: list[AirHour]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    times = np.array([np.datetime64(r.at.astimezone(UTC).replace(tzinfo=None)) for r in records])
    named = {f: np.array([getattr(r.hour, f) for r in records], np.float64) for f in FACTORS}
    return times, named


@pytest.fixture
def soda(shared_data: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    with (shared_data / "transit/soda2015/environment/air.txt").open("rb") as source:
        return columns_of([r for r in read_soda_air(source) if isinstance(r, AirHour)])


def test_the_copied_pm10_column_is_found_in_all_1000_rows_and_nothing_else_is_copied(soda):
    (finding,) = find_copied_columns(*soda)
    assert (finding.series, finding.rows) == (("o3", "pm10"), 1000)
    assert finding.evidence["share"] == 1
    assert finding.start == datetime(2014, 6, 30, 16, tzinfo=UTC)


def test_the_station_check_names_the_copy_and_does_not_compare_particles_with_it(soda):
    codes = {finding.code for finding in check_station(*soda)}
    assert "copied_column" in codes
    assert "fine_above_coarse" not in codes


def test_the_114_weather_rows_with_four_slashes_are_found_by_column(shared_data: Path):
    with (shared_data / "transit/soda2015/weather/weather.txt").open("rb") as source:
        readings = [r for r in read_soda_weather(source) if isinstance(r, WeatherReading)]
    names = ("temperature_c", "wind_direction_deg", "wind_speed_m_s", "rain_mm")
    marks = {n: [MISSING_MARK if n in r.missing else None for r in readings] for n in names}
    times = np.array([np.datetime64(r.at.astimezone(UTC).replace(tzinfo=None)) for r in readings])
    found = find_missing_marks(times, marks)
    per_column = {n: sum(f.rows for f in found if f.series == (n,)) for n in names}
    assert per_column == {n: sum(n in r.missing for r in readings) for n in names}
    rows = set()
    for name in names:
        rows |= {k for k, mark in enumerate(marks[name]) if mark}
    assert len(rows) == 114
    assert {f.evidence["marks"] for f in found} == {("////",)}


def test_the_repeated_rows_of_the_shanghai_water_file_are_found(shared_data: Path):
    path = shared_data / "environment/water_quality_shanghai_2021-04.csv"
    with path.open("rb") as source:
        rows = list(read_cnemc_water_csv(source, 2021))
    readings = [r.record if isinstance(r, Reject) else r for r in rows]
    readings = [r for r in readings if isinstance(r, WaterReading)]
    times = np.array([np.datetime64(r.at.astimezone(UTC).replace(tzinfo=None)) for r in readings])
    contents = [(r.published_class, tuple(r.values.items()), r.status) for r in readings]
    found = find_duplicate_rows(times, [(r.section, r.at) for r in readings], contents)
    by_code = {c: sum(f.rows for f in found if f.code == c) for c in {f.code for f in found}}
    assert by_code == {"duplicate_row": 64, "conflicting_row": 3}


def test_stations_whose_fine_particles_exceed_the_coarse_are_found(shared_data: Path):
    with (shared_data / "environment/cnemc_hourly_20190718T12.xml").open("rb") as source:
        records = [r for r in read_cnemc_air(source) if isinstance(r, AirHour)]
    times, columns = columns_of(records)
    found = find_fine_above_coarse(times, columns["pm25"], columns["pm10"])
    expected = np.count_nonzero(columns["pm25"] - columns["pm10"] > 1)
    assert sum(f.rows for f in found) == expected > 0


def test_two_silent_columns_are_not_called_copies():
    assert find_copied_columns(HOURS, {"so2": np.full(48, 3.0), "no2": np.full(48, 3.0)}) == []


def test_a_copy_shorter_than_a_day_is_left_alone():
    a, b = RANDOM.normal(50, 9, 48), RANDOM.normal(50, 9, 48)
    b[:23] = a[:23]
    assert find_copied_columns(HOURS, {"a": a, "b": b}) == []
    b[:24] = a[:24]
    assert [f.rows for f in find_copied_columns(HOURS, {"a": a, "b": b})] == [24]


def test_a_flat_line_is_found_with_its_span_and_missing_values_are_not_flat():
    column = RANDOM.normal(50, 9, 48)
    column[10:16] = 42.0
    column[20:40] = np.nan
    (finding,) = find_flat_lines(HOURS, {"pm25": column})
    assert (finding.rows, finding.evidence["value"]) == (6, 42.0)
    assert finding.start == datetime(2026, 5, 1, 10, tzinfo=UTC)
    assert finding.end == datetime(2026, 5, 1, 15, tzinfo=UTC)


def test_an_impossible_step_is_found_but_not_across_a_gap():
    column = np.full(48, 20.0)
    column[5] = 900.0
    found = find_impossible_steps(HOURS, {"pm25": column, "wind": column})
    assert [f.evidence["step"] for f in found] == [880.0, -880.0]
    apart = HOURS.copy()
    apart[5:] += np.timedelta64(3, "h")
    assert [f.evidence["step"] for f in find_impossible_steps(apart, {"pm25": column})] == [-880.0]


def test_healthy_columns_have_no_findings():
    columns = {f: RANDOM.normal(50, 5, 48) for f in FACTORS} | {"co": RANDOM.normal(1, 0.1, 48)}
    columns["pm25"] = columns["pm10"] / 2
    assert check_station(HOURS, columns) == []
