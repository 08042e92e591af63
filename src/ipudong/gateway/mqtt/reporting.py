"""What the records are told of messages that were not taken."""

from typing import TYPE_CHECKING, Final

from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.services import QuarantineRow, RejectedRow
from ipudong.gateway.mqtt.access import PROTOCOL
from ipudong.protocols.mqtt.packets import Publish

if TYPE_CHECKING:
    from ipudong.gateway.mqtt.broker import Broker

MAX_RAW_BYTES: Final = 4096


def reject(broker: "Broker", code: str, raw: bytes, peer: str, device: Device | None) -> None:
    """Keep a refused message raw, with its reason."""
    broker.records.note_rejected(
        RejectedRow(
            protocol=PROTOCOL,
            peer=peer,
            code=code,
            raw=raw[:MAX_RAW_BYTES],
            at=broker.now(),
            thing_id=None if device is None else device.thing_id,
        )
    )


def quarantine(broker: "Broker", identity: str, peer: str, publish: Publish) -> None:
    """An unknown client's message waits with it for adoption."""
    content_type = str(publish.properties.get("content_type", ""))
    fields = broker.interpreter.list_fields(publish.topic, publish.payload, content_type)
    broker.records.note_quarantined(
        QuarantineRow(
            protocol=PROTOCOL,
            identity=identity,
            peer=peer,
            raw=publish.payload[:MAX_RAW_BYTES],
            reason="unknown_identity",
            at=broker.now(),
            fields=fields,
        )
    )
