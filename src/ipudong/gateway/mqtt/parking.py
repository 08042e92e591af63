"""Messages that wait for their device's datastreams to be made, offered again then."""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from ipudong.city.sensing.directory import Device
from ipudong.gateway import figures
from ipudong.gateway.mqtt.access import PROTOCOL
from ipudong.gateway.mqtt.intake import Taken
from ipudong.protocols.mqtt.packets import Publish

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker

MAX_PARKED: Final = 10_000
MAX_PARKED_S: Final = 10.0

Retry = Callable[[Taken | None], None]


class _Parked(Struct):
    identity: str
    publish: Publish
    retry: Retry
    at: float


class Parking:
    """Parked messages, oldest first; one that waited too long is given back untaken."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._parked: deque[_Parked] = deque()

    def add(self, device: Device, publish: Publish, retry: Retry) -> None:
        """Park a message."""
        if len(self._parked) >= MAX_PARKED:
            self._give_up(retry)
            return
        now = self._broker.monotonic()
        self._parked.append(_Parked(device.identity, publish, retry, now))

    def offer_again(self) -> None:
        """The directory changed: try each message once more."""
        parked, self._parked = self._parked, deque()
        for row in parked:
            taken = self._take(row)
            if taken is None or not taken.awaits_channels:
                row.retry(taken)
            else:
                self._parked.append(row)

    def tick(self, now: float) -> None:
        """Give up what waited too long."""
        while self._parked and now - self._parked[0].at > MAX_PARKED_S:
            self._give_up(self._parked.popleft().retry)

    def _give_up(self, retry: Retry) -> None:
        figures.REJECTED.labels(PROTOCOL, "no_datastreams").inc()
        retry(None)

    def _take(self, row: _Parked) -> Taken | None:
        broker, publish = self._broker, row.publish
        device = broker.find_device(row.identity)
        if device is None:
            return None
        return broker.interpret(device, publish.topic, publish.payload, publish.properties)
