"""The directory: every device and datastream as one immutable snapshot in memory.

The gateway loads it in a thread when `directory_version()` changed, and asks only it on the hot
path. Arrays are indexed by datastream id, so a batch of ids is one numpy lookup.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Count, Max
from numpy.typing import NDArray

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.credentials import matches
from ipudong.city.sensing.models import (
    MEASUREMENT,
    Datastream,
    FeatureSpan,
    Period,
    Status,
    Thing,
)
from ipudong.city.sensing.profile_rows import refresh_profiles
from ipudong.city.sensing.revision import read_revision

LATE_AFTER_AT_LEAST_S = 3600
LATE_AFTER_INTERVALS = 3
ALWAYS_US, NEVER_US = -(2**62), 2**62

directory_version = read_revision


@dataclass(frozen=True, slots=True)
class Channel:
    """Where a protocol field goes: `result = raw * scale + offset` of this datastream."""

    datastream_id: int
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Device:
    """A known thing that speaks a protocol. The credential stays out of its repr."""

    thing_id: int
    protocol: str
    identity: str
    channels: Mapping[str, Channel]
    credential: str = field(default="", repr=False)
    profile: str = ""
    system: str = ""
    kind: str = ""
    expected_interval_s: int = 0
    lon: float | None = None
    lat: float | None = None

    def accepts(self, credential: str) -> bool:
        """Whether what it offers is what it was given; see `credentials.matches`."""
        return matches(self.credential, credential)


@dataclass(frozen=True, slots=True)
class Streams:
    """Facts by datastream id, length `size`; ids without a datastream have thing 0.

    `valid_min`, `valid_max`, `max_rate_per_h` float64, NaN where there is no limit; `length_us` how
    long a reading stands for (0 instant); `late_after_us` age beyond which data is history;
    `plain_from_us` since when a number is all there is to say of an observation: its results are
    measurements, and its thing is where its feature of interest is.
    """

    thing: NDArray[np.int32]
    length_us: NDArray[np.int64]
    late_after_us: NDArray[np.int64]
    valid_min: NDArray[np.float64]
    valid_max: NDArray[np.float64]
    max_rate_per_h: NDArray[np.float64]
    plain_from_us: NDArray[np.int64]

    @property
    def size(self) -> int:
        """One more than the greatest datastream id."""
        return len(self.thing)


@dataclass(frozen=True, slots=True)
class Directory:
    """One version of everything known."""

    version: int
    devices: Mapping[tuple[str, str], Device]
    streams: Streams

    def find_device(self, protocol: str, identity: str) -> Device | None:
        """The device that presents itself so, or None for a stranger."""
        return self.devices.get((protocol, identity))


@dataclass(frozen=True, slots=True)
class StreamRow:
    """One datastream as the directory reads it."""

    id: int
    thing: int
    channel: str = ""
    period: str = "instant"
    scale: float = 1.0
    offset: float = 0.0
    valid_min: float | None = None
    valid_max: float | None = None
    max_rate_per_h: float | None = None
    expected_interval_s: int = 0
    plain_from_us: int = ALWAYS_US


def load_directory() -> Directory:
    """Read the directory from the database: five queries, whatever its size."""
    version = read_revision()  # first: what changes while we read is read again next time
    refresh_profiles()
    rows = list(_read_streams())
    things = list(_read_things())
    channels: dict[int, dict[str, Channel]] = {}
    for row in rows:
        channel = Channel(row.id, row.scale, row.offset)
        channels.setdefault(row.thing, {})[row.channel] = channel
    devices = (_to_device(thing, channels.get(thing.pk, {})) for thing in things)
    return Directory(
        version=version,
        devices={(device.protocol, device.identity): device for device in devices},
        streams=build_streams(rows),
    )


def _to_device(thing: Thing, channels: Mapping[str, Channel]) -> Device:
    return Device(
        thing_id=thing.pk,
        protocol=thing.protocol,
        identity=thing.identity,
        channels=channels,
        credential=thing.credential,
        profile=thing.profile,
        system=thing.system,
        kind=thing.kind,
        expected_interval_s=thing.expected_interval_s,
        lon=thing.lon,
        lat=thing.lat,
    )


def _read_things() -> Iterable[Thing]:
    out_of_service = (Status.RETIRED, Status.SUSPENDED)
    return Thing.objects.exclude(identity="").exclude(status__in=out_of_service)


def _read_streams() -> Iterator[StreamRow]:
    moved = _read_moves()
    rows = Datastream.objects.exclude(thing__status=Status.RETIRED).values(
        "id",
        "thing_id",
        "channel",
        "period",
        "scale",
        "offset",
        "valid_min",
        "valid_max",
        "max_rate_per_h",
        "observation_type",
        "multi_id",
        "thing__expected_interval_s",
        "observed_property__physical_min",
        "observed_property__physical_max",
        "observed_property__max_rate_per_h",
    )
    for row in rows.iterator(chunk_size=5000):
        yield StreamRow(
            id=row["id"],
            thing=row["thing_id"],
            channel=row["channel"],
            period=row["period"],
            scale=row["scale"],
            offset=row["offset"],
            valid_min=_own_or(row["valid_min"], row["observed_property__physical_min"]),
            valid_max=_own_or(row["valid_max"], row["observed_property__physical_max"]),
            max_rate_per_h=_own_or(row["max_rate_per_h"], row["observed_property__max_rate_per_h"]),
            expected_interval_s=row["thing__expected_interval_s"],
            plain_from_us=_plain_from(row, moved),
        )


def _read_moves() -> dict[int, int]:
    """When the things that have moved came to where they are."""
    spans = FeatureSpan.objects.order_by().values("thing_id").annotate(n=Count("pk"))
    moved = spans.filter(n__gt=1).annotate(last_us=Max("start_us"))
    return {row["thing_id"]: row["last_us"] for row in moved}


def _plain_from(row: Mapping[str, Any], moved: Mapping[int, int]) -> int:
    if row["observation_type"] != MEASUREMENT or row["multi_id"] is not None:
        return NEVER_US
    return moved.get(row["thing_id"], ALWAYS_US)


def _own_or(own: float | None, common: float | None) -> float | None:
    return common if own is None else own


def build_streams(rows: Iterable[StreamRow]) -> Streams:
    """The arrays of these datastreams."""
    rows = list(rows)
    size = max((row.id for row in rows), default=0) + 1
    streams = Streams(
        thing=np.zeros(size, np.int32),
        length_us=np.zeros(size, np.int64),
        late_after_us=np.full(size, LATE_AFTER_AT_LEAST_S * SECOND_US, np.int64),
        valid_min=np.full(size, np.nan),
        valid_max=np.full(size, np.nan),
        max_rate_per_h=np.full(size, np.nan),
        plain_from_us=np.full(size, NEVER_US, np.int64),
    )
    if not rows:
        return streams
    ids = np.array([row.id for row in rows], np.int64)
    lengths = np.array([Period(row.period).length_s for row in rows], np.int64)
    intervals = np.array([row.expected_interval_s for row in rows], np.int64)
    late_s = np.maximum(LATE_AFTER_INTERVALS * intervals, lengths)
    streams.thing[ids] = [row.thing for row in rows]
    streams.plain_from_us[ids] = [row.plain_from_us for row in rows]
    streams.length_us[ids] = lengths * SECOND_US
    streams.late_after_us[ids] = np.maximum(late_s, LATE_AFTER_AT_LEAST_S) * SECOND_US
    for name in ("valid_min", "valid_max", "max_rate_per_h"):
        values = [getattr(row, name) for row in rows]
        getattr(streams, name)[ids] = [np.nan if value is None else value for value in values]
    for name in Streams.__dataclass_fields__:
        getattr(streams, name).flags.writeable = False
    return streams
