"""A trial finds in what was stored what the live engine found when it came in."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from ipudong.city.sensing.clock import SECOND_US, to_us
from ipudong.city.sensing.directory import load_directory
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Fence, Rule, RuleTrial, Thing
from ipudong.city.sensing.rules import RuleEngine, load_rule_table
from ipudong.city.sensing.rules.moving import FIXED
from ipudong.city.sensing.services.rules import draft_rule, values_of
from ipudong.city.sensing.services.trials import queue_trial, run_trial
from ipudong.store import batches
from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake

pytestmark = pytest.mark.django_db
MINUTE_US = 60 * SECOND_US


@pytest.fixture
def journal(tmp_path: Path):
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    yield journal
    journal.close()


@pytest.fixture
def history(journal, tmp_path: Path) -> History:
    return History(Lake(tmp_path / "lake", utc_offset=timedelta(hours=8)), journal)


def store(journal, stream: int, rows: list[tuple[int, float]], quality: int = 0) -> None:
    """Rows are (microseconds, value)."""
    columns = (
        np.full(len(rows), stream, np.int32),
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.float64),
        np.full(len(rows), quality, np.uint8),
    )
    journal.append(batches.OBSERVATIONS, [batches.observations(*columns)])


def make(noon, **more) -> Rule:
    values = values_of(Rule(name_zh="试", kind="above", severity="yellow")) | more
    return draft_rule(values=values, by="officer", at=noon)


def try_it(rule: Rule, history: History, noon, days: int = 7, **more) -> RuleTrial:
    trial = queue_trial(rule=rule, days=days, by="officer", at=noon)
    run_trial(trial, history, **more)
    trial.refresh_from_db()
    return trial


def test_it_counts_what_the_live_engine_raises_over_the_same_readings(
    station, journal, history, noon
) -> None:
    stream = station.datastreams.get(channel="2011/a34004-Rtd").pk
    start = to_us(noon - timedelta(days=6))
    values = np.random.default_rng(3).normal(70, 30, 6 * 288).round(1)
    rows = [(start + at * 5 * MINUTE_US, float(value)) for at, value in enumerate(values)]
    store(journal, stream, rows)
    rule = make(
        noon,
        observed_property_id="pm25",
        period="instant",
        limit=100.0,
        hysteresis=20.0,
        duration_s=300,
    )
    trial = try_it(rule, history, noon)
    Rule.objects.update(enabled=True)
    live = RuleEngine(load_rule_table(load_directory())).evaluate(
        np.full(len(rows), stream, np.int32),
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.zeros(len(rows), np.uint8),
    )
    assert trial.state == "done"
    assert trial.count == len(live.raised) > 20
    assert [row["raised_us"] for row in trial.found] == [e.time_us for e in live.raised]
    ends = [row["cleared_us"] for row in trial.found if row["cleared_us"]]
    assert ends == [event.time_us for event in live.cleared]
    assert (trial.readings, sum(trial.by_day.values())) == (len(rows), trial.count)


def test_what_comes_back_soon_is_one_alarm_as_it_is_live(station, journal, history, noon) -> None:
    stream = station.datastreams.get(channel="2011/a34004-Rtd").pk
    start = to_us(noon - timedelta(days=1))
    values = [50, 90, 50, 90, 50] + [50] * 30 + [90, 50]
    store(journal, stream, [(start + at * MINUTE_US, float(v)) for at, v in enumerate(values)])
    rule = make(noon, observed_property_id="pm25", period="instant", limit=80.0, quiet_s=300)
    trial = try_it(rule, history, noon)
    assert [row["occurrences"] for row in trial.found] == [2, 1]


def test_defects_are_not_judged_and_nothing_is_raised(station, journal, history, noon) -> None:
    stream = station.datastreams.get(channel="2011/a34004-Rtd").pk
    rows = [(to_us(noon - timedelta(days=1)), 500.0)]
    store(journal, stream, rows, quality=0x40)
    rule = make(noon, observed_property_id="pm25", limit=80.0)
    assert try_it(rule, history, noon).count == 0
    assert not rule.alarms.exists()


def test_silence_is_found_between_readings_and_at_the_end(station, journal, history, noon) -> None:
    stream = station.datastreams.get(channel="2011/a34004-Rtd").pk
    start = noon - timedelta(days=1)
    hours = [*range(6), *range(9, 20)]  # silent from 5 to 9, and from 19 to 24
    rows = [(to_us(start + timedelta(hours=hour)), 10.0) for hour in hours]
    store(journal, stream, rows)
    rule = make(
        noon, kind="missing", observed_property_id="pm25", period="instant", span_s=2 * 3600
    )
    found = try_it(rule, history, noon, days=1).found
    shown = [
        [
            None if row[name] is None else (row[name] - to_us(start)) / 3600 / SECOND_US
            for name in ("began_us", "raised_us", "cleared_us")
        ]
        for row in found
    ]
    assert shown == [[5.0, 7.0, 9.0], [19.0, 21.0, None]]


def test_a_rule_on_an_area_is_tried_on_stored_tracks(station, journal, history, noon) -> None:
    bus = Thing.objects.create(
        name_zh="81路", kind="bus", system="traffic", registered_at=noon - timedelta(days=30)
    )
    start = to_us(noon - timedelta(hours=5))
    lons = np.array([121.2, 121.5, 121.5, 121.2])
    none = np.zeros(4)
    journal.append(
        batches.POSITIONS,
        [
            batches.positions(
                np.full(4, bus.pk, np.int32),
                start + np.arange(4) * MINUTE_US,
                lons,
                np.full(4, 31.2),
                none,
                none,
                none,
                np.full(4, FIXED, np.uint32),
            )
        ],
    )
    fence = Fence.objects.create(
        name_zh="外滩", shape="circle", lon=121.5, lat=31.2, radius_m=1000.0
    )
    rule = make(noon, kind="inside", fence_id=fence.pk, thing_kind="bus")
    trial = try_it(rule, history, noon, days=1)
    assert [(row["thing"], row["raised_us"], row["cleared_us"]) for row in trial.found] == [
        (bus.pk, start + MINUTE_US, start + 3 * MINUTE_US)
    ]


def test_a_trial_that_takes_too_long_says_how_far_it_came(station, journal, history, noon) -> None:
    stream = station.datastreams.get(channel="2011/a34004-Rtd").pk
    store(journal, stream, [(to_us(noon - timedelta(days=1)), 1.0)])
    rule = make(noon, observed_property_id="pm25", limit=80.0)
    trial = try_it(rule, history, noon, days=30, budget_s=0.0)
    assert trial.state == "cut_short"
    assert trial.start_at < trial.judged_until < trial.end_at


def test_a_rule_nothing_fits_is_tried_on_nothing(station, history, noon) -> None:
    rule = make(noon, observed_property_id="pm25", limit=80.0, thing_kind="submarine")
    trial = try_it(rule, history, noon)
    assert (trial.state, trial.streams, trial.count) == ("done", 0, 0)


def test_only_so_many_days_and_so_many_trials_are_kept(station, noon) -> None:
    rule = make(noon, observed_property_id="pm25", limit=80.0)
    for days in (0, 367):
        with pytest.raises(SensingError, match="bad_period"):
            queue_trial(rule=rule, days=days, by="officer", at=noon)
    for _ in range(15):
        queue_trial(rule=rule, days=1, by="officer", at=noon)
    assert rule.trials.count() == 10
