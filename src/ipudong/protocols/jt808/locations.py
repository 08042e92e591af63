"""Location reports 0x0200 of many terminals as columns, no object for each (JT/T 808-2013, 8.18).

The block of every report is 28 bytes: alarm, status, latitude, longitude, altitude, speed,
direction, time. (Both printed tables put the time at offset 21; it is at 22.) Items follow it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from struct import Struct as Layout
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.protocols.jt808.item_columns import read_items
from ipudong.protocols.jt808.times import find_times_us

BLOCK_BYTES: Final = 28
FUTURE_US: Final = 10 * 60 * 1_000_000
STALE_US: Final = 30 * 24 * 3600 * 1_000_000
_BLOCK = np.dtype(
    [
        ("alarm", ">u4"),
        ("status", ">u4"),
        ("lat", ">u4"),
        ("lon", ">u4"),
        ("altitude", ">i2"),
        ("speed", ">u2"),
        ("heading", ">u2"),
        ("time", "u1", 6),
    ]
)
_FIXED: Final = 1 << 1
_SOUTH: Final = 1 << 2
_WEST: Final = 1 << 3
_BATCH_HEAD = Layout(">HB")


class Flaw(IntFlag):
    """What is wrong with a report; it is kept all the same. `NO_POSITION` names the first five."""

    NOT_FIXED = 1  # status bit 1 is 0
    LATITUDE = 2  # over 90 degrees
    LONGITUDE = 4  # over 180 degrees
    ZERO = 8  # latitude and longitude 0, where no district lies
    SHORT = 16  # the body has fewer than 28 bytes; all columns are 0
    TIME = 32  # no real time; time_us is 0
    FUTURE = 64  # more than ten minutes ahead
    STALE = 128  # more than thirty days old
    HEADING = 256  # over 359 degrees
    ITEMS = 512  # an item runs over the end of the body, or is not as long as its id says


NO_POSITION: Final = Flaw.NOT_FIXED | Flaw.LATITUDE | Flaw.LONGITUDE | Flaw.ZERO | Flaw.SHORT
NO_TIME: Final = Flaw.SHORT | Flaw.TIME | Flaw.FUTURE | Flaw.STALE


@dataclass(slots=True)
class Locations:
    """Reports as columns, one row for each body given, in its order.

    `lat` and `lon` are degrees, south and west negative; `altitude` is m, `speed` km/h, `heading`
    degrees from north; `time_us` counts microseconds since 1970 UTC. `flaws` holds `Flaw` bits.
    `items` has the additional items that are numbers, by field name (see `item_columns.COLUMNS`),
    NaN in the rows without the item.
    """

    alarm: NDArray[np.uint32]
    status: NDArray[np.uint32]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    altitude: NDArray[np.float64]
    speed: NDArray[np.float64]
    heading: NDArray[np.float64]
    time_us: NDArray[np.int64]
    flaws: NDArray[np.uint16]
    items: dict[str, NDArray[np.float64]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.time_us)

    @property
    def is_valid(self) -> NDArray[np.bool_]:
        """Rows whose position and time both hold."""
        return (self.flaws & (NO_POSITION | NO_TIME)) == 0


def decode_locations(bodies: Sequence[bytes], now_us: int) -> Locations:
    """The columns of many 0x0200 bodies (or items of 0x0704); `now_us` judges their times."""
    blocks = [body[:BLOCK_BYTES] for body in bodies]
    joined = b"".join(blocks)
    short = np.zeros(len(bodies), np.bool_)
    if len(joined) != len(bodies) * BLOCK_BYTES:
        short = np.fromiter((len(block) < BLOCK_BYTES for block in blocks), np.bool_, len(blocks))
        empty = bytes(BLOCK_BYTES)
        joined = b"".join(b if len(b) == BLOCK_BYTES else empty for b in blocks)
    table = np.frombuffer(joined, _BLOCK)
    items, broken = read_items(bodies, BLOCK_BYTES)
    status = table["status"].astype(np.uint32)
    lat, lon = table["lat"] / 1e6, table["lon"] / 1e6
    heading = table["heading"].astype(np.float64)
    time_us, is_time = find_times_us(table["time"])
    flaws = _judge_positions(status, lat, lon, heading)
    flaws |= np.where(is_time, 0, Flaw.TIME).astype(np.uint16)
    flaws |= _judge_times(time_us, is_time, now_us)
    flaws |= np.where(broken, Flaw.ITEMS, 0).astype(np.uint16)
    flaws[short] = Flaw.SHORT
    return Locations(
        alarm=table["alarm"].astype(np.uint32),
        status=status,
        lat=np.where(status & _SOUTH, -lat, lat),
        lon=np.where(status & _WEST, -lon, lon),
        altitude=table["altitude"].astype(np.float64),
        speed=table["speed"] / 10.0,
        heading=heading,
        time_us=time_us,
        flaws=flaws,
        items=items,
    )


def _judge_positions(
    status: NDArray[np.uint32],
    lat: NDArray[np.float64],
    lon: NDArray[np.float64],
    heading: NDArray[np.float64],
) -> NDArray[np.uint16]:
    flaws = ((status & _FIXED) == 0) * np.uint16(Flaw.NOT_FIXED)
    flaws |= (lat > 90) * np.uint16(Flaw.LATITUDE)
    flaws |= (lon > 180) * np.uint16(Flaw.LONGITUDE)
    flaws |= ((lat == 0) & (lon == 0)) * np.uint16(Flaw.ZERO)
    flaws |= (heading > 359) * np.uint16(Flaw.HEADING)
    return flaws


def _judge_times(
    time_us: NDArray[np.int64], is_time: NDArray[np.bool_], now_us: int
) -> NDArray[np.uint16]:
    late = time_us > now_us + FUTURE_US
    old = is_time & (time_us < now_us - STALE_US)
    return late * np.uint16(Flaw.FUTURE) | old * np.uint16(Flaw.STALE)


def split_batch(body: bytes) -> tuple[list[bytes], int, tuple[str, ...]]:
    """The 0x0200 bodies inside a 0x0704 body, its type (0 normal, 1 kept while offline), verdicts.

    Verdicts: "short_body", "wrong_count" (more or fewer reports than declared), "cut_report".
    """
    if len(body) < _BATCH_HEAD.size:
        return [], 0, ("short_body",)
    declared, kind = _BATCH_HEAD.unpack_from(body)
    reports: list[bytes] = []
    defects: tuple[str, ...] = ()
    at, size = _BATCH_HEAD.size, len(body)
    while at + 2 <= size:
        end = at + 2 + (body[at] << 8 | body[at + 1])
        reports.append(body[at + 2 : end])
        at = end
    if at != size:
        defects = ("cut_report",)
    if len(reports) != declared:
        defects += ("wrong_count",)
    return reports, kind, defects
