"""One connection of a terminal: bytes in, durable reports, answers out."""

import asyncio
from typing import TYPE_CHECKING

import structlog

from ipudong.city.sensing.directory import Device
from ipudong.gateway import figures
from ipudong.gateway.bounds import FloodGuard
from ipudong.gateway.jt808.intake import PROTOCOL, Intake
from ipudong.gateway.jt808.packets import SENDER_BYTES, make_sender
from ipudong.gateway.jt808.requests import Request
from ipudong.gateway.turns import TurnProtocol
from ipudong.protocols.jt808.answers import Result
from ipudong.protocols.jt808.editions import LONG_PHONE_BYTES, SHORT_PHONE_BYTES, Edition
from ipudong.protocols.jt808.events import FrameRejected, PlatformEvent
from ipudong.protocols.jt808.framing import BadFrame, read_piece
from ipudong.protocols.jt808.header import Frame
from ipudong.protocols.jt808.platform_session import PlatformSession

if TYPE_CHECKING:
    from ipudong.gateway.jt808.server import Server

log = structlog.get_logger()

_MARK, _MARK_BYTE = b"\x7e", 0x7E
_REPORT_BEGINS = b"\x7e\x02\x00"  # none of it is ever escaped


class Connection(TurnProtocol):
    """A terminal's connection, or that of a relay with several terminals behind it.

    While one known terminal alone speaks here, chunks of nothing but whole location reports go to
    `server.reports` as they are; everything else passes through the session.
    """

    def __init__(self, server: "Server") -> None:
        super().__init__(server.pipeline, server.bounds.read_bytes)
        self.server = server
        self.session = PlatformSession(
            needs_authentication=not server.bounds.reports_before_authentication
        )
        self.known: dict[bytes, Device] = {}  # by phone as sent
        self.thing_id = 0  # of the terminal whose reports take the short way
        self.sender = bytes(SENDER_BYTES)
        self.is_long = False
        self.peer = ""
        self.closed_for = ""
        self.opened_at = self.heard_at = 0.0
        self.kept_ids: set[tuple[int, int]] = set()  # thing and id of messages kept raw
        self._is_plain = False  # reports may take the short way
        self._has_spoken = False
        # Monotonic time since when a packet is begun and not complete; None between packets.
        self._unfinished_since: float | None = None
        self._bad = FloodGuard(server.bounds.max_bad_frames)
        self._refused = FloodGuard(server.bounds.max_refused_frames)
        self._intake = Intake(server, self)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection in, or close it when its address has too many."""
        self.attach(transport)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self.opened_at = self.heard_at = self.server.monotonic()
        if not self.server.enter(self):
            refused = self.detach()
            if refused is not None:
                refused.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.detach() is not None:
            self.server.leave(self)

    # Bytes.

    def take(self, data: bytes) -> None:
        """Whole location reports of a known terminal go one way, everything else the other."""
        if (
            self._is_plain
            and data[0] == _MARK_BYTE
            and data[-1] == _MARK_BYTE
            and self._unfinished_since is None
        ):
            pieces = [piece for piece in data.split(_MARK) if piece]
            # As many begin like a report as there are at all: so all of them do.
            if pieces and data.count(_REPORT_BEGINS) == len(pieces):
                self.heard_at = self.server.monotonic()
                self.server.reports.add(self, pieces)
                return
        self._take_slowly(data)

    def _take_slowly(self, data: bytes) -> None:
        now = self.server.monotonic()
        has_events = False
        try:
            events = self.session.receive_data(data, now)
            has_events = bool(events)
            self._handle(events, now)
        except Exception:  # a fault of ours with one sender's bytes must not reach the others
            self._fail()
            return
        if has_events:
            self.heard_at = now
            self._has_spoken = True
        if not self.session.buffered_bytes:
            self._unfinished_since = None
        elif has_events or self._unfinished_since is None:
            self._unfinished_since = now

    def take_unusual(self, piece: bytes) -> None:
        """A report that is no plain packet after all: damaged, in parts, of somebody else."""
        now = self.server.monotonic()
        found = read_piece(piece)
        try:
            if isinstance(found, BadFrame):
                self._handle([FrameRejected(found)], now)
            else:
                self._handle(self.session.receive_frame(found, now), now)
        except Exception:
            self._fail()

    def _handle(self, events: list[PlatformEvent], now: float) -> None:
        intake = self._intake
        intake.take(events)
        too_bad = intake.bad and self._bad.note(now, intake.bad)
        too_strange = intake.refused and self._refused.note(now, intake.refused)
        if too_bad or too_strange:
            self.close("flood")

    def _fail(self) -> None:
        log.exception("jt808_intake_failed", peer=self.peer)
        figures.FAILED_STEPS.labels("jt808_intake").inc()
        self.close("fault")

    # Who speaks here.

    def know(self, device: Device, frame: Frame) -> None:
        """A terminal has shown that it is this vehicle."""
        self.known[frame.terminal] = device
        self.server.bind(device, self)
        self._choose_way(frame.terminal, frame.version)

    def forget(self, phone: str) -> None:
        """A terminal has logged out."""
        for terminal, device in list(self.known.items()):
            if device.identity == phone:
                del self.known[terminal]
                self.server.release(device.thing_id, self)
        self._is_plain = False

    def supersede(self, device: Device) -> None:
        """The vehicle has come back on another connection; a relay still carries the others."""
        self.forget(device.identity)
        if not self.known:
            self.close("superseded")

    def recheck(self) -> None:
        """The directory changed: cut off whoever is known no longer, or by another code."""
        for device in self.known.values():
            fresh = self.server.fleet.find(device.identity)
            if fresh is None or (fresh.thing_id, fresh.credential) != (
                device.thing_id,
                device.credential,
            ):
                self.close("not_known_any_more")
                return
        self.known = {
            terminal: self.server.fleet.find(device.identity) or device
            for terminal, device in self.known.items()
        }

    def _choose_way(self, terminal: bytes, version: int | None) -> None:
        """Reports may take the short way while one terminal speaks here, in a usual header."""
        self.is_long = version is not None
        self.thing_id = self.known[terminal].thing_id
        is_usual = len(terminal) == (LONG_PHONE_BYTES if self.is_long else SHORT_PHONE_BYTES)
        self._is_plain = is_usual and len(self.known) == 1
        if self._is_plain:
            self.sender = make_sender(terminal, version)

    def describe(self, thing_id: int) -> tuple[Device, Edition]:
        """A vehicle that speaks here, and the edition it speaks. KeyError else."""
        for terminal, device in self.known.items():
            if device.thing_id == thing_id:
                is_long = len(terminal) == LONG_PHONE_BYTES
                return device, Edition.V2019 if is_long else Edition.V2013
        raise KeyError(thing_id)

    def list_phones(self) -> set[str]:
        """The vehicles that speak here."""
        return {device.identity for device in self.known.values()}

    # What the server calls.

    def find_overdue(self, now: float) -> str | None:
        """Why the connection has to go, None while it may stay."""
        bounds = self.server.bounds
        since = self._unfinished_since
        if since is not None and now - since > bounds.frame_timeout_s:
            return "unfinished_frame"
        if not self._has_spoken and now - self.opened_at > bounds.frame_timeout_s:
            return "silent"
        return "idle" if now - self.heard_at > bounds.idle_timeout_s else None

    def tick(self, now: float) -> None:
        """What time brings: commands sent again, parts asked for, what is given up."""
        events = self.session.tick(now)
        if events:
            self._handle(events, now)

    def answer(self, frame: Frame, result: int = Result.OK) -> None:
        """Write the general answer to a packet."""
        self.write(self.session.answer(frame, result))

    def send(self, phone: str, request: Request) -> int:
        """Send a command; its serial. Raises ExchangeError, EncodeError."""
        data, serial = self.session.send(
            phone, request.message_id, request.values, self.server.monotonic()
        )
        self.write(data)
        return serial

    def close(self, reason: str) -> None:
        """End the connection, naming why."""
        transport = self.detach()
        if transport is None:
            return
        figures.CLOSED.labels(PROTOCOL, reason).inc()
        phones = sorted(self.list_phones())
        log.info("jt808_closed", peer=self.peer, reason=reason, phones=phones[:5])
        self.closed_for = reason
        self.server.leave(self)
        # A peer that is gone or hostile would never read what is left.
        transport.close() if reason == "stopping" else transport.abort()
