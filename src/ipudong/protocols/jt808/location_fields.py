"""The location block and its additional items as values, for messages looked at one by one.

Many reports at once are `locations.decode_locations`.
"""

from typing import Any, Final

import msgspec

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import CutOffError, Field, Kind, Reader, Values
from ipudong.protocols.jt808.kinds import (
    TIME,
    U8,
    U16,
    U32,
    Group,
    List,
    Number,
    Raw,
    SignedMagnitude,
    Text,
)

ITEM_LENGTH: Final = "item_length"  # a known item of another length; its value is raw
ITEM_CUT: Final = "item_cut"  # an item that runs over the end; its value is what is there

SOUTH: Final = 1 << 2
WEST: Final = 1 << 3
DEGREES: Final = Number(4, 1_000_000)

_BLOCK: Final = (
    Field("alarm", U32),
    Field("status", U32),
    Field("latitude", DEGREES),
    Field("longitude", DEGREES),
    Field("altitude", U16),
    Field("speed", Number(2, 10)),
    Field("heading", U16),
    Field("time", TIME),
)


class AlarmMark(msgspec.Struct, frozen=True):
    """The identification of an alarm with files (T/JSATL 12): 16 bytes, in Guangdong's form 40."""

    def read(self, reader: Reader) -> Values:
        left = reader.left
        # In item 0x66 a count and the tyres follow, ten bytes each in the long form.
        is_long = left == 40 or (left > 40 and left - 41 == reader.peek(40) * 10)
        return Group(alarm_mark_fields(is_long)).read(reader)

    def write(self, value: Values, edition: Edition) -> bytes:
        return Group(alarm_mark_fields("reserved_2" in value)).write(value, edition)


def alarm_mark_fields(is_long: bool) -> tuple[Field, ...]:
    """Terminal id, time, serial, count of files, reserved."""
    return (
        Field("terminal_id", Text(30 if is_long else 7)),
        Field("time", TIME),
        Field("number", U8),
        Field("files", U8),
        Field("reserved_1", U8),
        *((Field("reserved_2", U8),) if is_long else ()),
    )


def _place(*fields: Field) -> tuple[Field, ...]:
    return (
        *fields,
        Field("speed", U8),
        Field("altitude", U16),
        Field("latitude", DEGREES),
        Field("longitude", DEGREES),
        Field("time", TIME),
        Field("vehicle_status", U16),
        Field("mark", AlarmMark()),
    )


_ALARM: Final = (Field("alarm_id", U32), Field("flag", U8))


def _is_long(values: Values) -> bool:
    return "reserved_2" in values["mark"]


def _is_short(values: Values) -> bool:
    return not _is_long(values)


def _tyre(position: Kind) -> Group:
    return Group(
        (
            Field("position", position),
            Field("alarm_type", U16),
            Field("pressure", U16),
            Field("temperature", U16),
            Field("battery", U16),
        )
    )


_TYRES: Final = (
    Field("tyres", List(_tyre(U8), 1), when=_is_short),
    Field("tyres", List(_tyre(U16), 1), when=_is_long),
)

# Id, name and kind of the items of JT/T 808 (01-31), JT/T 1078 (14-18) and T/JSATL 12 (64-67).
ITEMS: Final[dict[int, tuple[str, Kind]]] = {
    0x01: ("mileage", Number(4, 10)),  # km
    0x02: ("fuel", Number(2, 10)),  # L
    0x03: ("recorder_speed", Number(2, 10)),  # km/h
    0x04: ("alarm_event", U16),
    0x05: ("tyre_pressure", Raw(30)),  # Pa, FF where there is no tyre
    0x06: ("cabin_temperature", SignedMagnitude(2)),  # Celsius
    0x11: (
        "overspeed",
        Group((Field("place_type", U8), Field("place", U32, optional=True))),
    ),
    0x12: (
        "area",
        Group((Field("place_type", U8), Field("place", U32), Field("direction", U8))),
    ),
    0x13: ("segment", Group((Field("segment", U32), Field("time_s", U16), Field("result", U8)))),
    0x14: ("video_alarms", U32),
    0x15: ("video_lost_channels", U32),
    0x16: ("video_covered_channels", U32),
    0x17: ("video_failed_storage", U16),
    0x18: (
        "driving_behavior",
        Group((Field("behavior", U16), Field("fatigue_degree", U8, optional=True))),
    ),
    0x25: ("signals", U32),
    0x2A: ("io", U16),
    0x2B: ("analog", Group((Field("analog_1", U16), Field("analog_0", U16)))),
    0x30: ("signal_strength", U8),
    0x31: ("satellites", U8),
    0x64: (
        "driver_assistance",
        Group(
            _place(
                *_ALARM,
                Field("alarm_type", U8),
                Field("level", U8),
                Field("front_speed", U8),
                Field("front_distance", U8),
                Field("deviation", U8),
                Field("sign_type", U8),
                Field("sign_value", U8),
            )
        ),
    ),
    0x65: (
        "driver_state",
        Group(
            _place(
                *_ALARM,
                Field("alarm_type", U8),
                Field("level", U8),
                Field("fatigue", U8),
                Field("reserved", Raw(4)),
            )
        ),
    ),
    0x66: ("tyres", Group((*_place(*_ALARM), *_TYRES))),
    0x67: ("blind_spot", Group(_place(*_ALARM, Field("alarm_type", U8)))),
}


class Items(msgspec.Struct, frozen=True):
    """Items up to the end of the body, each a dict of `id`, `name` and `value`.

    The value of an unknown item is bytes, as is that of a known one of the wrong length.
    """

    def read(self, reader: Reader) -> list[Values]:
        found: list[Values] = []
        while reader.left:
            try:
                item = reader.take(1)[0]
                size = reader.take(1)[0]
            except CutOffError:
                reader.note(ITEM_CUT)
                break
            if size > reader.left:
                reader.note(ITEM_CUT)
                size = reader.left
            found.append(_read_item(item, reader.take(size), reader))
        return found

    def write(self, value: list[Values], edition: Edition) -> bytes:
        parts = []
        for item in value:
            raw = item["value"]
            if not isinstance(raw, bytes):
                raw = ITEMS[item["id"]][1].write(raw, edition)
            parts.append(bytes((item["id"], len(raw))) + raw)
        return b"".join(parts)


def _read_item(item: int, raw: bytes, reader: Reader) -> Values:
    name, kind = ITEMS.get(item, (f"item_{item:02x}", None))
    if kind is None:
        return {"id": item, "name": name, "value": raw}
    inner = Reader(raw, reader.edition)
    value: Any = raw
    try:
        value = kind.read(inner)
    except CutOffError:
        inner.is_cut = True
    if inner.is_cut or inner.left:
        reader.note(ITEM_LENGTH)
        value = raw
    else:
        for defect in inner.defects:
            reader.note(defect)
    return {"id": item, "name": name, "value": value}


class Location(msgspec.Struct, frozen=True):
    """The block of 28 bytes, and the items up to the end if `items`.

    South and west are negative degrees, speed is km/h, altitude m. (As the standard prints it,
    altitude is unsigned; `decode_locations` takes it as signed.)
    """

    items: bool = False

    def read(self, reader: Reader) -> Values:
        values = Group(_BLOCK).read(reader)
        if reader.is_cut:
            return values
        if values["status"] & SOUTH:
            values["latitude"] = -values["latitude"]
        if values["status"] & WEST:
            values["longitude"] = -values["longitude"]
        if self.items:
            values["items"] = Items().read(reader)
        return values

    def write(self, value: Values, edition: Edition) -> bytes:
        status = value.get("status", 0)
        status |= SOUTH if value["latitude"] < 0 else 0
        status |= WEST if value["longitude"] < 0 else 0
        plain = {
            "alarm": 0,
            "altitude": 0,
            "speed": 0,
            "heading": 0,
            **value,
            "status": status,
            "latitude": abs(value["latitude"]),
            "longitude": abs(value["longitude"]),
        }
        block = Group(_BLOCK).write(plain, edition)
        return block + Items().write(value.get("items", []), edition) if self.items else block


LOCATION: Final = Location()
LOCATION_ITEMS: Final = Location(items=True)
