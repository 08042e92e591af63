"""One simulated terminal's life on the wire: register, authenticate, report, come back."""

import asyncio
import contextlib
import random
import time
from collections import deque
from typing import Any, Final

import structlog

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.events import CommandEnded, Send
from ipudong.protocols.jt808.exchange import Commands, ExchangeError, State
from ipudong.protocols.jt808.framing import Framer
from ipudong.protocols.jt808.header import Frame
from ipudong.protocols.jt808.messages import encode_body
from ipudong.protocols.jt808.terminal_session import (
    Authenticated,
    AuthenticationRefused,
    CommandExecuted,
    Phase,
    RegistrationRefused,
    TerminalEvent,
    TerminalSession,
)
from ipudong.simulator import figures
from ipudong.simulator.connection import Surroundings
from ipudong.simulator.vehicles.codes import Codes
from ipudong.simulator.vehicles.faults import VehicleFaults
from ipudong.simulator.vehicles.source import VehicleSource
from ipudong.simulator.vehicles.terminal import SimulatedTerminal

TICK_S: Final = 0.5
RECONNECT_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
REFUSED_S: Final = 30.0  # a stranger asks again
BATCH: Final = 20  # reports in one message after a silence
KEPT: Final = 2000
LOCATION, LOCATION_BATCH = 0x0200, 0x0704
log = structlog.get_logger()

Location = dict[str, Any]


class VehicleConnection:
    """Keeps one terminal connected and its reports flowing until cancelled. What was not
    acknowledged when a line broke is sent again as a batch kept offline."""

    def __init__(
        self, source: VehicleSource, faults: VehicleFaults, codes: Codes, around: Surroundings
    ) -> None:
        self._source = source
        self._faults = faults
        self._codes = codes
        self._around = around
        self.terminal = SimulatedTerminal(
            source,
            around.now,
            clock_offset=faults.clock_offset,
            stuck_at=around.now() if faults.is_stuck else None,
        )
        self._edition = Edition(source.vehicle.edition)
        self._kept: deque[Location] = deque(maxlen=KEPT)
        self._open: dict[int, list[Location]] = {}  # by serial
        self._reported = self._beat = -1e9

    async def run(self) -> None:
        """Connect, and connect again whenever the line breaks."""
        failures = 0
        while True:
            try:
                reader, writer = await asyncio.open_connection(self._around.host, self._around.port)
            except OSError:
                await asyncio.sleep(_delay_s(failures))
                failures += 1
                continue
            with figures.CONNECTED.track_inprogress():
                was_refused = await self._live(reader, writer)
            failures = 0
            await asyncio.sleep(REFUSED_S if was_refused else _delay_s(failures))

    async def _live(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Until the line breaks; whether the platform refused the terminal."""
        session = self._new_session()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(session, reader, writer))
                tasks.create_task(self._report(session, writer))
        except* (OSError, EOFError) as broken:
            log.debug(
                "line_broken", phone=self._source.vehicle.phone, error=str(broken.exceptions[0])
            )
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            for reports in self._open.values():
                self._kept.extend(reports)
            self._open.clear()
        return session.phase is Phase.REFUSED

    def _new_session(self) -> TerminalSession:
        vehicle = self._source.vehicle
        return TerminalSession(
            phone=vehicle.phone,
            edition=self._edition,
            device=self.terminal,
            registration={
                "province": 31,
                "county": 115,
                "maker": "IPDSM",
                "model": "SIM-1",
                "terminal_id": vehicle.phone[-7:],
                "plate_color": 2,
                "plate": vehicle.plate,
            },
            code=self._codes.find(vehicle.phone),
            imei="860000000000000",
            software="1.0",
            commands=Commands(timeout_s=self._around.timeout_s),
        )

    async def _listen(
        self, session: TerminalSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65536):
            self._handle(session, session.receive_data(data, time.monotonic()), writer)
            await writer.drain()
        raise EOFError("the platform closed the line")

    async def _report(self, session: TerminalSession, writer: asyncio.StreamWriter) -> None:
        writer.write(session.connect(time.monotonic()))
        while True:
            self._handle(session, session.tick(time.monotonic()), writer)
            if session.phase is Phase.REFUSED:
                raise EOFError("the platform refused the terminal")
            if session.phase is Phase.ONLINE and not self._faults.is_dead:
                self._send_due(session, writer)
                await writer.drain()
            await asyncio.sleep(min(TICK_S, self.terminal.report_every_s))

    def _send_due(self, session: TerminalSession, writer: asyncio.StreamWriter) -> None:
        now = time.monotonic()
        with contextlib.suppress(ExchangeError):  # too many wait for an answer already
            if now - self._reported >= self.terminal.report_every_s:
                self._reported = now
                location = self.terminal.read_location()
                self._send(session, LOCATION, {"location": location}, [location], writer)
            elif self._kept:
                reports = [self._kept.popleft() for _ in range(min(BATCH, len(self._kept)))]
                self._send(session, LOCATION_BATCH, self._batch(reports), reports, writer)
            elif now - self._beat >= self.terminal.beat_every_s:
                self._beat = now
                self._write(session.beat(now), writer)

    def _batch(self, reports: list[Location]) -> dict[str, Any]:
        bodies = [encode_body(LOCATION, {"location": row}, self._edition) for row in reports]
        return {"count": len(bodies), "batch_type": 1, "reports": bodies}

    def _send(
        self,
        session: TerminalSession,
        message_id: int,
        values: dict[str, Any],
        reports: list[Location],
        writer: asyncio.StreamWriter,
    ) -> None:
        try:
            data = session.send(message_id, values, time.monotonic())
        except ExchangeError:
            self._kept.extend(reports)
            raise
        self._open[_serial_of(data)] = reports
        figures.SENT.inc()
        self._write(data, writer)

    def _write(self, frames: bytes, writer: asyncio.StreamWriter) -> None:
        spoiled = self._faults.spoil(frames)
        if spoiled != frames:
            figures.SPOILED.inc()
        if spoiled:
            writer.write(spoiled)

    # What the platform says.

    def _handle(
        self, session: TerminalSession, events: list[TerminalEvent], writer: asyncio.StreamWriter
    ) -> None:
        for event in events:
            if isinstance(event, Send):
                writer.write(event.data)
            elif isinstance(event, CommandEnded):
                self._end(event)
            elif isinstance(event, Authenticated):
                self._codes.put(self._source.vehicle.phone, session.code)
            elif isinstance(event, AuthenticationRefused | RegistrationRefused):
                self._codes.put(self._source.vehicle.phone, "")
                figures.REFUSED.inc()
                log.warning("terminal_refused", phone=self._source.vehicle.phone)
            elif isinstance(event, CommandExecuted):
                log.info(
                    "command_executed", phone=self._source.vehicle.phone, name=event.message.name
                )

    def _end(self, event: CommandEnded) -> None:
        reports = self._open.pop(event.command.serial, None)
        if reports is None:
            return
        if event.command.state is State.FINISHED:
            figures.ACKNOWLEDGED.inc()
        else:
            figures.GIVEN_UP.inc()
            self._kept.extend(reports)


def _serial_of(data: bytes) -> int:
    """The serial of the first packet, by which its answer names the message."""
    (frame, *_) = Framer().receive(data)
    assert isinstance(frame, Frame)  # noqa: S101 - our own session wrote it
    return frame.serial


def _delay_s(failures: int) -> float:
    base_s = RECONNECT_S[min(failures, len(RECONNECT_S) - 1)]
    return base_s * random.uniform(0.5, 1.0)
