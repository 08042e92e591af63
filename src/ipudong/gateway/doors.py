"""What every listener of machines offers, and which ones this gateway has."""

from typing import TYPE_CHECKING, Protocol

from ipudong.gateway.bridge.door import BridgeDoor
from ipudong.gateway.hj212.door import Hj212Door
from ipudong.gateway.jt808.door import Jt808Door
from ipudong.gateway.mqtt.door import MqttDoor
from ipudong.gateway.outbox import Ended, Outgoing
from ipudong.gateway.snapshot import Snapshot

if TYPE_CHECKING:
    from ipudong.gateway.assembly import Gateway


class Door(Protocol):
    """A listener: its connections, the devices behind them, and the commands sent to them."""

    @property
    def name(self) -> str:
        """The protocol's code, for logs and figures."""
        ...

    async def open(self) -> int:
        """Listen as the settings say; the port, 0 when the district has switched it off."""
        ...

    def use_snapshot(self, snapshot: Snapshot) -> None:
        """Know these devices from now on; open connections stay and are judged afresh."""
        ...

    def tick(self) -> None:
        """The work of each second: time-outs, resends, counts."""
        ...

    def list_connected(self) -> list[int]:
        """Ids of the things that can be sent a command now."""
        ...

    def start_command(self, outgoing: Outgoing) -> None:
        """Send a command of the outbox, or note why it cannot be sent."""
        ...

    def take_ended(self) -> list[Ended]:
        """Commands that ended since the last call."""
        ...

    def stop_listening(self) -> None:
        """Take no further connections."""
        ...

    def close_connections(self) -> None:
        """End every connection after the bytes already written."""
        ...


def make_doors(gateway: "Gateway") -> list[Door]:
    """The doors of a gateway, one line each."""
    return [
        Hj212Door(gateway.hj212),
        Jt808Door(gateway.jt808),
        BridgeDoor(gateway),  # a device that is connected to our own broker is commanded there
        MqttDoor(gateway.mqtt),
    ]
