"""How fast one station-day is read out of many readings, beside plain DuckDB on the same files.

    python bench/history.py [--rows 100000000] [--directory var/bench]

The lake is made once and kept. Plain DuckDB is asked twice: over all files of the lake by the day
partition, as a person at a prompt would, and over the one file that holds the day, which somebody
has to know first. Prints the comparison and, last, one line of JSON.
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ipudong.store import batches, layout
from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake
from ipudong.store.tables import OBSERVATION_TABLE

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 1440
STREAMS = 800  # a hundred stations of eight datastreams, one reading a minute
STATION = 8
ROUNDS = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    days = max(1, round(given.rows / (STREAMS * MINUTES)))
    place = given.directory / f"history-{days}"
    lake = Lake(place / "lake")
    fill(lake, days)
    journal = SqliteJournal(place / "journal.sqlite3")
    figures = measure(lake, journal, days)
    journal.close()
    beside = "plain DuckDB over the same files"
    result = {"bench": "history", "figures": figures, "ratio": figures["ratio"], "beside": beside}
    print(json.dumps(result))


def fill(lake: Lake, days: int) -> None:
    """Write the days still missing as compacted day files, straight into the Delta table."""
    with lake._writing():
        folder = lake._folders["observations"]
        have = len(folder.snapshot().files)
        for day in range(have, days):
            folder.commit(folder.write(make_day(day)), marks={"journal": 0})
            if day % 10 == 9 or day == days - 1:
                print(f"{day + 1} of {days} days written", flush=True)


def make_day(day: int) -> pa.Table:
    chance = np.random.default_rng(day)
    streams = np.repeat(np.arange(1, STREAMS + 1, dtype=np.int32), MINUTES)
    start_us = int((FIRST_DAY + timedelta(days=day)).timestamp()) * 1_000_000
    times = np.tile(start_us + np.arange(MINUTES) * 60_000_000, STREAMS)
    results = chance.normal(50, 20, len(streams)).round(2)
    batch = batches.observations(streams, times, results)
    return layout.with_day(layout.to_table(OBSERVATION_TABLE, [(0, batch)]))


def measure(lake: Lake, journal: SqliteJournal, days: int) -> dict[str, float]:
    history = History(lake, journal)
    plain = duckdb.connect()
    plain.execute("SET TimeZone = 'UTC'")
    root = lake.path_of("observations")
    chance = np.random.default_rng(1)
    picks = [
        (int(chance.integers(0, STREAMS // STATION)), int(chance.integers(0, days)))
        for _ in range(ROUNDS)
    ]
    files = lake.snapshot("observations").files
    paths = {int(day): str(root / path) for day, path in zip(files.days, files.paths, strict=True)}
    calls: dict[str, Callable[[int, datetime], pa.Table]] = {
        "history": lambda station, start: history.read(
            streams_of(station), start, start + timedelta(days=1)
        ),
        "expression": lambda station, start: history.run(
            history.observations(streams_of(station), start, start + timedelta(days=1))
        ),
        "plain": lambda station, start: plain.execute(
            plain_query(f"{root}/day=*/*.parquet", station, start)
        ).to_arrow_table(),
        "plain_one_file": lambda station, start: plain.execute(
            plain_query(paths[int(start.timestamp()) // 86_400], station, start)
        ).to_arrow_table(),
    }
    times = compare(calls, picks)
    rows = int(files.rows.sum())
    ms = {name: float(np.median(taken)) * 1e3 for name, taken in times.items()}
    slow = {name: float(np.percentile(taken, 95)) * 1e3 for name, taken in times.items()}
    for name in calls:
        print(f"{name:>15}: median {ms[name]:6.2f} ms, 95 % below {slow[name]:6.2f} ms")
    print(
        f"one station-day ({STATION * MINUTES:,} rows) out of {rows:,} rows in {len(files)} files"
    )
    return {
        "rows": rows,
        **{f"{name}_ms": round(value, 2) for name, value in ms.items()},
        "history_p95_ms": round(slow["history"], 2),
        "ratio": round(ms["history"] / ms["plain"], 2),
        "ratio_one_file": round(ms["history"] / ms["plain_one_file"], 2),
    }


def compare(
    calls: dict[str, Callable[[int, datetime], pa.Table]], picks: list[tuple[int, int]]
) -> dict[str, list[float]]:
    """Ask all of them the same in turn, each as often first, when the file is cold, as the others.

    Taking turns also lets a neighbor's load fall on all alike.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls.items())
    for station, day in picks:
        answers = []
        order = [*order[1:], order[0]]
        for name, call in order:
            start = time.perf_counter()
            answers.append(call(station, FIRST_DAY + timedelta(days=day)))
            times[name].append(time.perf_counter() - start)
        assert {answer.num_rows for answer in answers} == {STATION * MINUTES}
        assert len({layout.checksum(answer) for answer in answers}) == 1
    return times


def streams_of(station: int) -> list[int]:
    return [station * STATION + number for number in range(1, STATION + 1)]


def plain_query(place: str, station: int, start: datetime) -> str:
    listed = ", ".join(str(stream) for stream in streams_of(station))
    return f"""
        SELECT datastream, time, result, quality FROM read_parquet('{place}')
        WHERE day = DATE '{start:%Y-%m-%d}' AND datastream IN ({listed})
          AND time >= TIMESTAMPTZ '{start}' AND time < TIMESTAMPTZ '{start + timedelta(days=1)}'
        ORDER BY datastream, time
    """  # noqa: S608 - numbers of our own


if __name__ == "__main__":
    main()
