"""One simulated station's life on the wire: connect, upload, answer, reconnect."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from ipudong.protocols.hj212.events import ExchangeEnded, Send, StationEvent
from ipudong.protocols.hj212.exchange import Exchanges, State
from ipudong.protocols.hj212.station import Instrument, StationSession
from ipudong.protocols.hj212.station_settings import StationSettings
from ipudong.protocols.hj212.times import format_qn
from ipudong.simulator import figures
from ipudong.simulator.faults import StationFaults
from ipudong.simulator.ledger import Ledger
from ipudong.simulator.logger import Upload
from ipudong.simulator.source import Station

WINDOW = 8
TICK_S = 0.25
RECONNECT_S = (0.5, 1.0, 2.0, 5.0, 10.0)
EDITIONS = {2005: 0, 2017: 1, 2025: 2}
log = structlog.get_logger()


class UploadSource(Protocol):
    """A logger or a replay."""

    interval_override_s: int | None
    clock_offset: timedelta

    def next_upload(self, now: datetime) -> Upload | None: ...
    def acknowledged(self, upload: Upload) -> None: ...
    def failed(self, upload: Upload) -> None: ...
    @property
    def is_over(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all stations of a run share."""

    host: str
    port: int
    now: Callable[[], datetime]
    real_now: Callable[[], datetime]
    ledger: Ledger
    timeout_s: float = 10.0


class StationConnection:
    """Keeps one station connected and its uploads flowing until cancelled."""

    def __init__(
        self,
        station: Station,
        logger: UploadSource,
        instrument: Instrument,
        faults: StationFaults,
        around: Surroundings,
    ) -> None:
        self._station = station
        self._logger = logger
        self._instrument = instrument
        self._faults = faults
        self._around = around
        self._settings = StationSettings(
            pw=station.password,
            rtd_interval_s=station.intervals_s.get("instant", 30),
            offset=faults.clock_offset,
        )
        self._open: dict[str, Upload] = {}
        self._last_qn = datetime.min.replace(tzinfo=around.real_now().tzinfo)

    @property
    def is_over(self) -> bool:
        """Whether everything it will ever send was acknowledged."""
        return self._logger.is_over and not self._open

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
            failures = 0
            with figures.CONNECTED.track_inprogress():
                await self._live(reader, writer)
            await asyncio.sleep(_delay_s(failures))

    async def _live(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = self._new_session()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(session, reader, writer))
                tasks.create_task(self._report(session, writer))
        except* (OSError, EOFError) as broken:
            log.debug("line_broken", mn=self._station.mn, error=str(broken.exceptions[0]))
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            for upload in self._open.values():
                self._logger.failed(upload)
            self._open.clear()

    def _new_session(self) -> StationSession:
        return StationSession(
            mn=self._station.mn,
            pw=self._settings.pw,
            st=self._station.st,
            instrument=self._instrument,
            version=EDITIONS[self._station.version],
            settings=self._settings,
            exchanges=Exchanges(timeout_s=self._around.timeout_s),
        )

    async def _listen(
        self, session: StationSession, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65536):
            events = session.receive_data(data, time.monotonic(), self._around.real_now())
            self._handle(events, writer)
            await writer.drain()
        raise EOFError("the platform closed the line")

    async def _report(self, session: StationSession, writer: asyncio.StreamWriter) -> None:
        while True:
            self._handle(session.tick(time.monotonic()), writer)
            if not self._faults.is_dead:
                self._send_due(session, writer)
                await writer.drain()
            await asyncio.sleep(TICK_S if session.open_uploads < WINDOW else TICK_S / 10)

    def _send_due(self, session: StationSession, writer: asyncio.StreamWriter) -> None:
        self._logger.interval_override_s = self._settings.rtd_interval_s
        self._logger.clock_offset = self._settings.offset  # a wrong clock dates data wrongly too
        while session.open_uploads < WINDOW:
            upload = self._logger.next_upload(self._around.now())
            if upload is None:
                return
            qn = self._next_qn()
            frames = session.send_data(upload.cn, upload.cp, qn=qn, now=time.monotonic())
            self._open[qn] = upload
            figures.SENT.inc()
            self._write(frames, writer)

    def _next_qn(self) -> str:
        moment = self._around.real_now() + self._settings.offset
        self._last_qn = max(moment, self._last_qn + timedelta(milliseconds=1))
        return format_qn(self._last_qn)

    def _write(self, frames: bytes, writer: asyncio.StreamWriter) -> None:
        spoiled = self._faults.spoil(frames)
        if spoiled != frames:
            figures.SPOILED.inc()
        if spoiled:
            writer.write(spoiled)

    def _handle(self, events: list[StationEvent], writer: asyncio.StreamWriter) -> None:
        for event in events:
            if isinstance(event, Send):
                if event.exchange is not None:
                    figures.RESENT.inc()
                writer.write(event.data)
            elif isinstance(event, ExchangeEnded):
                self._end(event)

    def _end(self, event: ExchangeEnded) -> None:
        upload = self._open.pop(event.exchange.packet.qn, None)
        if upload is None:
            return
        if event.exchange.state is State.FINISHED:
            figures.ACKNOWLEDGED.inc()
            self._logger.acknowledged(upload)
            self._around.ledger.write(mn=self._station.mn, cn=upload.cn, cp=upload.cp)
        elif event.exchange.state is State.REFUSED:
            figures.REFUSED.inc()
            log.warning("upload_refused", mn=self._station.mn, cn=upload.cn, code=event.code)
        else:
            figures.GIVEN_UP.inc()
            self._logger.failed(upload)


def _delay_s(failures: int) -> float:
    base_s = RECONNECT_S[min(failures, len(RECONNECT_S) - 1)]
    return base_s * random.uniform(0.5, 1.0)
