"""The Things Stack v3: application messages (MQTT, webhooks) and its stream of events.

Shapes: "Data formats" and "Events" of the documentation of The Things Stack.
"""

from collections.abc import Mapping
from typing import Any, Final

from ipudong.protocols.lorawan.events import (
    ACK,
    JOIN,
    LOCATION,
    OTHER,
    UP,
    DeviceEvent,
    mapping,
    read_eui,
    read_location,
    read_radio,
    text,
)

_SOLVED: Final = "location_solved"
# The part of an ApplicationUp that says what it is.
_KINDS: Final = {
    "uplink_message": UP,
    "uplink_normalized": UP,
    "join_accept": JOIN,
    "downlink_ack": ACK,
    "downlink_nack": ACK,
    _SOLVED: LOCATION,
}
# Empty messages are left out of the events of the stream: then the event's name says it.
_NAMED: Final = {
    "as.up.data.forward": UP,
    "as.up.normalized.forward": UP,
    "ns.up.data.forward": UP,
    "as.up.join.forward": JOIN,
    "ns.up.join.accept.forward": JOIN,
    "as.up.location.forward": LOCATION,
}


def is_things_stack(document: Mapping[str, Any]) -> bool:
    """Whether a document looks like one of The Things Stack."""
    return "end_device_ids" in document or ("name" in document and "identifiers" in document)


def read_event(document: Mapping[str, Any]) -> DeviceEvent:
    """The event of an application message or of an event of the stream."""
    if "end_device_ids" in document:
        return _read_message(document, "")
    name = text(document.get("name"))
    data = mapping(document.get("data"))
    named = {"end_device_ids": _find_ids(document), "received_at": document.get("time")}
    return _read_message({**named, **data}, name)


def _find_ids(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """The end device among the identifiers of an event of the stream."""
    rows = event.get("identifiers")
    for row in rows if isinstance(rows, list) else ():
        found = mapping(mapping(row).get("device_ids"))
        if found:
            return found
    return {}


def _read_message(message: Mapping[str, Any], name: str) -> DeviceEvent:
    part = next((key for key in _KINDS if key in message), "")
    body = mapping(message.get(part))
    kind = _KINDS.get(part) or _NAMED.get(name, OTHER)
    ids = mapping(message.get("end_device_ids"))
    time = text(body.get("received_at")) or text(message.get("received_at"))
    return DeviceEvent(
        kind=kind,
        name=name or part or OTHER,
        dev_eui=read_eui(ids.get("dev_eui")),
        time=time,
        fields=_read_fields(part, body),
        radio=_read_radio(body) if kind == UP else {},
        location=_read_location(part, body),
        is_decoded="decoded_payload" in body or "frm_payload" not in body,
    )


def _read_fields(part: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    if part == "uplink_normalized":
        return mapping(body.get("normalized_payload"))
    return mapping(body.get("decoded_payload"))


def _read_radio(body: Mapping[str, Any]) -> dict[str, float]:
    rate = mapping(mapping(body.get("settings")).get("data_rate"))
    spreading = mapping(rate.get("lora")).get("spreading_factor")
    return read_radio(body.get("rx_metadata"), body.get("f_cnt"), spreading)


def _read_location(part: str, body: Mapping[str, Any]) -> Any:
    if part == _SOLVED:
        return read_location(body.get("location"))
    # An uplink may bring the place the device itself says (`frm-payload`), or one set by hand.
    found = mapping(mapping(body.get("locations")).get("frm-payload"))
    return read_location(found)
