"""Counts what ledgers say was acknowledged against journal and lake; prints one JSON line.

The ledger's data areas are taken apart here and the lake's files are read here, not by the codec
and the history, so that they do not share a mistake. Run with the district's settings in the
environment, when nothing of it runs.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import deltalake
import django
import numpy as np
import pyarrow as pa

django.setup()

from ipudong.city.sensing.history import (  # noqa: E402 - Django must be awake
    open_history,
    open_journal,
    open_lake,
)
from ipudong.city.sensing.models import Datastream  # noqa: E402
from ipudong.options import data_path  # noqa: E402
from ipudong.systems.environment.queries.air import get_air_history  # noqa: E402
from ipudong.systems.environment.queries.stations import (  # noqa: E402
    AIR_STATION,
    list_stations,
)

BEIJING = timezone(timedelta(hours=8))
VALUE = re.compile(r"([A-Za-z0-9]+-(?:Rtd|Avg|Min|Max|Cou|ZsRtd|ZsAvg|ZsMin|ZsMax))=([-\d.eE+]+)")
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000
MIDNIGHT_US = {"observations_hour": (HOUR_US, 0), "observations_day": (DAY_US, -8 * HOUR_US)}
TIME_OFF = 0x20  # of the quality byte
Key = tuple[int, int]


def acknowledged(ledgers: Iterable[Path]) -> dict[Key, float]:
    """(datastream, microseconds) -> value of every reading in the ledgers that has a datastream."""
    ids = {
        (identity, channel): pk
        for pk, identity, channel in Datastream.objects.values_list(
            "pk", "thing__identity", "channel"
        )
    }
    readings: dict[Key, float] = {}
    for line in _whole_lines(ledgers):
        entry = json.loads(line)
        # Other doors keep ledgers too; `count_doors.py` counts those.
        if not entry.get("cp", "").startswith("DataTime="):
            continue
        moment = datetime.strptime(entry["cp"][9:23], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        time_us = round(moment.timestamp() * 1e6)
        for field, value in VALUE.findall(entry["cp"]):
            datastream = ids.get((entry["mn"], f"{entry['cn']}/{field}"))
            if datastream is not None:
                readings[datastream, time_us] = float(value)
    return readings


def _whole_lines(ledgers: Iterable[Path]) -> Iterable[str]:
    for ledger in filter(Path.is_file, ledgers):  # a simulator may be killed before its first
        for line in ledger.read_text("utf-8").splitlines(keepends=True):
            if line.endswith("\n"):  # else the simulator was killed in the middle of it
                yield line


def read_table(name: str, key: str = "datastream") -> pa.Table:
    """All rows of a Delta table, read by the reference reader, by key and time."""
    rows = deltalake.DeltaTable(str(data_path("lake", name))).to_pyarrow_table()
    order = [(key, "ascending"), ("time", "ascending")]
    if "arrival" in rows.column_names:
        order.append(("arrival", "ascending"))
    return rows.sort_by(order)


def column(rows: pa.Table, name: str) -> np.ndarray:
    """A column as numpy; times in microseconds, nulls as NaN."""
    values = rows[name].combine_chunks()
    if pa.types.is_timestamp(values.type):
        values = values.cast("int64")
    return values.to_numpy(zero_copy_only=False)


def unique_readings(rows: pa.Table, key: str = "datastream") -> tuple[pa.Table, int]:
    """The last arrival of each reading, and how many rows were sealed more than once."""
    streams, times, arrivals = (column(rows, name) for name in (key, "time", "arrival"))
    same = (streams[1:] == streams[:-1]) & (times[1:] == times[:-1])
    twice = int((same & (arrivals[1:] == arrivals[:-1])).sum())
    return rows.filter(pa.array(np.append(~same, True))), twice


def count_history_differences(readings: pa.Table) -> int:
    """How many readings the history tells otherwise than the lake's files; -1 for another count."""
    told = open_history().read(None, None, None)
    if len(told) != len(readings):
        return -1
    differences = [
        (column(told, name) != column(readings, name))
        for name in ("datastream", "time", "result", "quality")
    ]
    return int(np.logical_or.reduce(differences).sum())


def count_rollup_differences(name: str, readings: pa.Table) -> int:
    """How many intervals of a roll-up differ from what the readings come to."""
    expected = _roll_up(readings, *MIDNIGHT_US[name])
    rows = read_table(name)
    found = {
        (int(stream), int(time)): tuple(values)
        for stream, time, *values in zip(
            *(
                column(rows, c)
                for c in ("datastream", "time", "count", "valid_count", "min", "mean", "max")
            ),
            strict=True,
        )
    }
    keys = expected.keys() | found.keys()
    nothing = (0.0,) * 5
    return (
        len(rows)
        - len(found)
        + sum(
            not np.allclose(
                np.array(expected.get(key, nothing), float),
                np.array(found.get(key, nothing), float),
                equal_nan=True,
            )
            for key in keys
        )
    )


def _roll_up(readings: pa.Table, length_us: int, offset_us: int) -> dict[Key, tuple[float, ...]]:
    groups: dict[Key, list[tuple[float, int]]] = {}
    columns = (column(readings, c) for c in ("datastream", "time", "result", "quality"))
    for stream, time, result, mark in zip(*columns, strict=True):
        start = (int(time) - offset_us) // length_us * length_us + offset_us
        groups.setdefault((int(stream), start), []).append((float(result), int(mark)))
    return {key: _summarize(values) for key, values in groups.items()}


def _summarize(values: list[tuple[float, int]]) -> tuple[float, ...]:
    # Valid: the source says normal (low nibble 0), and none of our three checks objects.
    good = [result for result, mark in values if not mark & 0x7F and not np.isnan(result)]
    if not good:
        return len(values), 0, np.nan, np.nan, np.nan
    return len(values), len(good), min(good), sum(good) / len(good), max(good)


def digest(readings: dict[Key, float], keys: Iterable[Key]) -> str:
    """SHA-256 over the readings of these keys, in their order."""
    lines = (f"{stream} {time} {readings.get((stream, time))}\n" for stream, time in sorted(keys))
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:16]


def count_air(now: datetime) -> tuple[int, int]:
    """Hours of the air stations in the last three days with a valid factor, and with an AQI."""
    until = now + timedelta(hours=1)
    histories = [
        get_air_history(station, until, hours=96)
        for station in list_stations(AIR_STATION, imported=False)
    ]
    hours = [hour for history in histories for hour in history.hours]
    valid = sum(any(iaqi is not None for iaqi in hour.iaqi.values()) for hour in hours)
    return valid, sum(hour.aqi is not None for hour in hours)


def count_stations(readings: pa.Table) -> tuple[int, int]:
    """Readings of the HJ 212 stations, and how many of them are marked `time off`.

    The simulator's poles and vehicles come by other doors with clocks of their own.
    """
    streams = list(Datastream.objects.filter(thing__protocol="hj212").values_list("pk", flat=True))
    theirs = np.isin(column(readings, "datastream"), streams)
    off = column(readings, "quality")[theirs].astype(int) & TIME_OFF
    return int(theirs.sum()), int(np.count_nonzero(off))


def main() -> None:
    """Seal what waits, roll up, compare and print."""
    wanted = acknowledged(map(Path, sys.argv[1:]))
    lake, journal = open_lake(), open_journal()
    waited = journal.stats().rows
    lake.seal(journal)
    lake.roll_up()
    readings, sealed_twice = unique_readings(read_table("observations"))
    scale = dict(Datastream.objects.values_list("pk", "scale"))
    found = {
        (int(d), int(t)): round(float(r) / scale[int(d)], 9)
        for d, t, r in zip(
            *(column(readings, c) for c in ("datastream", "time", "result")), strict=True
        )
    }
    valid_hours, aqi_hours = count_air(datetime.now(UTC))
    of_stations, off = count_stations(readings)
    answer = {
        "acknowledged": len(wanted),
        "acknowledged_digest": digest(wanted, wanted),
        "stored_digest": digest(found, wanted),
        "stored": len(found),
        "lost": sum(1 for key in wanted if key not in found),
        "changed": sum(
            not np.isclose(found[key], value, rtol=1e-9, atol=1e-9)
            for key, value in wanted.items()
            if key in found
        ),
        "sealed_twice": sealed_twice,
        "of_stations": of_stations,
        "stations_time_off": off,
        "valid_hours": valid_hours,
        "aqi_hours": aqi_hours,
        "waited_in_journal": waited,
        "set_aside": journal.stats().quarantined,
        "history_differs": count_history_differences(readings),
        **{f"{name}_differs": count_rollup_differences(name, readings) for name in MIDNIGHT_US},
        "measured_at": datetime.now(UTC).isoformat(),
    }
    print(json.dumps(answer, default=int))  # noqa: T201 - this is the program's answer


if __name__ == "__main__":
    main()
