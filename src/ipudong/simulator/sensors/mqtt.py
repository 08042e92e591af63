"""A sensor's way through MQTT: paho, QoS 1, JSON with the time of measuring."""

import asyncio
from collections.abc import Callable
from typing import Final

import orjson
from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion

from ipudong.simulator.sensors.reporting import Reading

KEEP_ALIVE_S: Final = 60
ANSWER_S: Final = 10.0
_LOOK_S: Final = 0.02


class MqttSender:
    """One connection of one sensor; paho reconnects by itself."""

    def __init__(self, identity: str, token: str, host: str, port: int) -> None:
        self._topic = f"v1/devices/{identity}/telemetry"
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=identity)
        self._client.username_pw_set(identity, token)
        self._client.reconnect_delay_set(1, 30)
        self._client.connect_async(host, port, KEEP_ALIVE_S)
        self._client.loop_start()

    async def send(self, readings: list[Reading]) -> None:
        """Publish and wait for every acknowledgement. Raises OSError when none comes."""
        await self._wait_until(self._client.is_connected)
        sent = [
            self._client.publish(self._topic, orjson.dumps({"ts": time_ms, **values}), qos=1)
            for time_ms, values in readings
        ]
        await self._wait_until(lambda: all(_is_published(info) for info in sent))

    async def _wait_until(self, is_true: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(ANSWER_S):
                while not is_true():
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError as error:
            raise OSError("no acknowledgement") from error

    async def close(self) -> None:
        """Disconnect in good order."""
        self._client.disconnect()
        self._client.loop_stop()


def _is_published(info: MQTTMessageInfo) -> bool:
    try:
        return info.is_published()
    except (RuntimeError, ValueError):  # paho's word for a message it could not keep
        return False
