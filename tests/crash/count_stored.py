"""Counts what a ledger says was acknowledged against journal and lake; prints one JSON line.

The ledger's data areas are taken apart here, not by the codec, so that the two do not share a
mistake. Run with the district's settings in the environment.
"""

import json
import re
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import django
import numpy as np

django.setup()

from ipudong.city.sensing.history import open_history  # noqa: E402 - Django must be awake

from ipudong.city.sensing.models import Datastream  # noqa: E402

BEIJING = timezone(timedelta(hours=8))
VALUE = re.compile(r"([A-Za-z0-9]+-(?:Rtd|Avg|Min|Max|Cou|ZsRtd|ZsAvg|ZsMin|ZsMax))=([-\d.eE+]+)")
Key = tuple[int, int]


def acknowledged(ledger: Path) -> dict[Key, float]:
    """(datastream, microseconds) -> value of every reading in the ledger that has a datastream."""
    ids = {
        (identity, channel): pk
        for pk, identity, channel in Datastream.objects.values_list(
            "pk", "thing__identity", "channel"
        )
    }
    readings: dict[Key, float] = {}
    for line in ledger.read_text("utf-8").splitlines(keepends=True):
        if not line.endswith("\n"):
            continue  # the simulator was killed in the middle of a line
        entry = json.loads(line)
        moment = datetime.strptime(entry["cp"][9:23], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        time_us = round(moment.timestamp() * 1e6)
        for field, value in VALUE.findall(entry["cp"]):
            datastream = ids.get((entry["mn"], f"{entry['cn']}/{field}"))
            if datastream is not None:
                readings[datastream, time_us] = float(value)
    return readings


def stored() -> tuple[dict[Key, float], int, int]:
    """Every reading of the district, how many keys came twice, and how many rows are sealed."""
    history = open_history()
    everything = sorted(Datastream.objects.values_list("pk", flat=True))
    rows = history.read(
        everything, datetime(2000, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=2)
    )
    datastreams = rows["datastream"].to_numpy()
    times = rows["time"].cast("int64").to_numpy()
    results = rows["result"].to_numpy()
    scale = dict(Datastream.objects.values_list("pk", "scale"))
    keys = np.stack([datastreams.astype("int64"), times], axis=1)
    doubled = len(keys) - len(np.unique(keys, axis=0))
    values = {
        (int(d), int(t)): float(r) / scale[int(d)]
        for d, t, r in zip(datastreams, times, results, strict=True)
    }
    return values, doubled, history.lake.count_rows("observations")


def main() -> None:
    """Compare and print."""
    wanted = acknowledged(Path(sys.argv[1]))
    found, doubled, sealed = stored()
    changed = sum(
        1
        for key, value in wanted.items()
        if key in found and not np.isclose(found[key], value, rtol=1e-9, atol=1e-12)
    )
    print(  # noqa: T201 - this is the program's answer
        json.dumps(
            {
                "acknowledged": len(wanted),
                "stored": len(found),
                "lost": sum(1 for key in wanted if key not in found),
                "changed": changed,
                "counted_twice": doubled,
                "sealed": sealed,
            }
        )
    )


if __name__ == "__main__":
    main()
