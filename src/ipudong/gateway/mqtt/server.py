"""The listeners of the MQTT door, plain and TLS, and the connections they take."""

import asyncio
import ssl

from ipudong.city.sensing.directory import Directory
from ipudong.gateway.api.access import Desk
from ipudong.gateway.attendance import Attendance
from ipudong.gateway.mqtt.access import PROTOCOL
from ipudong.gateway.mqtt.broker import Broker
from ipudong.gateway.mqtt.connection import Connection
from ipudong.gateway.mqtt.reception import Reception
from ipudong.gateway.mqtt.status import Status
from ipudong.protocols.mqtt import reasons

REVIEW_S = 30.0  # a revoked token works on for at most so long


class Server:
    """All connections of MQTT clients. Use it from one event loop."""

    def __init__(self, broker: Broker, desk: Desk, *, accept_unknown: bool = False) -> None:
        self.broker = broker
        self.bounds = broker.bounds
        self.loop = broker.loop
        self.monotonic = broker.monotonic
        self.reception = Reception(broker, desk, accept_unknown=accept_unknown)
        self.status = Status(broker)
        self.attendance: Attendance[Connection] = Attendance(PROTOCOL, self.bounds)
        self._reviewed_at = self.monotonic()
        self._review: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Begin to take connections; the port (a free one for 0)."""
        return await self.attendance.listen(lambda: Connection(self), host, port, tls)

    def stop_listening(self) -> None:
        """Take no further connections."""
        self.attendance.stop_listening()

    def close_connections(self) -> None:
        """End every connection, telling MQTT 5 clients why. It is we who go: no will is due."""
        for connection in self.attendance:
            if connection.client is not None:
                connection.client.forget_will()
                connection.client.end(reasons.SERVER_SHUTTING_DOWN)
            else:
                connection.close("stopping")

    def use_directory(self, directory: Directory) -> None:
        """Know these devices from now on."""
        self.broker.use_directory(directory)

    def tick(self) -> None:
        """Once a second: time-outs, wills, ended sessions, counts."""
        now = self.monotonic()
        for connection in self.attendance:
            overdue = connection.find_overdue(now)
            if overdue == "keep_alive" and connection.client is not None:
                connection.client.end(reasons.KEEP_ALIVE_TIMEOUT, "silent for too long")
            elif overdue is not None:
                connection.close(overdue)
        self.broker.tick()
        self.status.tick(len(self.attendance))
        self._review_tokens(now)

    def _review_tokens(self, now: float) -> None:
        is_busy = self._review is not None and not self._review.done()
        if is_busy or now - self._reviewed_at < REVIEW_S:
            return
        self._reviewed_at = now
        clients = [client for client in self.broker.list_clients() if client.rights is not None]
        if clients:
            self._review = self.loop.create_task(self.reception.review(clients))

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
        if connection.client is not None:
            self.broker.leave(connection.client)
