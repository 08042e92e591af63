"""What the gateway knows of one adopted station while it runs."""

from array import array
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.profiles import find_profile
from ipudong.protocols.hj212.packet import Packet
from ipudong.protocols.hj212.readings import Readings
from ipudong.protocols.hj212.times import find_time_us

if TYPE_CHECKING:
    from ipudong.gateway.hj212.connection import Connection

# A station whose clock is further off than this cannot vouch for the times it reports (issue 2).
CLOCK_TRUST_US = 24 * 3600 * 1_000_000
MAX_LAYOUTS = 64


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of one shape of packet go: worked out once, used for every such packet.

    `datastreams` are int32 ids; `pick` takes the known fields out of all (None: all are known);
    `scales` and `offsets` are None where every one is 1 and 0; `unknown` fields have no datastream,
    and of those `awaited` are in the device's profile: their datastreams are about to be made.
    """

    datastreams: "array[int]"
    pick: Any
    scales: tuple[float, ...] | None
    offsets: tuple[float, ...]
    unknown: tuple[str, ...]
    awaited: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Station:
    """A known device and what was seen of it."""

    device: Device
    layouts: dict[tuple[str, ...], Layout] = field(default_factory=dict)
    connection: "Connection | None" = None
    clock_offset_us: int | None = None
    heard: Packet | None = None  # its last packet: how it wants to be spoken to
    heard_at_us: int = 0
    frames: int = 0  # since they were last noted in the records

    def find_layout(self, channels: tuple[str, ...]) -> Layout:
        """The layout of a packet with these channels (`2011/a34004-Rtd`)."""
        layout = self.layouts.get(channels)
        if layout is None:
            if len(self.layouts) >= MAX_LAYOUTS:  # a sender that never repeats itself
                self.layouts.clear()
            layout = self.layouts[channels] = make_layout(self.device, channels)
        return layout

    def check_clock(self, packet: Packet, now_us: int) -> bool:
        """Whether the station's clock, by the packet's QN, is within a day of ours."""
        sent_us = find_qn_us(packet.qn)
        if sent_us is None:
            return False
        self.clock_offset_us = sent_us - now_us
        return -CLOCK_TRUST_US <= self.clock_offset_us <= CLOCK_TRUST_US


def make_layout(device: Device, channels: tuple[str, ...]) -> Layout:
    """Match the fields of a packet with the device's channels."""
    known = [index for index, name in enumerate(channels) if name in device.channels]
    rows = [device.channels[channels[index]] for index in known]
    scales = tuple(row.scale for row in rows)
    offsets = tuple(row.offset for row in rows)
    unknown = tuple(name for name in channels if name not in device.channels)
    profile = find_profile(device.profile) if unknown else None
    plain = all(scale == 1.0 for scale in scales) and not any(offsets)
    return Layout(
        datastreams=array("i", [row.datastream_id for row in rows]),
        pick=None if len(known) == len(channels) else _picker(known),
        scales=None if plain else scales,
        offsets=offsets,
        unknown=unknown,
        awaited=tuple(name for name in unknown if profile and profile.find_channel(name)),
    )


def _picker(indexes: list[int]) -> Any:
    if len(indexes) >= 2:
        return itemgetter(*indexes)
    return lambda row: tuple(row[index] for index in indexes)


def find_qn_us(qn: str) -> int | None:
    """When a packet was made, microseconds UTC; None if the QN says no time.

    Nearly every QN is new but its minute is not, so only the minute is looked up.
    """
    minute_us = find_time_us(qn[:12] + "00")
    rest = qn[12:]
    if minute_us is None or len(rest) != 5 or not (rest.isascii() and rest.isdigit()):
        return None
    return minute_us + int(rest) * 1000


class Reading(Struct):
    """The columns of one packet, ready for the pipeline."""

    datastreams: "array[int]"
    times_us: "array[int]"
    results: list[float] | tuple[float, ...]
    qualities: bytes


def read_columns(layout: Layout, readings: Readings) -> Reading:
    """The known fields of a packet as columns; values that are no number are left out.

    The caller has made sure that the packet has a DataTime, or a time for each value.
    """
    results: Any = readings.values
    flags: Any = readings.flags
    times: Any = readings.times_us
    if layout.pick is not None:
        results, flags = layout.pick(results), layout.pick(flags)
        times = None if times is None else layout.pick(times)
    if layout.scales is not None:
        results = [
            value * scale + offset
            for value, scale, offset in zip(results, layout.scales, layout.offsets, strict=True)
        ]
    count = len(layout.datastreams)
    if times is None:
        times_us = array("q", (cast(int, readings.data_time_us),)) * count
        if not readings.defects or "not_a_number" not in readings.defects:
            return Reading(layout.datastreams, times_us, results, bytes(flags))
        times = times_us
    return _keep_whole(layout.datastreams, times, results, flags)


def _keep_whole(datastreams: Any, times: Any, results: Any, flags: Any) -> Reading:
    """Only the rows that have a time and a number."""
    rows = [
        row
        for row in zip(datastreams, times, results, flags, strict=True)
        if row[1] is not None and row[2] == row[2]
    ]
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return Reading(array("i", columns[0]), array("q", columns[1]), columns[2], bytes(columns[3]))
