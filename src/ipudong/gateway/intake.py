"""Readings of any device as columns: which of its fields go where, and what becomes of the rest."""

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.field_guesses import guess_surely
from ipudong.city.sensing.profiles import find_profile
from ipudong.city.sensing.services import RejectedRow
from ipudong.gateway import figures
from ipudong.gateway.columns import FIXED, Positions
from ipudong.gateway.mqtt.intake import Taken
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.store.batches import MAX_TIME_US, MIN_TIME_US
from ipudong.store.quality import NORMAL

MAX_LAYOUTS: Final = 64
MAX_KNOWN: Final = 50_000
MAX_TOLD: Final = 2000
RAW_KEPT_BYTES: Final = 4096
FIELD_LENGTH: Final = 80  # a longer name can be no channel's
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Sample(Struct):
    """Values of one instant by field; `time_us` is None where the time of receipt counts, `quality`
    the source's mark (`store.quality`)."""

    values: Mapping[str, Any]
    time_us: int | None = None
    quality: int = NORMAL


class Fix(Struct, frozen=True):
    """Where a device says it is: degrees WGS 84, km/h, degrees from north, metres; NaN unknown."""

    lon: float
    lat: float
    time_us: int | None = None
    speed_kmh: float = math.nan
    heading_deg: float = math.nan
    altitude_m: float = math.nan


class Content(Struct):
    """What a message says of one device."""

    samples: list[Sample] = []
    fixes: list[Fix] = []


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of one shape of message go. `datastreams` int32 ids of the known ones, at
    `places` among all; `scales` is None where every one is 1 and every offset 0; `unknown` have no
    datastream, and of those `awaited` are about to have one."""

    names: tuple[str, ...]
    datastreams: "array[int]"
    places: tuple[int, ...]
    scales: tuple[float, ...] | None
    offsets: tuple[float, ...]
    unknown: tuple[str, ...]
    awaited: frozenset[str]
    qualities: bytes


@dataclass(slots=True)
class _Known:
    """A device as the present directory has it, and the shapes of message it has sent."""

    device: Device
    layouts: dict[tuple[str, ...], Layout] = field(default_factory=dict)
    last_us: int = 0

    def stamp(self, now_us: int) -> int:
        """The time of receipt for a message without a time of its own: later than that of the one
        before, or the second of two in one read would pass for a correction of the first."""
        if self.last_us >= now_us > self.last_us - SECOND_US:  # else the clock was set back
            now_us = self.last_us + 1
        self.last_us = now_us
        return now_us


class _Rows:
    """Columns of one message, put into the pipeline only when all of it can be. `now_us` is the
    time of receipt that samples without a time get."""

    def __init__(self, now_us: int) -> None:
        self.now_us = now_us
        self.received: set[int] = set()  # datastreams that have a reading of `now_us`
        self.datastreams, self.times_us = array("i"), array("q")
        self.results: list[float] = []
        self.qualities = bytearray()
        self.awaited: list[str] = []
        self.unknown: list[str] = []
        self.wrong: list[str] = []


class DeviceIntake:
    """Puts readings of devices into the pipeline; one for each door that carries payloads.

    Call `pipeline.wait` after `take`. Nothing of a message is taken while a field that the
    device's profile knows waits for its datastream: it would be doubled when the message is offered
    again.
    """

    def __init__(self, pipeline: Pipeline, records: Records, protocol: str) -> None:
        self._pipeline = pipeline
        self._records = records
        self._protocol = protocol
        self._known: dict[int, _Known] = {}
        self._told: set[tuple[int, str]] = set()

    def find_layout(self, device: Device, names: tuple[str, ...]) -> Layout:
        """The layout of a message with these fields."""
        return self._find_layout(self._know(device), names)

    def _know(self, device: Device) -> _Known:
        known = self._known.get(device.thing_id)
        if known is None or known.device is not device:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            known = self._known[device.thing_id] = _Known(device)
        return known

    @staticmethod
    def _find_layout(known: _Known, names: tuple[str, ...]) -> Layout:
        layout = known.layouts.get(names)
        if layout is None:
            if len(known.layouts) >= MAX_LAYOUTS:  # a sender that never repeats itself
                known.layouts.clear()
            layout = known.layouts[names] = make_layout(known.device, names)
        return layout

    def take_flat(
        self,
        device: Device,
        values: Mapping[str, Any],
        now_us: int,
        time_us: int | None = None,
    ) -> int:
        """Take numbers of one instant, the device's own or that of receipt, when every field is
        known and finite; how many, 0 if any is not: then `take` must look at each."""
        known = self._know(device)
        layout = self._find_layout(known, tuple(values))
        if layout.unknown or not layout.names:
            return 0
        results = list(values.values())
        for value in results:
            if type(value) is not float and type(value) is not int:
                return 0
        if not math.isfinite(sum(results)):
            return 0
        if layout.scales is not None:
            rows = zip(results, layout.scales, layout.offsets, strict=True)
            results = [value * scale + offset for value, scale, offset in rows]
        count = len(results)
        instant_us = known.stamp(now_us) if time_us is None else time_us
        self._pipeline.buffer.append(
            layout.datastreams,
            array("q", (instant_us,)) * count,
            results,
            layout.qualities,
            True,
        )
        return count

    def is_ready(self, device: Device, content: Content) -> bool:
        """Whether `take` would take it now; else its fields are on their way to datastreams."""
        awaited = {
            name: None
            for sample in content.samples
            for name in self.find_layout(device, tuple(sample.values)).awaited
            if to_number(sample.values[name]) is not None
        }
        if awaited:
            self._records.note_unknown_fields(device.thing_id, tuple(awaited))
        return not awaited

    def take(
        self, device: Device, content: Content, now_us: int, raw: bytes, peer: str = ""
    ) -> Taken:
        """Take what a message says, or nothing of it while a datastream is awaited."""
        known = self._know(device)
        rows = _Rows(known.stamp(now_us))
        for sample in content.samples:
            self._add(known, sample, rows)
        if rows.unknown:
            self._note_unknown(device, rows, raw, peer)
        if rows.awaited:
            return Taken(awaits_channels=True)
        fixes = self._list_fixes(device, content.fixes)
        if rows.wrong:
            self._note_wrong(device, rows.wrong, raw, peer)
        if rows.results:
            self._pipeline.buffer.append(
                rows.datastreams, rows.times_us, rows.results, bytes(rows.qualities), True
            )
        if fixes:
            self._pipeline.positions.extend(make_positions(device.thing_id, fixes, rows.now_us))
        return Taken(rows=len(rows.results) + len(fixes))

    def _add(self, known: _Known, sample: Sample, rows: _Rows) -> None:
        values = list(sample.values.values())
        layout = self._find_layout(known, tuple(sample.values))
        time_us = sample.time_us
        if time_us is None:
            if not rows.received.isdisjoint(layout.datastreams):
                rows.now_us = known.stamp(rows.now_us)
                rows.received.clear()
            rows.received.update(layout.datastreams)
            time_us = rows.now_us
        if not MIN_TIME_US <= time_us <= MAX_TIME_US:
            rows.wrong.append("time")
            return
        scales = layout.scales or (1.0,) * len(layout.places)
        for at, place in enumerate(layout.places):
            number = to_number(values[place])
            if number is None:
                if values[place] is not None:  # a field that is absent today is no fault
                    rows.wrong.append(layout.names[place])
                continue
            rows.datastreams.append(layout.datastreams[at])
            rows.times_us.append(time_us)
            rows.results.append(number * scales[at] + layout.offsets[at])
            rows.qualities.append(sample.quality)
        if layout.unknown:
            found = [name for name in layout.unknown if to_number(sample.values[name]) is not None]
            rows.unknown += found
            rows.awaited += [name for name in found if name in layout.awaited]

    def _list_fixes(self, device: Device, fixes: Sequence[Fix]) -> list[Fix]:
        """Positions of a moving device; one with a registered place stays there."""
        if not fixes or device.lon is not None:
            return []
        good = [
            fix
            for fix in fixes
            if -180 <= fix.lon <= 180
            and -90 <= fix.lat <= 90
            and MIN_TIME_US <= (fix.time_us or 0) <= MAX_TIME_US
        ]
        if len(good) < len(fixes):
            self._records.note_count(device.thing_id, "bad_position", len(fixes) - len(good))
        return good

    # What is not taken.

    def _note_unknown(self, device: Device, rows: _Rows, raw: bytes, peer: str) -> None:
        names = tuple(dict.fromkeys(rows.unknown))
        figures.UNMAPPED.labels(self._protocol).inc(len(names))
        self._records.note_count(device.thing_id, "unknown_channel", len(names))
        short = tuple(name for name in names if len(name) <= FIELD_LENGTH)
        is_new = self._records.note_unknown_fields(device.thing_id, short)
        if is_new and not rows.awaited:
            self._keep(device, "has_unknown_channel", raw, peer)

    def _note_wrong(self, device: Device, names: Sequence[str], raw: bytes, peer: str) -> None:
        """Values that are no numbers are counted; the first of each field is kept raw."""
        self._records.note_count(device.thing_id, "not_a_number", len(names))
        new = [name for name in names if (device.thing_id, name) not in self._told]
        if new and len(self._told) < MAX_TOLD:
            self._told.update((device.thing_id, name) for name in new)
            self._keep(device, "has_wrong_value", raw, peer)

    def _keep(self, device: Device, code: str, raw: bytes, peer: str) -> None:
        self._records.note_rejected(
            RejectedRow(
                protocol=self._protocol,
                peer=peer,
                code=code,
                raw=raw[:RAW_KEPT_BYTES],
                at=datetime.now(UTC),
                thing_id=device.thing_id,
            )
        )


def make_layout(device: Device, names: tuple[str, ...]) -> Layout:
    """Match the fields of a message with the device's channels."""
    places = tuple(at for at, name in enumerate(names) if name in device.channels)
    rows = [device.channels[names[at]] for at in places]
    scales = tuple(row.scale for row in rows)
    offsets = tuple(row.offset for row in rows)
    is_plain = all(scale == 1.0 for scale in scales) and not any(offsets)
    unknown = tuple(name for name in names if name not in device.channels)
    return Layout(
        names=names,
        datastreams=array("i", [row.datastream_id for row in rows]),
        places=places,
        scales=None if is_plain else scales,
        offsets=offsets,
        unknown=unknown,
        awaited=list_awaited(device, unknown),
        qualities=bytes(len(rows)),
    )


def list_awaited(device: Device, unknown: Sequence[str]) -> frozenset[str]:
    """Fields that the device's profile knows, or guesses surely: their datastreams will come."""
    profile = find_profile(device.profile) if unknown else None
    if profile is None:
        return frozenset()
    return frozenset(
        name
        for name in unknown
        if len(name) <= FIELD_LENGTH
        and (profile.find_channel(name) or (profile.guesses and guess_surely(name)))
    )


def to_number(value: Any) -> float | None:
    """A finite number as it is, a boolean as 0 or 1, None for anything else."""
    if not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # CBOR knows integers of any size
        return None
    return number if math.isfinite(number) else None


def make_positions(thing_id: int, fixes: Sequence[Fix], now_us: int) -> Positions:
    """Columns of a device's fixes."""

    def column(name: str) -> NDArray[np.float64]:
        return np.array([getattr(fix, name) for fix in fixes], np.float64)

    times = [now_us if fix.time_us is None else fix.time_us for fix in fixes]
    return Positions(
        thing=np.full(len(fixes), thing_id, np.int32),
        time_us=np.array(times, np.int64),
        lon=column("lon"),
        lat=column("lat"),
        speed=column("speed_kmh"),
        heading=column("heading_deg"),
        altitude=column("altitude_m"),
        status=np.full(len(fixes), FIXED, np.uint32),
    )
