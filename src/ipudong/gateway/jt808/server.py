"""The server for JT/T 808 terminals, over TCP and UDP."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.directory import Device, Directory
from ipudong.gateway import figures
from ipudong.gateway.attendance import Attendance
from ipudong.gateway.jt808.attributes import Attributes
from ipudong.gateway.jt808.bounds import Bounds
from ipudong.gateway.jt808.commands import Commands
from ipudong.gateway.jt808.connection import Connection
from ipudong.gateway.jt808.fleet import Fleet
from ipudong.gateway.jt808.intake import PROTOCOL
from ipudong.gateway.jt808.media import MediaStore
from ipudong.gateway.jt808.reports import Reports
from ipudong.gateway.jt808.udp import UdpSide
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records

log = structlog.get_logger()

_FRAMES = figures.FRAMES.labels(PROTOCOL)
_READINGS = figures.READINGS.labels(PROTOCOL)
_ACKNOWLEDGED = figures.ACKNOWLEDGED.labels(PROTOCOL)


def wall_clock_us() -> int:
    """Microseconds since 1970 UTC."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class Tally:
    """Counts since the last tick: cheaper than a figure for every report."""

    readings: int = 0
    acknowledged: int = 0


class Server:
    """All connections of terminals. Use it from one event loop."""

    def __init__(
        self,
        pipeline: Pipeline,
        records: Records,
        *,
        bounds: Bounds | None = None,
        now_us: Callable[[], int] = wall_clock_us,
    ) -> None:
        self.pipeline = pipeline
        self.records = records
        self.bounds = bounds or Bounds()
        self.now_us = now_us
        self.loop = asyncio.get_running_loop()
        self.monotonic = self.loop.time
        self.fleet = Fleet(records)
        self.reports = Reports(self)
        self.commands = Commands(self)
        self.attributes = Attributes(self)
        self.media = MediaStore()
        self.tally = Tally()
        pipeline.add_source(self.reports.fill)
        self.attendance: Attendance[Connection] = Attendance(PROTOCOL, self.bounds)
        self._by_thing: dict[int, Connection] = {}
        self._udp: UdpSide | None = None

    def now(self) -> datetime:
        """The wall clock, aware."""
        return from_us(self.now_us())

    # Listening.

    async def listen(self, host: str, port: int) -> int:
        """Begin to take TCP connections; the port (a free one for 0)."""
        return await self.attendance.listen(lambda: Connection(self), host, port)

    async def listen_udp(self, host: str, port: int) -> int:
        """Take datagrams too; the port (a free one for 0)."""
        transport, self._udp = await self.loop.create_datagram_endpoint(
            lambda: UdpSide(self), (host, port)
        )
        return int(transport.get_extra_info("sockname")[1])

    def stop_listening(self) -> None:
        """Take no further connections. The UDP socket stays for the last answers."""
        self.attendance.stop_listening()

    def close_connections(self) -> None:
        """End every connection after the bytes already written."""
        for connection in self.attendance:
            connection.close("stopping")
        if self._udp is not None:
            self._udp.close()

    def tick(self) -> None:
        """Once a second: time-outs, resends, bounds on slow senders, counts."""
        self.note_counts()
        now = self.monotonic()
        self.attributes.tick(now)
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
        peers = {thing: connection.peer for thing, connection in self._by_thing.items()}
        _FRAMES.inc(self.fleet.note_counts(peers))

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
        for device in connection.known.values():
            self.release(device.thing_id, connection)

    def bind(self, device: Device, connection: Connection) -> None:
        """A vehicle has shown its code here; an older connection of its own is superseded."""
        older = self._by_thing.get(device.thing_id)
        if older is connection:
            return
        if older is not None:
            older.supersede(device)
        self._by_thing[device.thing_id] = connection
        self.records.note_frames(device.thing_id, 0, self.now_us(), connection.peer)

    def release(self, thing_id: int, connection: Connection) -> None:
        """A vehicle is no longer behind this connection."""
        if self._by_thing.get(thing_id) is connection:
            del self._by_thing[thing_id]
            self.commands.drop(thing_id)
            self.records.note_gone(thing_id, self.now_us(), connection.closed_for)

    # Vehicles.

    def use_directory(self, directory: Directory) -> None:
        """Know these vehicles from now on; whoever is not among them any more is cut off."""
        self.reports.fill()  # what was gathered belongs to the vehicles known until now
        self.note_counts()
        devices = [
            device for (protocol, _), device in directory.devices.items() if protocol == PROTOCOL
        ]
        self.fleet.use_devices(devices)
        for connection in self.attendance:
            connection.recheck()

    def list_connected(self) -> list[int]:
        """Ids of the things that can be sent a command."""
        return list(self._by_thing)

    def find_connected(self, thing_id: int) -> Connection | None:
        """The connection of this thing."""
        return self._by_thing.get(thing_id)
