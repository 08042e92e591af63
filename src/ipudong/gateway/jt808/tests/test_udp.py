"""The same terminals over UDP."""

import asyncio

from ipudong.gateway.jt808.tests.conftest import CODE, PHONE
from ipudong.gateway.jt808.tests.terminal_double import TerminalDouble, location
from ipudong.protocols.jt808.framing import Framer
from ipudong.protocols.jt808.header import Frame


class Datagrams(asyncio.DatagramProtocol):
    """What came back."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[Frame] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr) -> None:
        for frame in Framer().receive(data):
            self.frames.put_nowait(frame)


async def test_a_terminal_authenticates_and_reports_in_datagrams(road):
    port = await road.gateway.jt808.listen_udp("127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    transport, seen = await loop.create_datagram_endpoint(
        Datagrams, remote_addr=("127.0.0.1", port)
    )
    terminal = TerminalDouble(PHONE)
    try:
        transport.sendto(terminal.frame(0x0200, location()))
        assert (await asyncio.wait_for(seen.frames.get(), 5)).body[4] == 1
        transport.sendto(b"rubbish")
        transport.sendto(terminal.frame(0x0102, CODE.encode()))
        assert (await asyncio.wait_for(seen.frames.get(), 5)).body[4] == 0
        transport.sendto(terminal.frame(0x0200, location()) + terminal.frame(0x0200, location()))
        for _ in range(2):
            assert (await asyncio.wait_for(seen.frames.get(), 5)).body[4] == 0
        assert len(road.positions()) == 2
        assert road.vehicle.pk in road.gateway.jt808.list_connected()
    finally:
        transport.close()
