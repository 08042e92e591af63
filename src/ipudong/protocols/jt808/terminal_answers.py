"""Commands a terminal answers with a message of its own: id, and how its values are made."""

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeAlias

from ipudong.protocols.jt808.fields import Values
from ipudong.protocols.jt808.message_types import Message
from ipudong.protocols.jt808.parameters import BY_ID


class Device(Protocol):
    """What a terminal session asks of the vehicle it stands for.

    `parameters` maps parameter ids to values, `attributes` and `driver` are the values of 0x0107
    and 0x0702.
    """

    parameters: dict[int, Any]
    attributes: Values
    driver: Values

    def read_location(self) -> Values:
        """The values of a location now, as `location_fields.Location` writes them."""

    def execute(self, message: Message) -> int:
        """Do what the platform asks; a `Result`, 3 for what this device cannot do."""


Answer: TypeAlias = Callable[[Device, Values], Values]


def _list_parameters(device: Device, ids: list[int]) -> Values:
    found = [
        {"id": number, "name": _name(number), "value": device.parameters[number]}
        for number in ids
        if number in device.parameters
    ]
    return {"parameters": found}


def _name(parameter_id: int) -> str:
    row = BY_ID.get(parameter_id)
    return row.name if row else f"parameter_{parameter_id:04x}"


def _all_parameters(device: Device, asked: Values) -> Values:
    return _list_parameters(device, list(device.parameters))


def _some_parameters(device: Device, asked: Values) -> Values:
    return _list_parameters(device, asked["parameter_ids"])


def _attributes(device: Device, asked: Values) -> Values:
    return device.attributes


def _location(device: Device, asked: Values) -> Values:
    return {"location": device.read_location()}


def _areas(device: Device, asked: Values) -> Values:
    return {
        "area_type": asked["area_type"],
        "circles": [],
        "rectangles": [],
        "polygons": [],
        "routes": [],
    }


def _recorder(device: Device, asked: Values) -> Values:
    return {"command": asked["command"], "data": b""}


def _driver(device: Device, asked: Values) -> Values:
    return device.driver


def _media(device: Device, asked: Values) -> Values:
    return {"media": []}


def _snapshot(device: Device, asked: Values) -> Values:
    return {"result": 0, "media_ids": []}


ANSWERS: Final[dict[int, tuple[int, Answer]]] = {
    0x8104: (0x0104, _all_parameters),
    0x8106: (0x0104, _some_parameters),
    0x8107: (0x0107, _attributes),
    0x8201: (0x0201, _location),
    0x8500: (0x0500, _location),
    0x8608: (0x0608, _areas),
    0x8700: (0x0700, _recorder),
    0x8702: (0x0702, _driver),
    0x8801: (0x0805, _snapshot),
    0x8802: (0x0802, _media),
}
