"""The TCP server for HJ 212 stations."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.directory import Directory
from ipudong.gateway import figures
from ipudong.gateway.attendance import Attendance
from ipudong.gateway.hj212.bounds import Bounds
from ipudong.gateway.hj212.commands import Commands
from ipudong.gateway.hj212.connection import Connection
from ipudong.gateway.hj212.intake import PROTOCOL
from ipudong.gateway.hj212.station import Station
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records

log = structlog.get_logger()

CLOCK_OFF_US = 60 * 1_000_000  # a station this far off is counted as having a wrong clock
_FRAMES = figures.FRAMES.labels(PROTOCOL)
_READINGS = figures.READINGS.labels(PROTOCOL)
_ACKNOWLEDGED = figures.ACKNOWLEDGED.labels(PROTOCOL)


def wall_clock_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class Tally:
    """Counts since the last tick: cheaper than a figure for every frame."""

    readings: int = 0
    acknowledged: int = 0


class Server:
    """All connections of stations. Use it from one event loop."""

    def __init__(
        self,
        pipeline: Pipeline,
        records: Records,
        *,
        bounds: Bounds | None = None,
        accept: frozenset[str] = frozenset(),
        now_us: Callable[[], int] = wall_clock_us,
    ) -> None:
        self.pipeline = pipeline
        self.records = records
        self.bounds = bounds or Bounds()
        self.accept = accept
        self.now_us = now_us
        self.loop = asyncio.get_running_loop()
        self.monotonic = self.loop.time
        self.commands = Commands(self)
        self.tally = Tally()
        self.attendance: Attendance[Connection] = Attendance(PROTOCOL, self.bounds)
        self._stations: dict[str, Station] = {}

    def now(self) -> datetime:
        """The wall clock, aware."""
        return from_us(self.now_us())

    # Listening.

    async def listen(self, host: str, port: int) -> int:
        """Begin to take connections; the port (a free one for 0)."""
        return await self.attendance.listen(lambda: Connection(self), host, port)

    def stop_listening(self) -> None:
        """Take no further connections."""
        self.attendance.stop_listening()

    def close_connections(self) -> None:
        """End every connection after the bytes already written."""
        for connection in self.attendance:
            connection.close("stopping")

    def tick(self) -> None:
        """Once a second: time-outs, resends, bounds on slow senders, counts."""
        self.note_counts()
        now = self.monotonic()
        for connection in self.attendance:
            overdue = connection.find_overdue(now)
            if overdue is None:
                connection.tick(now)
            else:
                connection.close(overdue)

    def note_counts(self) -> None:
        """Hand the counts of the last second to the figures and the records."""
        tally, self.tally = self.tally, Tally()
        _READINGS.inc(tally.readings)
        _ACKNOWLEDGED.inc(tally.acknowledged)
        for station in self._stations.values():
            if station.frames:
                self._note_station(station)

    def _note_station(self, station: Station) -> None:
        peer = "" if station.connection is None else station.connection.peer
        thing = station.device.thing_id
        self.records.note_frames(thing, station.frames, station.heard_at_us, peer)
        _FRAMES.inc(station.frames)
        if abs(station.clock_offset_us or 0) > CLOCK_OFF_US:
            self.records.note_count(thing, "clock_off", station.frames)
        station.frames = 0

    # Connections.

    @property
    def connection_count(self) -> int:
        """Open connections."""
        return len(self.attendance)

    def enter(self, connection: Connection) -> bool:
        """Take a connection in; False when it is one too many."""
        return self.attendance.enter(connection)

    def leave(self, connection: Connection) -> None:
        """Forget a connection that ended."""
        if not self.attendance.leave(connection):
            return
        for identity in connection.identities:
            station = self._stations.get(identity)
            if station is not None and station.connection is connection:
                station.connection = None
                self.commands.drop_station(station.device.thing_id)
                if station.frames:
                    self._note_station(station)
                self.records.note_gone(
                    station.device.thing_id, self.now_us(), connection.closed_for
                )

    def bind(self, station: Station, connection: Connection) -> None:
        """A station speaks over this connection; an older one of its own is superseded."""
        older = station.connection
        identity = station.device.identity
        if older is connection:
            return
        station.connection = connection
        connection.identities.add(identity)
        if older is None:
            return
        older.identities.discard(identity)
        if not older.identities:  # else it still carries other stations
            older.close("superseded")

    # Stations.

    def use_directory(self, directory: Directory) -> None:
        """Know these devices from now on; open connections stay and are judged afresh."""
        self.note_counts()
        stations: dict[str, Station] = {}
        for (protocol, identity), device in directory.devices.items():
            if protocol != PROTOCOL:
                continue
            earlier = self._stations.get(identity)
            fresh = Station(device)
            if earlier is not None and earlier.device.thing_id == device.thing_id:
                fresh.connection = earlier.connection
                fresh.clock_offset_us = earlier.clock_offset_us
                fresh.heard = earlier.heard
            stations[identity] = fresh
        self._stations = stations

    def find_station(self, mn: str) -> Station | None:
        """The adopted station of this MN."""
        return self._stations.get(mn)

    def get_station(self, mn: str) -> Station:
        """Like `find_station` for an MN that was checked in this turn; KeyError else."""
        return self._stations[mn]

    def list_connected(self) -> list[int]:
        """Ids of the things that can be sent a command."""
        return [
            station.device.thing_id
            for station in self._stations.values()
            if station.connection is not None
        ]

    def find_connected(self, thing_id: int) -> Station | None:
        """The station of this thing if it is connected."""
        return next(
            (
                station
                for station in self._stations.values()
                if station.device.thing_id == thing_id and station.connection is not None
            ),
            None,
        )
