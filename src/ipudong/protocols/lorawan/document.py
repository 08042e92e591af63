"""The event of a JSON payload, whichever server wrote it."""

from typing import Any

import orjson

from ipudong.protocols.lorawan import chirpstack, things_stack
from ipudong.protocols.lorawan.events import DeviceEvent, LorawanError, mapping


def parse_event(payload: bytes, kind: str = "") -> DeviceEvent:
    """The event of a payload; `kind` as a topic or query names it. Raises LorawanError."""
    try:
        document: Any = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise LorawanError("not_json", "the payload is not JSON") from error
    return read_document(document, kind)


def read_document(document: object, kind: str = "") -> DeviceEvent:
    """The event of a parsed document. Raises LorawanError."""
    outer = mapping(document)
    # An API of The Things Stack that streams wraps each event.
    event = mapping(outer.get("result")) or outer
    if chirpstack.is_chirpstack(event):
        return chirpstack.read_event(event, kind)
    if things_stack.is_things_stack(event):
        return things_stack.read_event(event)
    raise LorawanError("not_lorawan", "no event of The Things Stack or ChirpStack")
