"""A terminal for tests: plain sockets, frames as asked for, answers as they come."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.framing import Framer, encode_frame
from ipudong.protocols.jt808.header import Frame, make_terminal

QUERY_ATTRIBUTES = 0x8107
BEIJING = timedelta(hours=8)


def bcd_time(at: datetime) -> bytes:
    """BCD[6] in China's time."""
    return bytes.fromhex(f"{at.astimezone(UTC) + BEIJING:%y%m%d%H%M%S}")


def location(
    lon: float = 121.5,
    lat: float = 31.23,
    *,
    at: datetime | None = None,
    speed: float = 36.0,
    status: int = 0b11,
    alarm: int = 0,
    items: bytes = b"\x01\x04\x00\x00\x04\xd2\x31\x01\x09",
) -> bytes:
    """A body of 0x0200: mileage 123.4 km and nine satellites unless other items are given."""
    at = at or datetime.now(UTC)
    return (
        alarm.to_bytes(4, "big")
        + status.to_bytes(4, "big")
        + round(lat * 1e6).to_bytes(4, "big")
        + round(lon * 1e6).to_bytes(4, "big")
        + (4).to_bytes(2, "big")
        + round(speed * 10).to_bytes(2, "big")
        + (90).to_bytes(2, "big")
        + bcd_time(at)
        + items
    )


class TerminalDouble:
    """One terminal on one connection."""

    def __init__(self, phone: str, *, edition: Edition = Edition.V2013) -> None:
        self.edition = edition
        self.terminal = make_terminal(phone, edition)
        self.version = 1 if edition is Edition.V2019 else None
        self.serial = 0
        self.inbox: list[Frame] = []
        self.asked: list[Frame] = []  # what it is asked of itself (0x8107), apart from the rest
        self._framer = Framer()

    async def connect(self, port: int) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)

    def behind(self, relay: "TerminalDouble") -> "TerminalDouble":
        """Speak over the connection of another terminal."""
        self.reader, self.writer = relay.reader, relay.writer
        return self

    def frame(self, message_id: int, body: bytes = b"", **more) -> bytes:
        """The bytes of the next message."""
        self.serial = (self.serial + 1) & 0xFFFF
        return encode_frame(message_id, self.terminal, self.version, self.serial, body, **more)

    async def send(self, message_id: int, body: bytes = b"") -> int:
        """Send a message; its serial."""
        await self.send_raw(self.frame(message_id, body))
        return self.serial

    async def send_raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def receive(self, timeout: float = 3.0) -> Frame:
        """The next message of the platform."""
        async with asyncio.timeout(timeout):
            while not self.inbox:
                data = await self.reader.read(65536)
                if not data:
                    raise EOFError
                self._sort(self._framer.receive(data))
        return self.inbox.pop(0)

    def _sort(self, frames: list[Frame]) -> None:
        for frame in frames:
            (self.asked if frame.message_id == QUERY_ATTRIBUTES else self.inbox).append(frame)

    async def questions(self, timeout: float = 3.0) -> Frame:
        """The next question about itself."""
        async with asyncio.timeout(timeout):
            while not self.asked:
                self._sort(self._framer.receive(await self.reader.read(65536)))
        return self.asked.pop(0)

    async def ask(self, message_id: int, body: bytes = b"") -> Frame:
        """Send a message and wait for what comes back."""
        await self.send(message_id, body)
        return await self.receive()

    async def authenticate(self, code: str) -> int:
        """Show the code; the result the platform gives."""
        body = code.encode("gbk")
        if self.edition is Edition.V2019:
            body = (
                bytes((len(body),)) + body + b"860000000000001".ljust(15) + b"v1".ljust(20, b"\0")
            )
        return (await self.ask(0x0102, body)).body[4]

    async def report(self, **more) -> int:
        """Send a location; the result the platform gives."""
        return (await self.ask(0x0200, location(**more))).body[4]

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()
