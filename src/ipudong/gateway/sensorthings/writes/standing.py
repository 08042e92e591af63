"""The latest reading and the span of datastreams after some of their readings were withdrawn."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.services.live import replace_latest
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.live.latest import LatestRows
from ipudong.store.batches import to_numpy


async def restore_latest(gateway: Gateway, withdrawn: Sequence[tuple[int, int]]) -> None:
    """Show what still stands of these datastreams as their latest."""
    streams = np.unique(np.array([stream for stream, _ in withdrawn], np.int32))
    gateway.latest.replace(streams, await gateway.in_database(_read_standing, streams))
    gateway.hub.note_changed(streams)


def _read_standing(streams: NDArray[np.int32]) -> LatestRows:
    history = open_history()
    table = history.latest(streams.tolist())
    names = ("datastream", "time", "result", "quality")
    rows = LatestRows(*(to_numpy(table, name) for name in names))
    readings = history.observations(streams.tolist())
    firsts = history.run(readings.group_by("datastream").aggregate(time=readings.time.min()))
    known = dict(
        zip(
            to_numpy(firsts, "datastream").tolist(),
            to_numpy(firsts, "time").tolist(),
            strict=True,
        )
    )
    rows.first_us = np.array([known[stream] for stream in rows.datastream.tolist()], np.int64)
    replace_latest(streams, rows.datastream, rows.time_us, rows.result, rows.quality, rows.first_us)
    return rows
