"""One TCP or TLS connection: bytes in by turns, packets to the client, time-outs."""

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, Final

import structlog

from ipudong.gateway import figures
from ipudong.gateway.bounds import FloodGuard
from ipudong.gateway.mqtt.access import PROTOCOL
from ipudong.gateway.mqtt.client import Client
from ipudong.gateway.turns import TurnProtocol
from ipudong.protocols.mqtt.packets import Connect
from ipudong.protocols.mqtt.server import Event, Fault, ServerConnection

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.server import Server

log = structlog.get_logger()

LINGER_S: Final = 2.0  # what a peer gets to read the last packet
BURST_S: Final = 1.0
KEEP_ALIVE_GRACE: Final = 1.5  # 3.1.2-22


class Connection(TurnProtocol):
    """One client, from its CONNECT on."""

    congested_bytes = 256 * 1024
    look_again_s = 0.01

    def __init__(self, server: "Server") -> None:
        super().__init__(server.broker.pipeline, server.bounds.read_bytes)
        self._server = server
        self._bounds = server.bounds
        self._held: list[Event] = []
        self._is_asking = False
        self._refused = FloodGuard(server.bounds.max_refused)
        self._allowance = float(server.bounds.messages_per_second) * BURST_S
        self._allowed_at = 0.0
        self._unfinished_since: float | None = None
        self.codec = ServerConnection(
            max_packet_bytes=server.bounds.max_packet_bytes, max_aliases=server.bounds.max_aliases
        )
        self.client: Client | None = None
        self.peer = ""
        self.fingerprint = ""
        self.opened_at = self.heard_at = 0.0
        self.keep_alive_s = 0

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection in, or close it when its address has too many."""
        self.attach(transport)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self.fingerprint = _find_fingerprint(transport)
        self.opened_at = self.heard_at = self._allowed_at = self._server.monotonic()
        if not self._server.enter(self):
            refused = self.detach()
            if refused is not None:
                refused.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.detach() is not None:
            self._forget()

    def resume_writing(self) -> None:
        """It reads again."""
        if self.client is not None:
            self.client.pump()

    # Turns.

    @property
    def must_wait(self) -> bool:
        """Whether nothing may be taken now."""
        client = self.client
        return (
            self._is_asking
            or self._allowance < 0
            or self._pipeline.is_full
            or (client is not None and client.unacknowledged >= self._bounds.receive_maximum)
        )

    def begin_turn(self) -> None:
        """Earn again what may be sent in a second."""
        now, per_second = self._server.monotonic(), self._bounds.messages_per_second
        gained = (now - self._allowed_at) * per_second
        self._allowance = min(per_second * BURST_S, self._allowance + gained)
        self._allowed_at = now

    # Packets.

    def take(self, data: bytes) -> None:
        """Handle packets; a fault of one client's ends its connection only."""
        now = self._server.monotonic()
        try:
            events = self.codec.receive(data)
            self._note_progress(now, bool(events))
            if events:
                self._take_events(events, now)
        except Exception:  # a fault of ours with one client's bytes must not reach the others
            log.exception("mqtt_intake_failed", peer=self.peer)
            figures.FAILED_STEPS.labels("mqtt_intake").inc()
            self.close("fault")

    def _take_events(self, events: list[Event], now: float) -> None:
        self._allowance -= len(events)
        if self._allowance < 0:
            self.begin_turn()
        if self.client is not None:
            self._server.broker.begin_turn()
            refused = self.client.take(events)
            if refused and self._refused.note(now, refused):
                self.close("flood")
        elif self._is_asking:
            self._held += events
        else:
            self._take_first(events)

    def _take_first(self, events: list[Event]) -> None:
        first, self._held = events[0], events[1:]
        if isinstance(first, Connect):
            self._server.reception.greet(self, first)
        elif isinstance(first, Fault):
            self.close(f"mqtt_{first.reason:02x}", self.codec.refuse(first.reason, first.why))

    def wait_for_desk(self) -> None:
        """Who it is must be asked of the database: read nothing more until `begin` or `close`."""
        self._is_asking = True
        self.pause()

    def begin(self, client: Client, keep_alive_s: int) -> None:
        """It was let in; go on with what it sent along with its CONNECT."""
        self.client, self.keep_alive_s = client, keep_alive_s
        self._is_asking = False
        held, self._held = self._held, []
        if held:
            self._server.broker.begin_turn()
            client.take(held)

    def _note_progress(self, now: float, has_events: bool) -> None:
        if has_events:
            self.heard_at = now
        if not self.codec.buffered_bytes:
            self._unfinished_since = None
        elif has_events or self._unfinished_since is None:
            self._unfinished_since = now

    # What the server and the client call.

    def find_overdue(self, now: float) -> str | None:
        """Why the connection has to go, None while it may stay."""
        bounds, since = self._bounds, self._unfinished_since
        if since is not None and now - since > bounds.packet_timeout_s:
            return "unfinished_packet"
        if self.client is None:
            return "silent" if now - self.opened_at > bounds.connect_timeout_s else None
        if self._is_paused:  # it may well have spoken: it is we who do not listen
            self.heard_at = max(self.heard_at, now - self.keep_alive_s)
        if now - self.heard_at > self.keep_alive_s * KEEP_ALIVE_GRACE:
            return "keep_alive"
        return None

    def close(self, reason: str, last: bytes = b"") -> None:
        """End the connection after these bytes, naming why."""
        transport = self.detach()
        if transport is None:
            return
        if reason != "disconnect":
            figures.CLOSED.labels(PROTOCOL, reason).inc()
            if self.client is not None:  # strangers are counted: their number has no bound
                log.info("mqtt_closed", peer=self.peer, reason=reason, client=self._name())
        self.codec.close()
        if last:
            transport.write(last)
        transport.close()
        # A peer that is gone or hostile would never read what is left.
        self._server.loop.call_later(LINGER_S, transport.abort)
        self._forget()

    def _name(self) -> str:
        return "" if self.client is None else self.client.identity[:100]

    def _forget(self) -> None:
        self._backlog.clear()
        self._held.clear()
        self._server.leave(self)


def _find_fingerprint(transport: asyncio.BaseTransport) -> str:
    """SHA-256 of the client's certificate, "" without one."""
    tls: Any = transport.get_extra_info("ssl_object")
    certificate = tls.getpeercert(binary_form=True) if tls is not None else None
    return hashlib.sha256(certificate).hexdigest() if certificate else ""
