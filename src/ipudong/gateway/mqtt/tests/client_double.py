"""A client that speaks packets, so that a test can say exactly what goes over the wire."""

import asyncio
from typing import Any

from ipudong.protocols.mqtt import packets
from ipudong.protocols.mqtt.decode import decode
from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import (
    PUBCOMP,
    PUBREL,
    V5,
    Acknowledgement,
    ConnAck,
    Connect,
    Packet,
    Publish,
    SubAck,
    Subscription,
)


class ClientDouble:
    """Sends and receives packets. `expect` waits for the next one and demands its type."""

    def __init__(self, port: int, version: int = V5) -> None:
        self.port = port
        self.version = version
        self.ack: ConnAck | None = None
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def open(self, **more: Any) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port, **more)

    async def connect(self, client_id: str = "", **more: Any) -> ConnAck:
        """Connect and wait for the CONNACK; `properties` and the rest as in `Connect`."""
        if not hasattr(self, "_writer"):
            await self.open()
        password = more.pop("password", None)
        if isinstance(password, str):
            password = password.encode()
        self.send(Connect(client_id, self.version, password=password, **more))
        self.ack = await self.expect(ConnAck)
        return self.ack

    def send(self, *sent: Packet) -> None:
        self.write(b"".join(encode(packet, self.version) for packet in sent))

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def receive(self, timeout_s: float = 5.0) -> Packet:
        """The next packet; EOFError when the connection ended."""
        async with asyncio.timeout(timeout_s):
            try:
                head = await self._reader.readexactly(2)
                length, shift = head[1] & 0x7F, 7
                byte = head[1]
                while byte & 0x80:
                    byte = (await self._reader.readexactly(1))[0]
                    length |= (byte & 0x7F) << shift
                    shift += 7
                body = await self._reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                raise EOFError from None
        return decode(head[0], body, self.version)

    async def expect(self, kind: type, timeout_s: float = 5.0) -> Any:
        packet = await self.receive(timeout_s)
        assert isinstance(packet, kind), packet
        return packet

    async def expect_silence(self, seconds: float = 0.1) -> None:
        """Nothing comes, and the connection stays."""
        try:
            packet = await self.receive(seconds)
        except TimeoutError:
            return
        raise AssertionError(packet)

    async def wait_closed(self, timeout_s: float = 5.0) -> None:
        """Read whatever comes until the connection ends."""
        try:
            while True:
                await self.receive(timeout_s)
        except EOFError:
            return

    async def subscribe(self, *rows: str | Subscription, **properties: Any) -> tuple[int, ...]:
        made = [row if isinstance(row, Subscription) else Subscription(row, 2) for row in rows]
        self.send(packets.Subscribe(9, tuple(made), properties))
        ack = await self.expect(SubAck)
        return ack.reasons

    def publish(self, topic: str, payload: bytes = b"", qos: int = 0, packet_id: int = 0, **more):
        self.send(Publish(topic, payload, qos, packet_id=packet_id or (qos and 1), **more))

    async def deliver(self, topic: str, payload: bytes, qos: int = 1, packet_id: int = 1, **more):
        """Publish and wait until it is acknowledged; the reason."""
        self.publish(topic, payload, qos, packet_id, **more)
        ack = await self.expect(Acknowledgement)
        if qos == 2 and ack.reason < 0x80:
            self.send(Acknowledgement(PUBREL, packet_id))
            done = await self.expect(Acknowledgement)
            assert (done.kind, done.packet_id) == (PUBCOMP, packet_id)
        assert ack.packet_id == packet_id
        return ack.reason

    def disconnect(self, reason: int = 0, **properties: Any) -> None:
        self.send(packets.Disconnect(reason, properties))

    async def settle(self) -> None:
        """Until the server has acted on what was sent."""
        self.send(packets.PingReq())
        await self.expect(packets.PingResp)

    def abort(self) -> None:
        """Go without a word."""
        if hasattr(self, "_writer"):
            self._writer.transport.abort()
