"""Devices that speak through another: end devices of a network server, devices of an edge node."""

from collections.abc import Callable
from datetime import UTC, datetime

from ipudong.city.sensing.directory import Device, Directory
from ipudong.city.sensing.services import QuarantineRow
from ipudong.gateway.intake import Content, DeviceIntake
from ipudong.gateway.mqtt.intake import Taken
from ipudong.gateway.records import Records

UNKNOWN_IDENTITY = "unknown_identity"


class Targets:
    """Finds devices by what another device calls them, and keeps strangers apart."""

    def __init__(
        self,
        intake: DeviceIntake,
        records: Records,
        find_directory: Callable[[], Directory],
        protocol: str,
    ) -> None:
        self.intake = intake
        self.records = records
        self.protocol = protocol
        self._find_directory = find_directory

    def find(self, identity: str) -> Device | None:
        """The device of that identity."""
        return self._find_directory().find_device(self.protocol, identity)

    def take(
        self, target: Device, content: Content, now_us: int, raw: bytes, through: Device
    ) -> Taken:
        """Take what `through` says of a device."""
        taken = self.intake.take(target, content, now_us, raw, f"via {through.identity}"[:64])
        if not taken.awaits_channels and target.thing_id != through.thing_id:
            self.note_heard(target, now_us, through)
        return taken

    def note_heard(self, target: Device, now_us: int, through: Device) -> None:
        """A device behind another was heard."""
        self.records.note_frames(target.thing_id, 1, now_us, f"via {through.identity}"[:64])

    def quarantine(
        self, identity: str, fields: tuple[str, ...], raw: bytes, through: Device
    ) -> None:
        """Keep a stranger apart until a person adopts it."""
        self.records.note_quarantined(
            QuarantineRow(
                protocol=self.protocol,
                identity=identity,
                peer=f"via {through.identity}"[:64],
                raw=raw,
                reason=UNKNOWN_IDENTITY,
                at=datetime.now(UTC),
                fields=fields,
            )
        )


def list_numeric(content: Content) -> tuple[str, ...]:
    """Names of fields with a number, for a stranger's row in quarantine."""
    names = {
        name: None
        for sample in content.samples
        for name, value in sample.values.items()
        if isinstance(value, int | float)
    }
    return tuple(names)[:200]
