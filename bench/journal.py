"""How fast the journal makes readings durable, beside a raw append + fdatasync of the same bytes.

    python bench/journal.py [--seconds 3] [--directory var/bench]

Prints a comparison for each size of commit and, last, one line of JSON.
"""

import argparse
import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ipudong.store import batches
from ipudong.store.group_commit import GroupCommit
from ipudong.store.journal import SqliteJournal

BATCH_ROWS = (8, 1_000, 10_000, 100_000)
USUAL_ROWS = 1_000  # what a gateway of a thousand frames a second and more gathers during an fsync
SENDERS = 500
ROWS_A_FRAME = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="per comparison")
    parser.add_argument("--directory", type=Path, default=Path("var/bench"))
    given = parser.parse_args()
    place = given.directory / "journal"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    figures: dict[str, float] = {}
    for rows in BATCH_ROWS:
        figures |= compare_appends(place, rows, given.seconds)
    figures |= asyncio.run(measure_group_commit(place, given.seconds))
    shutil.rmtree(place)
    ratio = figures[f"ratio_{USUAL_ROWS}"]
    beside = f"raw append + fdatasync of the same bytes, {USUAL_ROWS:,} rows a commit"
    print(json.dumps({"bench": "journal", "figures": figures, "ratio": ratio, "beside": beside}))


def compare_appends(place: Path, rows: int, seconds: float) -> dict[str, float]:
    """Call both in turn, so that a neighbor's load falls on both alike."""
    batch = make_batch(rows)
    payload = batches.encode(batch)
    journal = SqliteJournal(place / f"journal-{rows}.sqlite3")
    raw = os.open(place / f"raw-{rows}", os.O_CREAT | os.O_WRONLY | os.O_APPEND)

    def append_raw() -> None:
        os.write(raw, payload)
        os.fdatasync(raw)

    def append_journal() -> None:
        journal.append("observations", [batch])

    append_journal()
    raw_s, journal_s = compare(append_raw, append_journal, seconds)
    os.close(raw)
    journal.close()
    print(
        f"{rows:>7} rows a commit, {len(payload):>9,} bytes: journal {journal_s * 1e3:7.3f} ms "
        f"({1 / journal_s:,.0f} commits/s, {rows / journal_s:,.0f} rows/s), "
        f"raw append {raw_s * 1e3:7.3f} ms, ratio {journal_s / raw_s:.2f}"
    )
    return {
        f"commits_per_s_{rows}": round(1 / journal_s),
        f"rows_per_s_{rows}": round(rows / journal_s),
        f"raw_commits_per_s_{rows}": round(1 / raw_s),
        f"ratio_{rows}": round(journal_s / raw_s, 2),
    }


def make_batch(rows: int):
    """Readings as a gateway gathers them: many datastreams, nearly one time, any value."""
    chance = np.random.default_rng(rows)
    return batches.observations(
        chance.integers(1, 10_000, rows),
        1_750_000_000_000_000 + chance.integers(0, 60, rows) * 1_000_000,
        chance.normal(50, 20, rows).round(3),
    )


def compare(
    left: Callable[[], None], right: Callable[[], None], seconds: float
) -> tuple[float, float]:
    """Median seconds of a call of each, called in turn for about so long."""
    times: tuple[list[float], list[float]] = [], []
    stop_at = time.perf_counter() + seconds
    while time.perf_counter() < stop_at or not times[1]:
        for call, taken in zip((left, right), times, strict=True):
            start = time.perf_counter()
            call()
            taken.append(time.perf_counter() - start)
    return float(np.median(times[0])), float(np.median(times[1]))


async def measure_group_commit(place: Path, seconds: float) -> dict[str, float]:
    """500 senders, each waiting for its frame of 8 readings before it sends the next."""
    journal = SqliteJournal(place / "group.sqlite3")
    group = GroupCommit(journal)
    stop_at = time.perf_counter() + seconds

    async def send(number: int) -> int:
        columns = [number] * ROWS_A_FRAME, [0] * ROWS_A_FRAME, [1.5] * ROWS_A_FRAME, bytes(8)
        frames = 0
        while time.perf_counter() < stop_at:
            await group.submit("observations", *columns)
            frames += 1
        return frames

    start = time.perf_counter()
    frames = sum(await asyncio.gather(*(send(number) for number in range(SENDERS))))
    took_s = time.perf_counter() - start
    await group.close()
    stats = group.stats()
    assert sum(entry.rows for entry in journal.read(limit=10**9)) == frames * ROWS_A_FRAME
    journal.close()
    print(
        f"{SENDERS} senders of {ROWS_A_FRAME} rows through the group commit: "
        f"{frames / took_s:,.0f} frames/s acknowledged, {stats.commits / took_s:,.0f} commits/s, "
        f"{stats.rows / took_s:,.0f} rows/s"
    )
    return {
        "group_frames_per_s": round(frames / took_s),
        "group_rows_per_s": round(stats.rows / took_s),
        "group_commits_per_s": round(stats.commits / took_s),
    }


if __name__ == "__main__":
    main()
