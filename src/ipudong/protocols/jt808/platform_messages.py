"""Messages of the platform, one row each (JT/T 808-2019, chapter 8)."""

from typing import Final

from ipudong.protocols.jt808.area_fields import CIRCLES, POLYGON, RECTANGLES, ROUTE
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import Field
from ipudong.protocols.jt808.kinds import (
    REST,
    TEXT,
    TIME,
    U8,
    U16,
    U32,
    ByEdition,
    CountedRaw,
    CountedText,
    Group,
    List,
    Raw,
    Text,
)
from ipudong.protocols.jt808.message_types import MessageType
from ipudong.protocols.jt808.parameters import PARAMETERS_FIELD

V2011, V2013, V2019 = Edition.V2011, Edition.V2013, Edition.V2019

_IDS: Final = (Field("area_ids", List(U32, 1)),)
_SEARCH: Final = (
    Field("media_type", U8),
    Field("channel", U8),
    Field("event", U8),
    Field("starts", TIME),
    Field("ends", TIME),
)
_NUMBERED_TEXT_8: Final = Group((Field("id", U8), Field("text", CountedText(1))))
_NUMBERED_TEXT_16: Final = Group((Field("id", U8), Field("text", CountedText(2))))

PLATFORM_MESSAGES: Final = (
    MessageType(
        0x8001,
        "platform_answer",
        (Field("answered_serial", U16), Field("answered_id", U16), Field("result", U8)),
    ),
    MessageType(
        0x8003,
        "request_parts",
        (Field("first_serial", U16), Field("parts", ByEdition(List(U16, 1), List(U16, 2)))),
        since=V2013,
    ),
    MessageType(0x8004, "server_time", (Field("time", TIME),), since=V2019),
    MessageType(
        0x8100,
        "registration_answer",
        (Field("answered_serial", U16), Field("result", U8), Field("code", TEXT)),
    ),
    MessageType(0x8103, "set_parameters", (PARAMETERS_FIELD,)),
    MessageType(0x8104, "query_parameters"),
    MessageType(
        0x8105, "control_terminal", (Field("command", U8), Field("arguments", TEXT, optional=True))
    ),
    MessageType(
        0x8106, "query_some_parameters", (Field("parameter_ids", List(U32, 1)),), since=V2013
    ),
    MessageType(0x8107, "query_attributes", since=V2013),
    MessageType(
        0x8108,
        "upgrade",
        (
            Field("upgrade_type", U8),
            Field("maker", Text(5)),
            Field("version", CountedText(1)),
            Field("data", CountedRaw(4)),
        ),
        since=V2013,
    ),
    MessageType(0x8201, "query_location"),
    MessageType(0x8202, "track", (Field("interval_s", U16), Field("validity_s", U32))),
    MessageType(
        0x8203,
        "confirm_alarm",
        (Field("alarm_serial", U16), Field("alarms", U32)),
        since=V2013,
    ),
    MessageType(0x8204, "check_link", since=V2019),
    MessageType(
        0x8300,
        "text",
        (Field("flags", U8), Field("text_type", U8, since=V2019), Field("text", TEXT)),
    ),
    MessageType(
        0x8301,
        "set_events",
        (
            Field("action", U8),
            Field("events", List(_NUMBERED_TEXT_8, 1), optional=True),
        ),
        until=V2013,
    ),
    MessageType(
        0x8302,
        "question",
        (
            Field("flags", U8),
            Field("question", CountedText(1)),
            Field("answers", List(_NUMBERED_TEXT_16)),
        ),
        until=V2013,
    ),
    MessageType(
        0x8303,
        "set_information_menu",
        (Field("action", U8), Field("menu", List(_NUMBERED_TEXT_16, 1), optional=True)),
        until=V2013,
    ),
    MessageType(
        0x8304,
        "information",
        (Field("information", U8), Field("text", CountedText(2))),
        until=V2013,
    ),
    MessageType(0x8400, "call_back", (Field("call_type", U8), Field("number", TEXT))),
    MessageType(
        0x8401,
        "set_phone_book",
        (
            Field("action", U8),
            Field(
                "contacts",
                List(
                    Group(
                        (
                            Field("calls", U8),
                            Field("number", CountedText(1)),
                            Field("name", CountedText(1)),
                        )
                    ),
                    1,
                ),
                optional=True,
            ),
        ),
    ),
    MessageType(
        0x8500,
        "control_vehicle",
        (
            Field("flags", U8, until=V2013),
            Field(
                "controls",
                List(Group((Field("control", U16), Field("value", U8))), 2),
                since=V2019,
            ),
        ),
    ),
    MessageType(0x8600, "set_circles", CIRCLES),
    MessageType(0x8601, "delete_circles", _IDS),
    MessageType(0x8602, "set_rectangles", RECTANGLES),
    MessageType(0x8603, "delete_rectangles", _IDS),
    MessageType(0x8604, "set_polygon", POLYGON),
    MessageType(0x8605, "delete_polygons", _IDS),
    MessageType(0x8606, "set_route", ROUTE),
    MessageType(0x8607, "delete_routes", _IDS),
    MessageType(
        0x8608,
        "query_areas",
        (Field("area_type", U8), Field("area_ids", List(U32, 4))),
        since=V2019,
    ),
    MessageType(0x8700, "query_recorder", (Field("command", U8), Field("data", REST))),
    MessageType(0x8701, "set_recorder", (Field("command", U8), Field("data", REST))),
    MessageType(0x8702, "query_driver", since=V2013),
    MessageType(
        0x8800,
        "media_answer",
        (Field("media_id", U32), Field("missing", List(U16, 1), optional=True)),
    ),
    MessageType(
        0x8801,
        "snapshot",
        (
            Field("channel", U8),
            Field("command", U16),
            Field("interval_s", U16),
            Field("keep", U8),
            Field("resolution", U8),
            Field("quality", U8),
            Field("brightness", U8),
            Field("contrast", U8),
            Field("saturation", U8),
            Field("chroma", U8),
        ),
    ),
    MessageType(0x8802, "search_media", _SEARCH),
    MessageType(0x8803, "upload_media", (*_SEARCH, Field("delete", U8))),
    MessageType(
        0x8804,
        "record",
        (
            Field("command", U8),
            Field("duration_s", U16),
            Field("keep", U8),
            Field("sampling", U8),
        ),
    ),
    MessageType(
        0x8805, "upload_one_media", (Field("media_id", U32), Field("delete", U8)), since=V2013
    ),
    MessageType(0x8900, "transparent_down", (Field("kind", U8), Field("data", REST))),
    MessageType(0x8A00, "platform_key", (Field("e", U32), Field("n", Raw(128)))),
)
