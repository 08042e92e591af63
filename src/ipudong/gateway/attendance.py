"""The open connections of one door: its listeners, whom it lets in, who is there."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from ipudong.gateway import figures
from ipudong.gateway.bounds import Admission, Limits


class Caller(Protocol):
    """A connection, as far as attendance is taken of it."""

    @property
    def peer(self) -> str:
        """The address it comes from."""
        ...


C = TypeVar("C", bound=Caller)


class Attendance(Generic[C]):
    """Connections that were let in and have not left, bounded in all and by address."""

    def __init__(self, protocol: str, limits: Limits) -> None:
        self._protocol = protocol
        self._admission = Admission(limits)
        self._present: set[C] = set()
        self._listeners: list[asyncio.Server] = []
        self._figure = figures.CONNECTIONS.labels(protocol)

    def __iter__(self) -> Iterator[C]:
        """Those present now; they may leave while one looks at them."""
        return iter(list(self._present))

    def __len__(self) -> int:
        return len(self._present)

    async def listen(
        self,
        make: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        tls: ssl.SSLContext | None = None,
    ) -> int:
        """Begin to take connections; the port (a free one for 0)."""
        listener = await asyncio.get_running_loop().create_server(
            make, host, port, backlog=1024, reuse_address=True, ssl=tls
        )
        self._listeners.append(listener)
        return int(listener.sockets[0].getsockname()[1])

    def stop_listening(self) -> None:
        """Take no further connections."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    def enter(self, connection: C) -> bool:
        """Take a connection in; False when it is one too many."""
        refusal = self._admission.find_refusal(connection.peer)
        if refusal is not None:
            figures.CLOSED.labels(self._protocol, refusal).inc()
            return False
        self._admission.enter(connection.peer)
        self._present.add(connection)
        self._figure.inc()
        return True

    def leave(self, connection: C) -> bool:
        """Forget a connection that ended; False when it had not been let in."""
        if connection not in self._present:
            return False
        self._present.discard(connection)
        self._admission.leave(connection.peer)
        self._figure.dec()
        return True
