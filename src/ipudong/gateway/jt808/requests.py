"""Commands of the outbox as JT/T 808 messages: rows of a name and how its values are written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.parameters import BY_ID, BY_NAME

Arguments = Mapping[str, Any]
Values = dict[str, Any]

# Flags of 0x8300: urgent, shown on the terminal's display, read out aloud.
URGENT, DISPLAY, READ_OUT = 1, 4, 8
# Attributes of areas (JT/T 808-2019, table 53): tell driver and platform of entering and leaving.
LIMIT_SPEED, TELL_ENTERING, TELL_LEAVING, SOUTH, WEST = 2, 0b1100, 0b110000, 64, 128
TURN_SOUTH, TURN_WEST = 4, 8  # the same of a turn of a route (table 61)
MAX_POINTS: Final = 100  # of a polygon or a route; more belong on the platform's own fences
CONTROLS: Final = {
    "upgrade": 1,
    "power_off": 3,
    "reset": 4,
    "factory_reset": 5,
    "close_data": 6,
    "close_radio": 7,
}
DOOR_CONTROL: Final = 1


class BadCommand(Exception):  # noqa: N818 - the command is bad, nothing failed
    """A command that cannot be said in JT/T 808; `code` and the argument's name."""

    def __init__(self, code: str, argument: str = "") -> None:
        super().__init__(f"{code} {argument}")
        self.code = code
        self.argument = argument


@dataclass(frozen=True, slots=True)
class Request:
    """A message of the platform: its id and the values of its fields."""

    message_id: int
    values: Values = field(default_factory=dict)


def make_requests(command: str, arguments: Arguments, edition: Edition) -> list[Request]:
    """The messages of a command, to be sent one after another. Raises BadCommand."""
    writer = _WRITERS.get(command)
    if writer is None:
        raise BadCommand("unknown_command", command)
    made = writer(arguments, edition)
    return made if isinstance(made, list) else [made]


def _send_text(arguments: Arguments, _: Edition) -> Request:
    flags = DISPLAY | READ_OUT | (URGENT if arguments.get("emergency") else 0)
    text = str(_get(arguments, "text"))
    if not text or len(text.encode("gb18030")) > 1000:
        raise BadCommand("out_of_range", "text")
    return Request(0x8300, {"flags": flags, "text_type": 1, "text": text})


def _set_parameters(arguments: Arguments, _: Edition) -> Request:
    rows = _get(arguments, "parameters")
    if not isinstance(rows, Mapping) or not 0 < len(rows) <= 100:
        raise BadCommand("bad_argument", "parameters")
    items = [{"id": _parameter_id(key), "value": value} for key, value in rows.items()]
    return Request(0x8103, {"parameters": items})


def _parameter_id(text: Any) -> int:
    """The number of a parameter given as `0x0055`, `85` or `speed_limit`."""
    row = BY_NAME.get(str(text))
    try:
        number = row.parameter_id if row else int(str(text), 0)
    except ValueError as error:
        raise BadCommand("bad_argument", str(text)) from error
    if number not in BY_ID:
        raise BadCommand("unknown_parameter", str(text))
    return number


def _control(arguments: Arguments, _: Edition) -> Request:
    command = CONTROLS.get(str(_get(arguments, "command")))
    if command is None:
        raise BadCommand("out_of_range", "command")
    return Request(0x8105, {"command": command, "arguments": str(arguments.get("details", ""))})


def _update_firmware(arguments: Arguments, _: Edition) -> Request:
    """Wireless upgrade (table 17): URL, dial-up, address, ports, maker, hardware, firmware, ..."""
    parts = [str(_get(arguments, "url")), *[""] * 8, str(arguments.get("version", "")), "", "0"]
    return Request(0x8105, {"command": CONTROLS["upgrade"], "arguments": ";".join(parts)})


def _lock_doors(arguments: Arguments, edition: Edition) -> Request:
    is_locked = bool(arguments.get("locked"))
    if edition is Edition.V2019:  # table 41: 0 locks, 1 opens
        return Request(
            0x8500, {"controls": [{"control": DOOR_CONTROL, "value": 0 if is_locked else 1}]}
        )
    return Request(0x8500, {"flags": 1 if is_locked else 0})  # 2013: bit 0 locks


def _take_snapshot(arguments: Arguments, _: Edition) -> Request:
    return Request(
        0x8801,
        {
            "channel": _whole(arguments, "channel", 1, 127),
            "command": 1,  # one picture
            "interval_s": 0,
            "keep": 0,  # sent to us at once
            "resolution": 1,  # 320 x 240, the least that all cameras have
            "quality": 5,
            "brightness": 127,
            "contrast": 64,
            "saturation": 64,
            "chroma": 127,
        },
    )


def _track(arguments: Arguments, _: Edition) -> Request:
    return Request(
        0x8202,
        {
            "interval_s": _whole(arguments, "interval_s", 1, 65535),
            "validity_s": _whole(arguments, "for_s", 1, 7 * 86_400),
        },
    )


# Areas and routes.


def _set_circle(arguments: Arguments, _: Edition) -> Request:
    lat, lon = _degrees(arguments, "lat", 90), _degrees(arguments, "lon", 180)
    radius = _whole(arguments, "radius_m", 1, 1_000_000)
    area = _area(arguments, [(lat, lon)])
    area |= {"latitude": abs(lat), "longitude": abs(lon), "radius_m": radius}
    return Request(0x8600, {"action": 1, "areas": [area]})


def _set_polygon(arguments: Arguments, _: Edition) -> Request:
    points = _points(arguments, 3)
    values = _area(arguments, points)
    values["points"] = [{"latitude": abs(lat), "longitude": abs(lon)} for lat, lon in points]
    return Request(0x8604, values)


def _set_route(arguments: Arguments, _: Edition) -> Request:
    points = _points(arguments, 2)
    width = _whole({"width_m": 50, **arguments}, "width_m", 1, 255)
    turns = [
        {
            "point_id": number,
            "segment_id": number,
            "latitude": abs(lat),
            "longitude": abs(lon),
            "width_m": width,
            "attributes": (TURN_SOUTH if lat < 0 else 0) | (TURN_WEST if lon < 0 else 0),
        }
        for number, (lat, lon) in enumerate(points, 1)
    ]
    return Request(
        0x8606,
        {
            "route_id": _whole(arguments, "area_id", 1, 0xFFFF_FFFF),
            "attributes": TELL_ENTERING | TELL_LEAVING,
            "points": turns,
            "name": str(arguments.get("name", "")),
        },
    )


def _delete_areas(arguments: Arguments, _: Edition) -> list[Request]:
    """Areas of every shape and routes with these numbers; none named means all."""
    ids = arguments.get("area_ids") or []
    if not isinstance(ids, Sequence) or isinstance(ids, str) or len(ids) > 125:
        raise BadCommand("bad_argument", "area_ids")
    numbers = [_whole({"area_ids": number}, "area_ids", 0, 0xFFFF_FFFF) for number in ids]
    return [Request(message, {"area_ids": numbers}) for message in (0x8601, 0x8603, 0x8605, 0x8607)]


def _area(arguments: Arguments, points: list[tuple[float, float]]) -> Values:
    lat, lon = points[0]
    attributes = TELL_ENTERING | TELL_LEAVING
    attributes |= (SOUTH if lat < 0 else 0) | (WEST if lon < 0 else 0)
    values: Values = {
        "area_id": _whole(arguments, "area_id", 1, 0xFFFF_FFFF),
        "name": str(arguments.get("name", "")),
    }
    if "max_speed" in arguments:
        attributes |= LIMIT_SPEED
        values["max_speed"] = _whole(arguments, "max_speed", 1, 300)
        values["overspeed_s"] = _whole({"overspeed_s": 10, **arguments}, "overspeed_s", 0, 255)
        values["night_speed"] = values["max_speed"]
    return values | {"attributes": attributes}


def _points(arguments: Arguments, least: int) -> list[tuple[float, float]]:
    """`points` as [[lon, lat], ...], the order of GeoJSON, as (lat, lon)."""
    rows = _get(arguments, "points")
    if not isinstance(rows, Sequence) or not least <= len(rows) <= MAX_POINTS:
        raise BadCommand("out_of_range", "points")
    try:
        pairs = [{"lon": row[0], "lat": row[1]} for row in rows]
    except (IndexError, KeyError, TypeError) as error:
        raise BadCommand("bad_argument", "points") from error
    return [(_degrees(pair, "lat", 90), _degrees(pair, "lon", 180)) for pair in pairs]


# Arguments.


def _get(arguments: Arguments, name: str) -> Any:
    value = arguments.get(name)
    if value is None:
        raise BadCommand("bad_argument", name)
    return value


def _whole(arguments: Arguments, name: str, least: int, most: int) -> int:
    value = _get(arguments, name)
    try:
        number = int(value)
    except (TypeError, ValueError) as error:
        raise BadCommand("bad_argument", name) from error
    if not least <= number <= most:
        raise BadCommand("out_of_range", name)
    return number


def _degrees(arguments: Arguments, name: str, most: int) -> float:
    value = _get(arguments, name)
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise BadCommand("bad_argument", name) from error
    if not -most <= number <= most:  # NaN fails too
        raise BadCommand("out_of_range", name)
    return number


Writer = Callable[[Arguments, Edition], Request | list[Request]]
_WRITERS: dict[str, Writer] = {
    "locate_now": lambda arguments, edition: Request(0x8201),
    "send_text": _send_text,
    "set_parameters": _set_parameters,
    "query_parameters": lambda arguments, edition: Request(0x8104),
    "control": _control,
    "update_firmware": _update_firmware,
    "lock_doors": _lock_doors,
    "set_circle": _set_circle,
    "set_polygon": _set_polygon,
    "set_route": _set_route,
    "delete_areas": _delete_areas,
    "take_snapshot": _take_snapshot,
    "temporary_tracking": _track,
}
