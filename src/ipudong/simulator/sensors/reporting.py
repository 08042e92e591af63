"""A sensor's life: measure, send, and keep what was not acknowledged until it is."""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

import structlog

from ipudong.simulator.ledger import Ledger
from ipudong.simulator.sensors.source import SensorSource

KEPT: Final = 2000
TRY_AGAIN_S: Final = 5.0
log = structlog.get_logger()

Reading = tuple[int, Mapping[str, float]]  # milliseconds since 1970 UTC, values by field


class Sender(Protocol):
    """One way to the gateway. `send` returns when the readings are acknowledged, or raises
    OSError."""

    async def send(self, readings: list[Reading]) -> None: ...
    async def close(self) -> None: ...


class SensorReporting:
    """Measures every interval and sends in order until cancelled."""

    def __init__(
        self,
        source: SensorSource,
        sender: Sender,
        now: Callable[[], datetime],
        ledger: Ledger,
    ) -> None:
        self._source = source
        self._sender = sender
        self._now = now
        self._ledger = ledger
        self._kept: deque[Reading] = deque(maxlen=KEPT)

    async def run(self) -> None:
        """Report until cancelled."""
        interval = timedelta(seconds=self._source.sensor.interval_s)
        # Sensors do not all measure in the same second.
        offset = random.Random(self._source.sensor.identity).random()
        due = self._now() + interval * offset * 0.1
        try:
            while True:
                await asyncio.sleep(max(0.0, (due - self._now()).total_seconds()))
                self._measure()
                if not await self._send_kept():
                    await asyncio.sleep(TRY_AGAIN_S)
                due = max(due + interval, self._now())
        finally:
            await self._sender.close()

    def _measure(self) -> None:
        at = self._now()
        self._kept.append((round(at.timestamp() * 1000), self._source.read(at)))

    async def _send_kept(self) -> bool:
        readings = list(self._kept)
        try:
            await self._sender.send(readings)
        except OSError as error:
            log.debug("sensor_waits", sensor=self._source.sensor.identity, error=str(error))
            return False
        self._kept.clear()
        for time_ms, values in readings:
            text = ",".join(f"{name}={value}" for name, value in values.items())
            self._ledger.write(
                mn=self._source.sensor.identity,
                cn=self._source.sensor.protocol,
                cp=f"{time_ms};{text}",
            )
        return True
