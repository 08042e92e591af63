"""Stand-ins for tests of the gateway: a district without a database, a journal that fails."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from ipudong.city.sensing.changes import Changes
from ipudong.city.sensing.directory import Channel, Device, Directory, StreamRow, build_streams
from ipudong.gateway.columns import Columns
from ipudong.store import batches

NOW_US = 1_795_000_000_000_000  # an instant of 2026-11
FACTORS = ("a34004", "a34002", "a21026", "a21004", "a05024", "a21005", "a01001", "a01002")


def make_device(thing_id: int, mn: str, pw: str = "123456", first_id: int = 1) -> Device:
    """An adopted station with an instant and an hourly datastream for each factor."""
    fields = [f"2011/{factor}-Rtd" for factor in FACTORS]
    fields += [f"2061/{factor}-Avg" for factor in FACTORS]
    channels = {name: Channel(first_id + at) for at, name in enumerate(fields)}
    return Device(thing_id, "hj212", mn, channels, credential=pw, system="environment")


def make_directory(*devices: Device, version: int = 1) -> Directory:
    """A directory of these devices."""
    rows = [
        StreamRow(channel.datastream_id, device.thing_id, name, _period(name))
        for device in devices
        for name, channel in device.channels.items()
    ]
    known = {(device.protocol, device.identity): device for device in devices}
    return Directory(version=version, devices=known, streams=build_streams(rows))


def _period(name: str) -> str:
    return "hour" if name.startswith("2061") else "instant"


def judge_nothing(columns: Columns, now_us: int) -> Changes:
    """A judge that finds nothing."""
    return Changes(suspect=np.zeros(len(columns), np.bool_))


class RecordingCommitter:
    """Keeps batches in memory; `error` makes the next commits fail, `hold` makes them wait."""

    def __init__(self) -> None:
        self.batches: list[pa.RecordBatch] = []
        self.error: Exception | None = None
        self.hold: asyncio.Event | None = None

    def submit_batch(self, kind: str, batch: pa.RecordBatch) -> "asyncio.Future[None]":
        return asyncio.ensure_future(self._commit(kind, batch))

    async def _commit(self, kind: str, batch: pa.RecordBatch) -> None:
        if self.hold is not None:
            await self.hold.wait()
        if self.error is not None:
            raise self.error
        self.batches.append(batches.validate(kind, batch))

    def rows(self) -> list[dict[str, Any]]:
        """Everything made durable, in order."""
        return [row for batch in self.batches for row in batch.to_pylist()]


def results_of(rows: Sequence[dict[str, Any]]) -> list[float]:
    """The results of rows."""
    return [row["result"] for row in rows]
