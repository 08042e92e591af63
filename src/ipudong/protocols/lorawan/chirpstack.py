"""ChirpStack v4: the JSON events of its integrations (`integration.proto`).

Topics end in `event/<kind>`; over HTTP the kind is the query's `event`.
"""

from collections.abc import Mapping
from typing import Any, Final

from ipudong.protocols.lorawan.events import (
    ACK,
    JOIN,
    LOCATION,
    OTHER,
    STATUS,
    UP,
    DeviceEvent,
    mapping,
    number,
    read_eui,
    read_location,
    read_radio,
    text,
)

_KINDS: Final = {
    "up": UP,
    "join": JOIN,
    "ack": ACK,
    "txack": OTHER,
    "status": STATUS,
    "location": LOCATION,
    "log": OTHER,
    "integration": OTHER,
}
_STATUS_FIELDS: Final = {"batteryLevel": "battery_level", "margin": "margin"}


def is_chirpstack(document: Mapping[str, Any]) -> bool:
    """Whether a document looks like one of ChirpStack v4."""
    return "deviceInfo" in document


def read_event(document: Mapping[str, Any], kind: str = "") -> DeviceEvent:
    """The event of a document; `kind` is what the topic says, "" where it says nothing."""
    name = kind if kind in _KINDS else _guess_kind(document)
    modulation = mapping(mapping(document.get("txInfo")).get("modulation"))
    spreading = mapping(modulation.get("lora")).get("spreadingFactor")
    is_up = name == "up"
    radio = read_radio(document.get("rxInfo"), document.get("fCnt"), spreading)
    return DeviceEvent(
        kind=_KINDS.get(name, OTHER),
        name=name or OTHER,
        dev_eui=read_eui(mapping(document.get("deviceInfo")).get("devEui")),
        time=text(document.get("time")),
        fields=_read_status(document) if name == "status" else mapping(document.get("object")),
        radio=radio if is_up else {},
        location=read_location(document.get("location")) if name == "location" else None,
        is_decoded="object" in document or "data" not in document,
    )


def _guess_kind(document: Mapping[str, Any]) -> str:
    """What a document is by its fields."""
    marks = {
        "acknowledged": "ack",
        "location": "location",
        "margin": "status",
        "rxInfo": "up",
        "txInfo": "txack",
        "level": "log",
        "devAddr": "join",
    }
    return next((kind for mark, kind in marks.items() if mark in document), "")


def _read_status(document: Mapping[str, Any]) -> dict[str, float]:
    if document.get("batteryLevelUnavailable") is True:
        document = {key: document[key] for key in document if key != "batteryLevel"}
    return {
        field: number(document[key]) for key, field in _STATUS_FIELDS.items() if key in document
    }
