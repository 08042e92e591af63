"""Terminals over UDP: each address is a connection of its own, ended when it has been silent."""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from ipudong.gateway.jt808.connection import Connection

if TYPE_CHECKING:
    from ipudong.gateway.jt808.server import Server

Address = tuple[str, int]


class UdpLine(asyncio.Transport):
    """What a connection writes to: one address behind the server's socket."""

    def __init__(self, side: "UdpSide", address: Address) -> None:
        super().__init__({"peername": address})
        self._side = side
        self._address = address

    def write(self, data: Any) -> None:
        """Send a datagram."""
        self._side.send(data, self._address)

    def pause_reading(self) -> None:
        """Datagrams cannot be held back: while a connection is behind they are dropped."""

    def resume_reading(self) -> None:
        """They are taken again."""

    def get_write_buffer_size(self) -> int:
        """Nothing waits here."""
        return 0

    def close(self) -> None:
        """Forget the address."""
        self._side.forget(self._address)

    def abort(self) -> None:
        """Forget the address."""
        self._side.forget(self._address)


class UdpSide(asyncio.DatagramProtocol):
    """The server's socket and the addresses that speak to it."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None
        self._by_address: dict[Address, Connection] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Hand a datagram to the connection of its address. One that is behind hears it again,
        when the terminal repeats what was not acknowledged."""
        address = cast(Address, addr[:2])
        connection = self._by_address.get(address)
        if connection is None:
            connection = Connection(self._server)
            self._by_address[address] = connection
            connection.connection_made(UdpLine(self, address))
        if data and not connection.is_behind:
            connection.data_received(data)

    def send(self, data: bytes, address: Address) -> None:
        """Send a datagram."""
        if self._transport is not None:
            self._transport.sendto(data, address)

    def forget(self, address: Address) -> None:
        """A connection ended."""
        self._by_address.pop(address, None)

    def close(self) -> None:
        """Take no further datagrams."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
