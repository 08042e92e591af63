"""Rules on positions do what shapely and plain arithmetic say of each position alone."""

import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon, box

from ipudong.city.sensing.clock import DAY_US, HOUR_US, SECOND_US
from ipudong.city.sensing.rules.areas import Areas, Circle, distance_m, widen
from ipudong.city.sensing.rules.bindings import Bindings
from ipudong.city.sensing.rules.engine import RuleEngine
from ipudong.city.sensing.rules.moving import FIXED, Check, Fixes, MovingBinding, MovingTable
from ipudong.city.sensing.rules.table import RuleTable, Standing

NONE = Bindings.build([])
SQUARE = box(121.0, 31.0, 121.1, 31.1)
IN, OUT = (121.05, 31.05), (121.2, 31.05)


def make_engine(*rows: MovingBinding, shapes=((SQUARE, 0.0),), **more) -> RuleEngine:
    moving = MovingTable.build(rows, shapes)
    return RuleEngine(RuleTable(1, 1, NONE, NONE, NONE, NONE, moving=moving, **more))


def fixes_of(rows: Iterable[tuple]) -> Fixes:
    """Rows are (thing, second, lon, lat, speed[, status])."""
    rows = [(*row, FIXED)[:6] for row in rows]
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return Fixes(
        np.array(columns[0], np.int32),
        (np.array(columns[1], np.float64) * SECOND_US).astype(np.int64),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.float64),
        np.array(columns[4], np.float64),
        np.array(columns[5], np.uint32),
    )


def drive(engine: RuleEngine, *rows: tuple, now_s: float | None = None):
    now_us = None if now_s is None else int(now_s * SECOND_US)
    changes = engine.evaluate_positions(fixes_of(rows), now_us)
    return [
        *(("raised", e.rule_id, e.thing, e.time_us / SECOND_US) for e in changes.raised),
        *(("cleared", e.rule_id, e.thing, e.time_us / SECOND_US) for e in changes.cleared),
    ]


def inside(**more) -> MovingBinding:
    return MovingBinding(rule=1, datastream=7, area=0, check=Check.INSIDE, **more)


def test_entering_an_area_raises_and_leaving_it_clears() -> None:
    engine = make_engine(inside())
    found = drive(engine, (7, 0, *OUT, 30), (7, 10, *IN, 30), (7, 20, *IN, 30), (7, 30, *OUT, 30))
    assert found == [("raised", 1, 7, 10.0), ("cleared", 1, 7, 30.0)]


def test_an_event_says_where_the_thing_was() -> None:
    event = make_engine(inside()).evaluate_positions(fixes_of([(7, 0, *IN, 0)])).raised[0]
    assert (event.datastream, event.thing, event.lon, event.lat) == (0, 7, *IN)


def test_leaving_an_area_it_must_stay_in_raises() -> None:
    engine = make_engine(MovingBinding(rule=1, datastream=7, area=0, check=Check.OUTSIDE))
    assert drive(engine, (7, 0, *IN, 0)) == []
    assert drive(engine, (7, 1, *OUT, 0)) == [("raised", 1, 7, 1.0)]
    assert drive(engine, (7, 2, *IN, 0)) == [("cleared", 1, 7, 2.0)]


def test_a_thing_at_the_border_is_left_only_well_beyond_it() -> None:
    # 0.001 degrees of longitude are 95 m at 31 degrees north: within the margin of 200 m.
    engine = make_engine(inside(), shapes=((SQUARE, 200.0),))
    found = drive(engine, (7, 0, *IN, 0), (7, 1, 121.101, 31.05, 0), (7, 2, 121.103, 31.05, 0))
    assert found == [("raised", 1, 7, 0.0), ("cleared", 1, 7, 2.0)]


def test_an_area_is_asked_for_a_while_before_it_counts() -> None:
    engine = make_engine(inside(duration_us=60 * SECOND_US))
    assert drive(engine, (7, 0, *IN, 0), (7, 30, *OUT, 0), (7, 40, *IN, 0)) == []
    assert drive(engine, (7, 99, *IN, 0)) == []
    assert drive(engine, (7, 100, *IN, 0)) == [("raised", 1, 7, 100.0)]


def test_too_fast_is_over_the_limit_for_the_duration() -> None:
    row = MovingBinding(
        rule=2,
        datastream=7,
        check=Check.OVERSPEED,
        limit=80.0,
        hysteresis=5.0,
        duration_us=10 * SECOND_US,
    )
    engine = make_engine(row)
    # Between 75 and 80 nothing is taken back, yet the ten seconds begin anew.
    rows = [(7, 0, *OUT, 85), (7, 5, *OUT, 79), (7, 6, *OUT, 90), (7, 15, *OUT, 95)]
    assert drive(engine, *rows) == []
    found = drive(engine, (7, 16, *OUT, 81), (7, 20, *OUT, 76), (7, 30, *OUT, 75))
    assert found == [("raised", 2, 7, 16.0), ("cleared", 2, 7, 30.0)]


def test_a_limit_of_an_area_holds_there_alone() -> None:
    row = MovingBinding(rule=2, datastream=7, area=0, check=Check.OVERSPEED, limit=30.0)
    engine = make_engine(row)
    found = drive(engine, (7, 0, *OUT, 60), (7, 1, *IN, 60), (7, 2, *OUT, 60))
    assert found == [("raised", 2, 7, 1.0), ("cleared", 2, 7, 2.0)]


def test_standing_too_long_is_found_by_speed_or_by_the_way_made() -> None:
    row = MovingBinding(
        rule=3, datastream=7, check=Check.DWELL, limit=3.0, duration_us=600 * SECOND_US
    )
    nan = float("nan")
    for speed in (0.0, nan):
        engine = make_engine(row)
        # Without a speed the first position says nothing; the second, a minute on, has not moved.
        stands = [(7, second, *IN, speed) for second in range(0, 721, 60)]
        raised = 600.0 if speed == 0 else 660.0
        assert drive(engine, *stands) == [("raised", 3, 7, raised)]
        # 0.01 degrees of longitude in a minute: 57 km/h.
        moved = (7, 780, IN[0] + 0.01, IN[1], 57.0 if speed == 0 else nan)
        assert drive(engine, moved) == [("cleared", 3, 7, 780.0)]


def test_the_status_bit_tells_of_service_even_without_a_fix() -> None:
    row = MovingBinding(rule=4, datastream=7, check=Check.OUT_OF_SERVICE, mask=1 << 4)
    nan = float("nan")
    found = drive(make_engine(row), (7, 0, nan, nan, nan, 1 << 4), (7, 9, *IN, 0, FIXED))
    assert found == [("raised", 4, 7, 0.0), ("cleared", 4, 7, 9.0)]


def test_a_position_without_a_fix_is_nowhere() -> None:
    engine = make_engine(inside())
    nan = float("nan")
    rows = [(7, 0, *IN, 0, 0), (7, 1, nan, nan, 0), (7, 2, 500.0, 31.05, 0)]
    assert drive(engine, *rows) == []
    drive(engine, (7, 3, *IN, 0))
    assert drive(engine, (7, 4, *OUT, 0, 0), (7, 5, nan, nan, 0)) == []


def test_late_and_repeated_positions_change_nothing() -> None:
    engine = make_engine(inside())
    drive(engine, (7, 100, *IN, 0))
    assert drive(engine, (7, 99, *OUT, 0), (7, 100, *OUT, 0)) == []
    assert drive(engine, (7, 101, *OUT, 0)) == [("cleared", 1, 7, 101.0)]


def test_a_clock_stepped_back_or_far_ahead_raises_and_clears_nothing() -> None:
    engine, noon = make_engine(inside()), 1_800_000_000.0
    day, hour = DAY_US / SECOND_US, HOUR_US / SECOND_US
    ahead = (7, noon + hour, *IN, 0)
    assert drive(engine, ahead, now_s=noon) == []
    # The clock put right, the thing is judged at once: what was ahead is not what it is held to.
    assert drive(engine, (7, noon, *IN, 0), now_s=noon) == [("raised", 1, 7, noon)]
    stepped_back = [(7, noon - day, *OUT, 0), (7, noon - 2, *OUT, 0)]
    assert drive(engine, *stepped_back, now_s=noon + 1) == []


def test_history_sent_after_a_silence_is_no_live_alarm() -> None:
    noon = 1_800_000_000.0
    assert drive(make_engine(inside()), (7, noon - 7200, *IN, 0), now_s=noon) == []


def test_an_alarm_of_before_a_restart_is_cleared_by_news_alone() -> None:
    standing = Standing(1, 7, 0.0, 100 * SECOND_US)
    engine = make_engine(inside(), standing_things=(standing,))
    assert drive(engine, (7, 90, *OUT, 0)) == []
    assert drive(engine, (7, 110, *IN, 0)) == []
    assert drive(engine, (7, 120, *OUT, 0)) == [("cleared", 1, 7, 120.0)]


def test_rules_read_anew_keep_what_moving_things_showed() -> None:
    engine = make_engine(inside())
    drive(engine, (7, 100, *IN, 0))
    added = MovingBinding(rule=9, datastream=8, area=0)
    table = MovingTable.build([inside(), added], [(SQUARE, 0.0)])
    engine.take_over(RuleTable(2, 1, NONE, NONE, NONE, NONE, moving=table))
    assert drive(engine, (7, 99, *OUT, 0)) == []
    found = drive(engine, (7, 101, *OUT, 0), (8, 101, *IN, 0))
    assert found == [("raised", 9, 8, 101.0), ("cleared", 1, 7, 101.0)]


def test_things_nobody_watches_are_passed_over() -> None:
    assert drive(make_engine(inside()), (3, 0, *IN, 0), (900, 0, *IN, 0)) == []
    assert drive(make_engine(inside())) == []


# The slow, independent answers.


def test_areas_hold_what_shapely_says_of_each_point() -> None:
    random = np.random.default_rng(7)
    ring = shapely.buffer(Point(121.5, 31.2), 0.05)
    hole = Polygon(ring.exterior.coords, [box(121.49, 31.19, 121.51, 31.21).exterior.coords])
    shapes = [SQUARE, hole, shapely.union(SQUARE, hole)]
    lon, lat = random.uniform(120.9, 121.6, 4000), random.uniform(30.9, 31.3, 4000)
    area = random.integers(0, 3, 4000).astype(np.int32)
    asked = [shapes[a].contains(Point(x, y)) for a, x, y in zip(area, lon, lat, strict=True)]
    assert Areas(shapes).contain(area, lon, lat).tolist() == asked
    assert any(asked)


def test_a_distance_is_along_the_great_circle() -> None:
    # A quarter of the mean sphere of IUGG (R1 = 6371.0088 km) is 10 007.557 km.
    far = distance_m(np.zeros(2), np.zeros(2), np.array([0.0, 90.0]), np.array([90.0, 0.0]))
    assert far == pytest.approx([10_007_557, 10_007_557], abs=1)


def test_a_circle_and_a_widened_area_are_as_wide_as_they_say() -> None:
    shapes = [Circle(121.5, 31.2, 1000.0), widen(SQUARE, 500.0)]
    lon = np.array([121.5, 121.5, 121.1 + 490 / 95_290, 121.1 + 510 / 95_290])
    lat = np.array([31.2 + 990 / 111_195, 31.2 + 1010 / 111_195, 31.05, 31.05])
    held = Areas(shapes).contain(np.array([0, 0, 1, 1], np.int32), lon, lat)
    assert held.tolist() == [True, False, True, False]


def read_geolife(path: Path, rows: int) -> list[tuple]:
    """(thing, second, lon, lat, speed) of the first rows."""
    found = []
    with gzip.open(path, "rt") as lines:
        next(lines)
        for line in lines:
            lat, lon, when, who = line.rstrip().split(",")
            at = datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp()
            found.append((int(who), at, float(lon), float(lat), float("nan")))
            if len(found) == rows:
                break
    return found


def judge_one_by_one(rows: list[tuple], fence: Polygon) -> list[tuple]:
    """Enter and leave, position by position, with shapely's own containment."""
    last: dict[int, float] = {}
    is_in: dict[int, bool] = {}
    found = []
    for thing, second, lon, lat, *_ in rows:
        if second <= last.get(thing, -1):
            continue
        last[thing] = second
        holds = fence.contains(Point(lon, lat))
        if holds != is_in.get(thing, False):
            found.append(("raised" if holds else "cleared", 1, thing, second))
        is_in[thing] = holds
    return sorted(found, key=lambda row: row[3])


@pytest.mark.parametrize("batch", [37, 4000])
def test_a_real_trace_enters_and_leaves_when_shapely_says(batch: int, shared_data: Path) -> None:
    rows = read_geolife(shared_data / "transit" / "geolife_sample.txt.gz", 60_000)
    lons, lats = np.array([r[2] for r in rows]), np.array([r[3] for r in rows])
    center = Point(np.median(lons), np.median(lats))
    fence = center.buffer(0.01, quad_segs=5)
    things = {row[0] for row in rows}
    engine = make_engine(
        *(MovingBinding(rule=1, datastream=thing, area=0) for thing in things),
        shapes=((fence, 0.0),),
    )
    found = []
    for start in range(0, len(rows), batch):
        found += drive(engine, *rows[start : start + batch])
    expected = judge_one_by_one(rows, fence)
    assert len(expected) > 10
    assert sorted(found, key=lambda row: row[3]) == expected


def test_shanghai_taxis_over_the_limit_are_those_a_loop_finds(shared_data: Path) -> None:
    lines = (shared_data / "transit" / "soda2015" / "taxi.txt").read_text("utf-8").splitlines()
    rows = []
    for line in lines[1:]:
        cells = line.split(",")
        at = datetime.fromisoformat(cells[7]).replace(tzinfo=UTC).timestamp()
        rows.append((int(cells[0]), at, float(cells[8]), float(cells[9]), float(cells[10])))
    things = {row[0] for row in rows}
    engine = make_engine(
        *(
            MovingBinding(rule=2, datastream=thing, check=Check.OVERSPEED, limit=60.0)
            for thing in things
        )
    )
    over, expected, last = {}, [], {}
    for thing, at, _lon, _lat, speed in sorted(rows, key=lambda row: row[1]):
        if at <= last.get(thing, -1):
            continue
        last[thing] = at
        if (speed > 60) != over.get(thing, False):
            expected.append(("raised" if speed > 60 else "cleared", 2, thing, at))
        over[thing] = speed > 60
    assert expected
    assert sorted(drive(engine, *rows), key=str) == sorted(expected, key=str)


@st.composite
def journeys(draw):
    """Positions of three things in order of time, in batches."""
    count = draw(st.integers(1, 60))
    place = st.sampled_from([IN, OUT, (121.101, 31.05), (float("nan"), 31.0)])
    rows = [
        (
            draw(st.integers(1, 3)),
            second,
            *draw(place),
            draw(st.sampled_from([0.0, 2.0, 50.0, 81.0, 100.0, float("nan")])),
            draw(st.sampled_from([FIXED, FIXED | 1 << 4, 0])),
        )
        for second in range(count)
    ]
    cuts = sorted(draw(st.lists(st.integers(0, count), max_size=6)))
    return rows, cuts


@settings(max_examples=150, deadline=None)
@given(journeys())
def test_however_a_journey_is_cut_into_batches_the_alarms_are_the_same(journey) -> None:
    rows, cuts = journey
    bindings = [
        MovingBinding(
            rule=check + 1,
            datastream=thing,
            check=check,
            area=0 if check in (Check.INSIDE, Check.OUTSIDE) else -1,
            limit=80.0 if check == Check.OVERSPEED else 3.0,
            hysteresis=10.0,
            mask=1 << 4,
            duration_us=3 * SECOND_US if check in (Check.DWELL, Check.INSIDE) else 0,
        )
        for check in Check
        for thing in (1, 2, 3)
    ]
    shapes = ((SQUARE, 200.0),)
    whole = drive(make_engine(*bindings, shapes=shapes), *rows)
    engine, parts = make_engine(*bindings, shapes=shapes), []
    for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        parts += drive(engine, *rows[start:end])
    assert sorted(parts) == sorted(whole)
