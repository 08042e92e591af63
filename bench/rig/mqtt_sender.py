"""One MQTT client of a benchmark, a process of its own, with a window of QoS 1 messages unanswered.

    python bench/rig/mqtt_sender.py NUMBER PORT VERSION WINDOW SECONDS

Prints `ready` when it is connected, begins when a line comes in, and prints its messages a second
and how many were acknowledged in all as JSON.
"""

import asyncio
import json
import sys
import time

import uvloop

from ipudong.protocols.mqtt.encode import encode
from ipudong.protocols.mqtt.packets import Connect, Publish

WARM_S = 0.4
TOKEN = "a token of seconds"  # noqa: S105


class Sender(asyncio.Protocol):
    """Keeps a window of messages unanswered. A PUBACK without reason is four bytes."""

    def __init__(self, number: int, version: int, window: int) -> None:
        self.number, self.version, self.window = number, version, window
        self.answered = 0
        self.is_running = False
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        frames = [self._frame(packet_id) for packet_id in range(1, window + 1)]
        if len(set(map(len, frames))) > 1:
            raise SystemExit("frames must be of one length")
        self._size = len(frames[0])
        self._ring = b"".join(frames) * 2  # any run of frames up to a window is one slice
        self._at = 0
        self._rest = 0

    def _frame(self, packet_id: int) -> bytes:
        payload = b'{"t": %5.2f, "h": %4.1f}' % (10 + packet_id % 80 / 7, 20 + packet_id % 60)
        topic = f"v1/devices/bench-{self.number}/telemetry"
        return encode(Publish(topic, payload, 1, packet_id=packet_id), self.version)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        name = f"bench-{self.number}"
        hello = Connect(name, self.version, username=name, password=TOKEN.encode())
        transport.write(encode(hello, self.version))

    def data_received(self, data: bytes) -> None:
        if not self.ready.done():
            if data[0] != 0x20 or data[3]:
                raise SystemExit(f"refused: {data.hex()}")
            self.ready.set_result(None)
            return
        answers, self._rest = divmod(len(data) + self._rest, 4)
        self.answered += answers
        if self.is_running and answers:
            self.send(answers)

    def send(self, count: int) -> None:
        """The next messages; each packet identifier is used again once it was answered."""
        begin = self._at * self._size
        self._transport.write(self._ring[begin : begin + count * self._size])
        self._at = (self._at + count) % self.window

    def close(self) -> None:
        self._transport.close()


async def send_for(number: int, port: int, version: int, window: int, seconds: float) -> int:
    """One turn of one client: how many were answered after warming up, in `seconds`."""
    loop = asyncio.get_running_loop()
    _, sender = await loop.create_connection(
        lambda: Sender(number, version, window), "127.0.0.1", port
    )
    await sender.ready
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    sender.is_running = True
    sender.send(window)
    await asyncio.sleep(WARM_S)
    before, began = sender.answered, time.perf_counter()
    await asyncio.sleep(seconds)
    counted, took = sender.answered - before, time.perf_counter() - began
    sender.is_running = False
    deadline = time.monotonic() + 10
    sent = sender.answered
    while time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        if sender.answered == sent:
            break
        sent = sender.answered
    sender.close()
    print(json.dumps([counted / took, sender.answered]), flush=True)
    return counted


def main() -> None:
    number, port, version, window = map(int, sys.argv[1:5])
    uvloop.run(send_for(number, port, version, window, float(sys.argv[5])))


if __name__ == "__main__":
    main()
