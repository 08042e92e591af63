"""The broker's own figures as `$SYS` topics, for who subscribed to them."""

from typing import TYPE_CHECKING, Final

from ipudong import __version__

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker

EVERY_S: Final = 10.0
FOLDER: Final = "$SYS/broker/"


class Status:
    """Publishes a few retained figures every ten seconds."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._began_at = broker.monotonic()
        self._told_at = -EVERY_S

    def tick(self, connections: int) -> None:
        """Tell, when it is time."""
        broker, now = self._broker, self._broker.monotonic()
        if now - self._told_at < EVERY_S:
            return
        self._told_at = now
        for name, value in (
            ("version", f"iPudong {__version__}"),
            ("uptime", f"{int(now - self._began_at)} seconds"),
            ("clients/connected", str(connections)),
            ("clients/total", str(len(broker.sessions))),
            ("subscriptions/count", str(len(broker.subscriptions))),
            ("retained messages/count", str(len(broker.retained))),
        ):
            broker.publish(FOLDER + name, value.encode(), retain=True)
