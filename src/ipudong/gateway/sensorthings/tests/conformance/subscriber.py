"""A paho client of the gateway's broker, for tests that publish and subscribe."""

import asyncio
import json
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from ipudong.gateway.conftest import District

WAIT_S = 5.0


class Subscriber:
    """Connected with an API token; messages arrive in `messages`."""

    def __init__(self, district: District, role: str = "integrator") -> None:
        self._loop = asyncio.get_running_loop()
        self.messages: asyncio.Queue[tuple[str, Any, bool]] = asyncio.Queue()
        self._acknowledged: asyncio.Queue[int] = asyncio.Queue()
        self._connected, self._subscribed = asyncio.Event(), asyncio.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.username_pw_set("token", district.tokens[role])
        self._client.on_connect = lambda *_: self._later(self._connected.set)
        self._client.on_subscribe = lambda *_: self._later(self._subscribed.set)
        self._client.on_publish = lambda _c, _u, _mid, reason, _p: self._later(
            self._acknowledged.put_nowait, reason.value
        )
        self._client.on_message = lambda _c, _u, message: self._later(
            self.messages.put_nowait,
            (message.topic, json.loads(message.payload), bool(message.retain)),
        )

    def _later(self, call: Any, *arguments: Any) -> None:
        self._loop.call_soon_threadsafe(call, *arguments)

    async def connect(self, port: int) -> "Subscriber":
        await asyncio.to_thread(self._client.connect, "127.0.0.1", port)
        self._client.loop_start()
        await asyncio.wait_for(self._connected.wait(), WAIT_S)
        return self

    async def subscribe(self, *filters: str) -> None:
        self._subscribed.clear()
        self._client.subscribe([(name, paho.SubscribeOptions(qos=1)) for name in filters])
        await asyncio.wait_for(self._subscribed.wait(), WAIT_S)

    async def publish(self, topic: str, body: Any) -> int:
        """Publish at QoS 1; the reason code it was acknowledged with."""
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._client.publish(topic, payload, qos=1)
        return await asyncio.wait_for(self._acknowledged.get(), WAIT_S)

    async def next(self) -> tuple[str, Any, bool]:
        """Topic, document and whether it was retained."""
        return await asyncio.wait_for(self.messages.get(), WAIT_S)

    async def expect_silence(self) -> None:
        await asyncio.sleep(0.3)
        assert self.messages.empty(), self.messages.get_nowait()

    async def close(self) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
