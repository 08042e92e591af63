"""One TCP connection of one or several stations: bytes in, durable readings, answers out."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import structlog

from ipudong.gateway import figures
from ipudong.gateway.bounds import FloodGuard
from ipudong.gateway.hj212.intake import PROTOCOL, Intake, Taken
from ipudong.gateway.turns import TurnProtocol
from ipudong.protocols.hj212.commands import QnRtn
from ipudong.protocols.hj212.host import HostSession
from ipudong.protocols.hj212.packet import Packet

if TYPE_CHECKING:
    from ipudong.gateway.hj212.server import Server

log = structlog.get_logger()


class Connection(TurnProtocol):
    """One connection; it may speak for several stations."""

    def __init__(self, server: "Server") -> None:
        super().__init__(server.pipeline, server.bounds.read_bytes)
        self._server = server
        self._bounds = server.bounds
        self._bad = FloodGuard(server.bounds.max_bad_frames)
        self._refused = FloodGuard(server.bounds.max_refused_frames)
        self._intake = Intake(server, self)
        self.session = HostSession(check_identity=self._check_identity, accept=server.accept)
        self.peer = ""
        self.identities: set[str] = set()
        self.closed_for = ""
        self.opened_at = self.heard_at = 0.0
        # Monotonic time since when a frame is begun and not complete; None between frames.
        self._unfinished_since: float | None = None
        self._has_spoken = False

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection in, or close it when its address has too many."""
        self.attach(transport)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self.opened_at = self.heard_at = self._server.monotonic()
        if not self._server.enter(self):
            refused = self.detach()
            if refused is not None:
                refused.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.detach() is not None:
            self._server.leave(self)

    # Frames.

    def _check_identity(self, mn: str, pw: str) -> int:
        station = self._server.find_station(mn)
        if station is None:
            return QnRtn.WRONG_MN
        return QnRtn.READY if station.device.accepts(pw) else QnRtn.WRONG_PASSWORD

    def take(self, data: bytes) -> None:
        """Handle frames; what they bring is acknowledged once it is durable."""
        now = self._server.monotonic()
        try:
            events = self.session.receive_data(data, now)
            taken = self._intake.take(events)
        except Exception:  # a fault of ours with one sender's bytes must not reach the others
            log.exception("hj212_intake_failed", peer=self.peer)
            figures.FAILED_STEPS.labels("hj212_intake").inc()
            self.close("fault")
            return
        self._note_progress(now, bool(events))
        if taken.bad_frames or taken.refused:
            self._stop_flood(taken, now)
        if taken.answers:
            self.write(b"".join(taken.answers))
        if taken.frames:
            self._server.pipeline.wait(partial(self._settle, taken))

    def _settle(self, taken: Taken, error: Exception | None) -> None:
        """The readings are durable, or were refused: then the station hears nothing."""
        if error is not None:
            return
        tally = self._server.tally
        tally.readings += taken.rows
        if taken.acknowledgements:
            tally.acknowledged += len(taken.acknowledgements)
            self.write(b"".join(taken.acknowledgements))

    def _note_progress(self, now: float, has_events: bool) -> None:
        if has_events:
            self.heard_at = now
            self._has_spoken = True
        if not self.session.buffered_bytes:
            self._unfinished_since = None
        elif has_events or self._unfinished_since is None:
            self._unfinished_since = now

    def _stop_flood(self, taken: Taken, now: float) -> None:
        too_bad = self._bad.note(now, taken.bad_frames)
        too_strange = self._refused.note(now, taken.refused)
        if too_bad or too_strange:
            self.close("flood")

    # What the server calls.

    def find_overdue(self, now: float) -> str | None:
        """Why the connection has to go, None while it may stay."""
        bounds = self._bounds
        since = self._unfinished_since
        if since is not None and now - since > bounds.frame_timeout_s:
            return "unfinished_frame"
        if not self._has_spoken and now - self.opened_at > bounds.first_frame_timeout_s:
            return "silent"
        return "idle" if now - self.heard_at > bounds.idle_timeout_s else None

    def tick(self, now: float) -> None:
        """What time brings: packets sent again, commands and split packets given up."""
        taken = self._intake.take(self.session.tick(now))
        if taken.answers:
            self.write(b"".join(taken.answers))

    def send(self, packet: Packet, now: float) -> None:
        """Send a command; its answer is awaited. Raises ExchangeError."""
        self.write(self.session.send(packet, now))

    def close(self, reason: str) -> None:
        """End the connection, naming why."""
        transport = self.detach()
        if transport is None:
            return
        figures.CLOSED.labels(PROTOCOL, reason).inc()
        log.info("hj212_closed", peer=self.peer, reason=reason, mn=sorted(self.identities)[:5])
        self.closed_for = reason
        self._server.leave(self)
        # A peer that is gone or hostile would never read what is left.
        transport.close() if reason == "stopping" else transport.abort()
