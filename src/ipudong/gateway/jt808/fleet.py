"""What the gateway knows of the vehicles while it runs, as columns by thing id.

A report's numbers find their datastreams by one look-up per kind of item, whatever the number of
vehicles; counts are added up likewise and noted once a second.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing import directory
from ipudong.city.sensing.directory import Device
from ipudong.gateway.jt808.alarm_bits import ALARM_PREFIX, AlarmWords
from ipudong.gateway.records import Records
from ipudong.protocols.jt808.locations import NO_POSITION, NO_TIME, Flaw, Locations

# What is counted for each vehicle besides its reports: the counter's code and the flaws it counts.
FLAW_COUNTS: Final = (
    ("no_fix", NO_POSITION),
    ("time_off", Flaw.TIME | Flaw.FUTURE),
    ("stale", Flaw.STALE),
    ("bad_item", Flaw.ITEMS),
)
REPEATED: Final = "repeated"  # the serial of the report before it: sent again, kept once
COUNTS: Final = (*(code for code, _ in FLAW_COUNTS), REPEATED)
NO_SERIAL: Final = -1

# Columns of the pipeline: datastream, time, result, quality, and whether the clock is right.
Columns = tuple[
    NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8], NDArray[np.bool_]
]


@dataclass(slots=True)
class Channel:
    """Where one kind of number goes, by thing id; datastream 0 is none."""

    datastream: NDArray[np.int32]
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    is_plain: bool = True  # every scale is 1 and every offset 0
    offered: set[int] = field(default_factory=set)  # things noted to have no datastream for it


class Fleet:
    """The vehicles of one directory. Not for several threads."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._by_phone: dict[str, Device] = {}
        self._channels: dict[str, Channel] = {}
        self._size = 1
        self._alarms = AlarmWords()
        self._reports = np.zeros(1, np.int64)
        self._heard_us = np.zeros(1, np.int64)
        self._serial = np.full(1, NO_SERIAL, np.int64)
        self._flaws = {code: np.zeros(1, np.int64) for code in COUNTS}

    def use_devices(self, devices: Iterable[Device]) -> None:
        """Know these vehicles from now on."""
        self.note_counts({})
        self._by_phone = {device.identity: device for device in devices}
        self._size = max((d.thing_id for d in self._by_phone.values()), default=0) + 1
        self._reports = np.zeros(self._size, np.int64)
        self._heard_us = np.zeros(self._size, np.int64)
        self._serial = np.full(self._size, NO_SERIAL, np.int64)
        self._flaws = {code: np.zeros(self._size, np.int64) for code in COUNTS}
        self._channels = {}
        for device in self._by_phone.values():
            for name, row in device.channels.items():
                self._set_channel(name, device.thing_id, row)
        self._alarms.resize(self._size, [n for n in self._channels if n.startswith(ALARM_PREFIX)])

    def _set_channel(self, name: str, thing: int, row: directory.Channel) -> None:
        channel = self._find_channel(name)
        channel.datastream[thing] = row.datastream_id
        channel.scale[thing], channel.offset[thing] = row.scale, row.offset
        channel.is_plain &= row.scale == 1.0 and not row.offset

    def _find_channel(self, name: str) -> Channel:
        channel = self._channels.get(name)
        if channel is None:
            size = self._size
            channel = self._channels[name] = Channel(
                np.zeros(size, np.int32), np.ones(size), np.zeros(size)
            )
        return channel

    def find(self, phone: str) -> Device | None:
        """The adopted vehicle with this phone number, zeros in front left off."""
        return self._by_phone.get(phone)

    # Reports.

    def read_observations(
        self, things: NDArray[np.int32], found: Locations, times_us: NDArray[np.int64]
    ) -> Columns | None:
        """The numbers of these reports that have a datastream; None if there are none."""
        clock_ok = found.flaws & NO_TIME == 0
        pieces = [
            self._read_item(name, things, values, times_us, clock_ok)
            for name, values in found.items.items()
        ]
        for name, rows, values in self._alarms.find_changes(
            things, found.alarm, times_us, clock_ok
        ):
            pieces.append(
                self._read_item(name, things[rows], values, times_us[rows], clock_ok[rows])
            )
        pieces = [piece for piece in pieces if piece is not None]
        if not pieces:
            return None
        joined = [np.concatenate(column) for column in zip(*pieces, strict=True)]
        quality = np.zeros(len(joined[0]), np.uint8)
        return joined[0], joined[1], joined[2], quality, joined[3]

    def _read_item(
        self,
        name: str,
        things: NDArray[np.int32],
        values: NDArray[np.float64],
        times_us: NDArray[np.int64],
        clock_ok: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]] | None:
        channel = self._find_channel(name)
        datastream = channel.datastream[things]
        is_number = ~np.isnan(values)
        rows = np.flatnonzero(is_number & (datastream != 0))
        if len(rows) != len(things):
            self._note_unknown(name, channel, things[is_number & (datastream == 0)])
        if not len(rows):
            return None
        results = values[rows]
        if not channel.is_plain:
            owner = things[rows]
            results = results * channel.scale[owner] + channel.offset[owner]
        return datastream[rows], times_us[rows], results, clock_ok[rows]

    def _note_unknown(self, name: str, channel: Channel, things: NDArray[np.int32]) -> None:
        """Fields without a datastream: the profile is asked once for each vehicle."""
        for thing in set(things.tolist()) - channel.offered:
            channel.offered.add(thing)
            self._records.note_unknown_fields(thing, (name,))

    # Counts.

    def note_reports(self, things: NDArray[np.int32], found: Locations, now_us: int) -> None:
        """Count reports and what was wrong with them."""
        size = self._size
        self._reports += np.bincount(things, minlength=size)
        self._heard_us[things] = now_us
        if not found.flaws.any():
            return
        for code, flaws in FLAW_COUNTS:
            rows = found.flaws & flaws != 0
            if rows.any():
                self._flaws[code] += np.bincount(things[rows], minlength=size)

    def note_serials(self, things: NDArray[np.int32], serials: NDArray[np.uint16]) -> None:
        """Count reports that bear the serial of the one before: the terminal did not hear us."""
        order = np.argsort(things, kind="stable")
        owner, serial = things[order], serials[order].astype(np.int64)
        is_first = np.ones(len(order), np.bool_)
        is_first[1:] = owner[1:] != owner[:-1]
        before = np.empty_like(serial)
        before[1:] = serial[:-1]
        before[is_first] = self._serial[owner[is_first]]
        self._serial[owner] = serial  # of equal indexes the last one stays
        repeated = owner[serial == before]
        if len(repeated):
            self._flaws[REPEATED] += np.bincount(repeated, minlength=self._size)

    def note_counts(self, peers: dict[int, str]) -> int:
        """Hand the counts since the last call to the records; how many reports it were."""
        heard = np.flatnonzero(self._reports)
        for thing in heard.tolist():
            count, at_us = int(self._reports[thing]), int(self._heard_us[thing])
            self._records.note_frames(thing, count, at_us, peers.get(thing, ""))
            self._records.note_count(thing, "stored", count)
        total = int(self._reports.sum())
        self._reports[:] = 0
        for code, counts in self._flaws.items():
            for thing in np.flatnonzero(counts).tolist():
                self._records.note_count(thing, code, int(counts[thing]))
            counts[:] = 0
        return total
