"""How fast rules judge readings, beside a loop that judges them one by one.

    python bench/rules.py [--rules 10000]

Prints readings a second for several batch sizes, positions a second against areas, and, last, one
line of JSON.
"""

import argparse
import json
import os
import tempfile
import time
from math import inf, isfinite

import django
import numpy as np
import shapely
from shapely.geometry import Point

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ipudong.config.settings")
os.environ.setdefault("IPUDONG_DISTRICT_DATA_DIR", tempfile.mkdtemp(prefix="ipudong-bench-"))
django.setup()

from ipudong.city.sensing.rules.bindings import Binding, Bindings  # noqa: E402
from ipudong.city.sensing.rules.combinations import (  # noqa: E402
    Combination,
    CombinationTable,
    Member,
)
from ipudong.city.sensing.rules.engine import RuleEngine  # noqa: E402
from ipudong.city.sensing.rules.moving import (  # noqa: E402
    FIXED,
    Check,
    Fixes,
    MovingBinding,
    MovingTable,
)
from ipudong.city.sensing.rules.table import RuleTable  # noqa: E402

BATCH_ROWS = (800, 8_000, 100_000)
USUAL_ROWS = 8_000  # what a gateway of some ten thousand frames a second gathers for one commit
LIMIT, HYSTERESIS = 3.5, 0.5  # of values around 0 with deviation 1: rarely over
NONE = Bindings.build([])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rules", type=int, default=10_000)
    given = parser.parse_args()
    figures: dict[str, float] = {}
    for name, table in make_tables(given.rules).items():
        for rows in BATCH_ROWS:
            rate = measure_engine(table, given.rules, rows)
            figures[f"{name}_{rows}"] = rate
            print(f"{name:10} {rows:>8,} readings a batch: {rate / 1e6:6.2f} million a second")
    for rows in BATCH_ROWS:
        figures[f"areas_{rows}"] = rate = measure_areas(given.rules, rows)
        print(f"{'areas':10} {rows:>8,} positions a batch: {rate / 1e6:5.2f} million a second")
    naive_areas = figures["areas_one_by_one"] = measure_areas_one_by_one()
    print(f"{'areas':10} {'':>8} one by one:           {naive_areas / 1e6:6.2f} million a second")
    naive = measure_loop(given.rules)
    figures["loop"] = naive
    print(f"{'loop':10} {'':>8} one by one:           {naive / 1e6:6.2f} million a second")
    ratio = figures[f"threshold_{USUAL_ROWS}"] / naive
    beside = f"a Python loop with a dict of states, {given.rules:,} threshold rules"
    print(json.dumps({"bench": "rules", "figures": figures, "ratio": ratio, "beside": beside}))


def make_tables(rules: int) -> dict[str, RuleTable]:
    """Thresholds alone; and with a possible rate and a flat line on every datastream too."""
    streams = range(1, rules + 1)
    thresholds = Bindings.build(
        Binding(rule=n, datastream=n, limit=LIMIT, hysteresis=HYSTERESIS) for n in streams
    )
    rates = Bindings.build(Binding(rule=0, datastream=n, limit=1e9) for n in streams)
    flats = Bindings.build(Binding(rule=rules + 1, datastream=n, count=12) for n in streams)
    return {
        "threshold": RuleTable(1, rules + 1, thresholds, NONE, NONE, NONE),
        "all": RuleTable(1, rules + 1, thresholds, rates, flats, NONE),
        "combine": RuleTable(
            1, rules + 1, NONE, NONE, NONE, NONE, combinations=make_combinations(rules)
        ),
    }


def make_combinations(rules: int) -> CombinationTable:
    """Every two datastreams of a thing together."""
    return CombinationTable.build(
        Combination(
            rule=1,
            thing=n // 2 + 1,
            members=(Member(n, LIMIT, hysteresis=HYSTERESIS), Member(n + 1, LIMIT)),
            window_us=60_000_000,
        )
        for n in range(1, rules, 2)
    )


def make_areas() -> list[tuple[shapely.Geometry, float]]:
    """Forty areas of 60 corners across the district."""
    centers = np.random.default_rng(1).uniform((121.5, 30.9), (121.9, 31.3), (40, 2))
    return [(Point(center).buffer(0.02, quad_segs=15), 50.0) for center in centers]


def make_fixes(things: int, rows: int, turn: int) -> Fixes:
    """One position of each thing in turn, somewhere in the district."""
    place = np.arange(rows) + turn * rows
    random = np.random.default_rng(turn)
    return Fixes(
        (place % things + 1).astype(np.int32),
        place // things * 1_000_000,
        random.uniform(121.4, 122.0, rows),
        random.uniform(30.8, 31.4, rows),
        random.uniform(0, 90, rows),
        np.full(rows, FIXED, np.uint32),
    )


def measure_areas(things: int, rows: int) -> float:
    """Positions a second, each judged against an area and a speed limit."""
    bindings = [
        MovingBinding(rule=n % 40 + 1, datastream=n, area=n % 40, check=Check.INSIDE)
        for n in range(1, things + 1)
    ]
    bindings += [
        MovingBinding(rule=41, datastream=n, check=Check.OVERSPEED, limit=89.0)
        for n in range(1, things + 1)
    ]
    moving = MovingTable.build(bindings, make_areas())
    engine = RuleEngine(RuleTable(1, 1, NONE, NONE, NONE, NONE, moving=moving))
    seconds = []
    for turn in range(max(10, min(100, 600_000 // rows))):
        fixes = make_fixes(things, rows, turn)
        began = time.perf_counter()
        engine.evaluate_positions(fixes)
        seconds.append(time.perf_counter() - began)
    return rows / float(np.median(seconds))


def measure_areas_one_by_one(rows: int = 20_000) -> float:
    """The containment alone, point by point, with prepared areas."""
    areas = [area for area, _margin in make_areas()]
    shapely.prepare(areas)
    fixes = make_fixes(rows, rows, 0)
    began = time.perf_counter()
    for thing, lon, lat in zip(
        *(c.tolist() for c in (fixes.thing, fixes.lon, fixes.lat)), strict=True
    ):
        areas[thing % 40].contains(Point(lon, lat))
    return rows / (time.perf_counter() - began)


def make_batch(rules: int, rows: int, turn: int) -> tuple[np.ndarray, ...]:
    """One reading of each datastream in turn, a second apart."""
    place = np.arange(rows) + turn * rows
    values = np.random.default_rng(turn).normal(size=rows)
    times = place // rules * 1_000_000
    return (place % rules + 1).astype(np.int32), times, values, np.zeros(rows, np.uint8)


def measure_engine(table: RuleTable, rules: int, rows: int) -> float:
    """Readings a second, the median of many batches."""
    engine, seconds = RuleEngine(table), []
    for turn in range(max(10, min(200, 2_000_000 // rows))):
        batch = make_batch(rules, rows, turn)
        began = time.perf_counter()
        engine.evaluate(*batch)
        seconds.append(time.perf_counter() - began)
    return rows / float(np.median(seconds))


def measure_loop(rules: int) -> float:
    """The same threshold rules, late readings, durations and peaks, as a loop over readings."""
    states: dict[int, tuple[str, int, float]] = {}
    last_us = dict.fromkeys(range(1, rules + 1), -1)
    limits = dict.fromkeys(range(1, rules + 1), (LIMIT, LIMIT - HYSTERESIS, 0))
    seconds = []
    for turn in range(60):
        batch = make_batch(rules, USUAL_ROWS, turn)
        began = time.perf_counter()
        for stream, time_us, value, quality in zip(*(c.tolist() for c in batch), strict=True):
            if quality & 0xFF or time_us <= last_us[stream] or not isfinite(value):
                continue
            last_us[stream] = time_us
            limit, release, duration_us = limits[stream]
            phase, since, peak = states.get(stream, ("idle", 0, -inf))
            if value <= release:
                if phase != "idle":
                    states[stream] = ("idle", 0, -inf)
            elif phase == "raised":
                states[stream] = (phase, since, max(peak, value))
            elif value > limit:
                since = since if phase == "pending" else time_us
                phase = "raised" if time_us - since >= duration_us else "pending"
                states[stream] = (phase, since, max(peak, value))
        seconds.append(time.perf_counter() - began)
    return USUAL_ROWS / float(np.median(seconds))


if __name__ == "__main__":
    main()
