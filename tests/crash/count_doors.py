"""Counts what the ledgers of every door say was acknowledged against the lake; one JSON line."""

import json
import sys
from pathlib import Path

import numpy as np
from count_stored import column, read_table, unique_readings  # wakes Django

from ipudong.city.sensing.history import open_journal, open_lake

TABLES = {"observation": ("observations", "datastream", "result"), "position": (
    "positions", "thing", "lon")}  # fmt: skip


def read_ledger(path: Path) -> list[dict[str, float]]:
    """Whole lines of a ledger."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def count(entries: list[dict[str, float]]) -> dict[str, int]:
    """How many were acknowledged, are not there, are there with another value or more than once."""
    kind = str(entries[0]["kind"])
    name, key, value = TABLES[kind]
    rows, twice = unique_readings(read_table(name, key), key)
    found = {
        (int(k), int(t)): float(v)
        for k, t, v in zip(*(column(rows, c) for c in (key, "time", value)), strict=True)
    }
    wanted = {(int(entry["key"]), int(entry["time_us"])): entry["value"] for entry in entries}
    if kind == "position":
        wanted = {at: 121 + value / 1000 for at, value in wanted.items()}
    return {
        "acknowledged": len(wanted),
        "lost": sum(at not in found for at in wanted),
        "changed": sum(
            not np.isclose(found[at], told, rtol=0, atol=1e-9)
            for at, told in wanted.items()
            if at in found
        ),
        "sealed_twice": twice,
    }


def main() -> None:
    """Seal what waits, compare and print."""
    lake, journal = open_lake(), open_journal()
    lake.seal(journal)
    paths = map(Path, sys.argv[1:])
    print(json.dumps({path.stem: count(read_ledger(path)) for path in paths}))  # noqa: T201


if __name__ == "__main__":
    main()
