"""The demonstration district: the same question always has the same, plausible answer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ipudong.systems.environment.simulation import (
    AIR,
    FLUE,
    WASTEWATER,
    WATER,
    Station,
    readings,
    stations,
)

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


def hours(station: Station, count: int) -> Iterator[dict]:
    for number in range(count):
        yield dict(readings(station, BEGIN + timedelta(hours=number), "hour"))


def pick(kind: str, seed: int = 1) -> Station:
    return next(station for station in stations(seed=seed) if station.kind == kind)


def series(station: Station, factor: str, count: int) -> np.ndarray:
    return np.array([row[factor]["Avg"] for row in hours(station, count)])


def test_the_same_seed_draws_the_same_district_and_another_seed_another():
    assert stations(1000, 1) == stations(1000, 1)
    assert {s.mn for s in stations(1000, 1)}.isdisjoint(s.mn for s in stations(1000, 2))


@pytest.mark.parametrize(("scale", "outlets"), [(1000, 8), (100, 10), (1, 1000)])
def test_a_finer_scale_draws_more_outlets(scale, outlets):
    drawn = stations(scale)
    assert sum(s.kind in (FLUE, WASTEWATER) for s in drawn) == outlets
    assert len({s.mn for s in drawn}) == len(drawn)


def test_an_mn_has_the_length_of_its_edition():
    for station in stations(100):
        assert len(station.mn) == (14 if station.version == 2005 else 24)
        assert len(station.password) == 6


def test_history_asked_later_is_what_was_sent_live():
    station = pick(AIR)
    live = [dict(readings(station, BEGIN + timedelta(hours=n), "hour")) for n in range(48)]
    later = [dict(readings(station, BEGIN + timedelta(hours=n), "hour")) for n in range(47, -1, -1)]
    assert live == later[::-1]


@pytest.mark.parametrize("kind", [AIR, WATER, FLUE, WASTEWATER])
def test_every_factor_is_reported_in_every_period_with_a_flag(kind):
    station = pick(kind)
    for period in station.intervals_s:
        report = readings(station, BEGIN, period)
        assert set(report) == set(station.factors)
        wanted = "Rtd" if period == "instant" else "Avg"
        for fields in report.values():
            assert fields["Flag"] in "NFMDC"
            assert np.isfinite(fields[wanted])


def test_an_old_station_speaks_the_old_codes():
    old = next(s for s in stations() if s.version == 2005)
    assert {"01", "02", "03", "S01", "B02"} <= set(readings(old, BEGIN, "instant"))


def test_ozone_peaks_in_the_afternoon_and_nitrogen_dioxide_at_the_rush():
    station = pick(AIR)
    by_hour = series(station, "a05024", 24 * 60).reshape(-1, 24).mean(axis=0)
    exhaust = series(station, "a21004", 24 * 60).reshape(-1, 24).mean(axis=0)
    assert (by_hour.argmax() + 8) % 24 in range(12, 17)
    assert exhaust[(8 - 8) % 24] > exhaust[(13 - 8) % 24]


def test_neighbors_breathe_the_same_weather_but_not_the_same_air():
    here, there = [s for s in stations() if s.kind == AIR][:2]
    one, two = series(here, "a34004", 600), series(there, "a34004", 600)
    assert np.corrcoef(one, two)[0, 1] > 0.8
    assert np.abs(one - two).mean() > 1


def test_pm10_holds_pm25():
    station = pick(AIR)
    assert (series(station, "a34002", 300) >= series(station, "a34004", 300)).all()


def test_outlets_exceed_their_limits_now_and_then_but_seldom():
    shares = []
    for station in (s for s in stations(100) if s.kind == FLUE and s.version == 2017):
        for row in hours(station, 24 * 40):
            shares += [row[f]["ZsAvg"] / limit for f, limit in station.limits.items()]
    over = float((np.array(shares) > 1).mean())
    assert 0 < over < 0.05


def test_the_converted_concentration_follows_the_oxygen():
    station = pick(FLUE)
    for row in hours(station, 24):
        if row["a21026"]["Flag"] != "N":
            continue
        factor = (21 - station.reference_o2) / (21 - row["a19001"]["Avg"])
        assert row["a21026"]["ZsAvg"] == pytest.approx(row["a21026"]["Avg"] * factor, rel=0.03)
