"""Messages of the terminal, one row each (JT/T 808-2019, chapter 8)."""

from typing import Final

from ipudong.protocols.jt808.area_fields import AREAS, RAW_AREA_FIELDS
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import Field
from ipudong.protocols.jt808.kinds import (
    REST,
    TEXT,
    TIME,
    U8,
    U16,
    U32,
    Bcd,
    ByEdition,
    CountedRaw,
    CountedText,
    Group,
    List,
    Raw,
    Text,
)
from ipudong.protocols.jt808.location_fields import LOCATION, LOCATION_ITEMS
from ipudong.protocols.jt808.message_types import MessageType
from ipudong.protocols.jt808.parameters import PARAMETERS_FIELD

V2011, V2013, V2019 = Edition.V2011, Edition.V2013, Edition.V2019

_ANSWERED: Final = Field("answered_serial", U16)
_MODEL_2019: Final = Text(30, front=True)


def _choose_registration(body: bytes, edition: Edition) -> Edition:
    """2011 has a model of 8 bytes, 2013 of 20; a plate has at most 17 (a VIN) behind byte 25."""
    return V2011 if edition < V2019 and len(body) < 37 else edition


def _choose_authentication(body: bytes, edition: Edition) -> Edition:
    """Some terminals of 2019 send the bare code of 2013: its first letter is no length then."""
    return V2013 if edition is V2019 and body and body[0] >= len(body) else edition


def _choose_driver(body: bytes, edition: Edition) -> Edition:
    """2011 begins with the length of a name, 2013 with 1 (card in) or 2 (card out)."""
    return V2011 if edition < V2019 and body[:1] > b"\x02" else edition


def _choose_media(body: bytes, edition: Edition) -> Edition:
    """2011 has no location in front of the data."""
    is_old = len(body) < 36 or body[8:10] == b"\xff\xd8"
    return V2011 if edition < V2019 and is_old else edition


def _choose_search(body: bytes, edition: Edition) -> Edition:
    """2011 has no media id in its elements of 31 bytes."""
    count = int.from_bytes(body[2:4], "big")
    return V2011 if edition < V2019 and count and len(body) - 4 == count * 31 else edition


def _attributes(maker_bytes: int) -> tuple[Field, ...]:
    return (
        Field("terminal_type", U16),
        Field("maker", Text(maker_bytes)),
        Field("model", ByEdition(Text(20), _MODEL_2019)),
        Field("terminal_id", ByEdition(Text(7), _MODEL_2019)),
        Field("iccid", Bcd(10)),
        Field("hardware", CountedText(1)),
        Field("firmware", CountedText(1)),
        Field("gnss", U8),
        Field("radio", U8),
    )


# Some terminals of 2019 write 11 bytes of maker in 0x0107, as in 0x0100 (SmallChi/JT808 #43, #52).
LONG_MAKER: Final = "long_maker"
RAW_AREAS: Final = "raw_areas"  # areas in 0x0608 that are not as they were set; kept raw

_MEDIA_KIND: Final = (
    Field("media_type", U8),
    Field("format", U8),
    Field("event", U8),
    Field("channel", U8),
)
_FOUND_MEDIA: Final = Group(
    (
        Field("media_id", U32, since=V2013),
        Field("media_type", U8),
        Field("channel", U8),
        Field("event", U8),
        Field("location", LOCATION),
    )
)

TERMINAL_MESSAGES: Final = (
    MessageType(
        0x0001,
        "terminal_answer",
        (_ANSWERED, Field("answered_id", U16), Field("result", U8)),
    ),
    MessageType(0x0002, "heartbeat"),
    MessageType(0x0003, "log_out"),
    MessageType(0x0004, "query_server_time", since=V2019),
    MessageType(
        0x0005,
        "request_parts",
        (Field("first_serial", U16), Field("parts", ByEdition(List(U16, 1), List(U16, 2)))),
        since=V2019,
    ),
    MessageType(
        0x0100,
        "register",
        (
            Field("province", U16),
            Field("county", U16),
            Field("maker", ByEdition(Text(5), Text(11, front=True))),
            Field("model", Text(8), until=V2011),
            Field("model", ByEdition(Text(20), _MODEL_2019), since=V2013),
            Field("terminal_id", ByEdition(Text(7), _MODEL_2019)),
            Field("plate_color", U8),
            Field("plate", TEXT),
        ),
        choose=_choose_registration,
    ),
    MessageType(
        0x0102,
        "authenticate",
        (
            Field("code", TEXT, until=V2013),
            Field("code", CountedText(1), since=V2019),
            Field("imei", Text(15), since=V2019, optional=True),
            Field("software", Text(20), since=V2019, optional=True),
        ),
        choose=_choose_authentication,
    ),
    MessageType(0x0104, "parameters", (_ANSWERED, PARAMETERS_FIELD), answers=(0x8104, 0x8106)),
    MessageType(
        0x0107,
        "attributes",
        _attributes(5),
        answers=(0x8107,),
        otherwise=_attributes(11),
        otherwise_verdict=LONG_MAKER,
    ),
    MessageType(0x0108, "upgrade_result", (Field("upgrade_type", U8), Field("result", U8))),
    MessageType(0x0200, "location", (Field("location", LOCATION_ITEMS),)),
    MessageType(
        0x0201,
        "location_answer",
        (_ANSWERED, Field("location", LOCATION_ITEMS)),
        answers=(0x8201,),
    ),
    MessageType(0x0301, "event_report", (Field("event", U8),), until=V2013),
    MessageType(
        0x0302,
        "question_answer",
        (_ANSWERED, Field("answer", U8)),
        answers=(0x8302,),
        until=V2013,
    ),
    MessageType(
        0x0303, "information_demand", (Field("information", U8), Field("action", U8)), until=V2013
    ),
    MessageType(
        0x0500,
        "vehicle_control_answer",
        (_ANSWERED, Field("location", LOCATION_ITEMS)),
        answers=(0x8500,),
    ),
    MessageType(
        0x0608,
        "areas",
        AREAS,
        answers=(0x8608,),
        otherwise=RAW_AREA_FIELDS,
        otherwise_verdict=RAW_AREAS,
        since=V2019,
    ),
    MessageType(
        0x0700,
        "recorder_data",
        (_ANSWERED, Field("command", U8), Field("data", REST)),
        answers=(0x8700,),
    ),
    MessageType(0x0701, "waybill", (Field("data", CountedRaw(4)),)),
    MessageType(
        0x0702,
        "driver_identity",
        (
            Field("card_state", U8, since=V2013),
            Field("time", TIME, since=V2013),
            Field("result", U8, since=V2013, optional=True),
            Field("name", CountedText(1), optional=True),
            Field("identity_card", Text(20), until=V2011),
            Field("license", Text(40), until=V2011),
            Field("license", Text(20), since=V2013, optional=True),
            Field("authority", CountedText(1), optional=True),
            Field("valid_until", Bcd(4), since=V2013, optional=True),
            Field("identity_card", Text(20), since=V2019, optional=True),
        ),
        choose=_choose_driver,
        answers=(0x8702,),
    ),
    MessageType(
        0x0704,
        "location_batch",
        (
            Field("count", U16, count_of="reports"),
            Field("batch_type", U8),
            Field("reports", List(CountedRaw(2))),
        ),
    ),
    MessageType(
        0x0705,
        "can_data",
        (
            Field("count", U16, count_of="frames"),
            Field("time_of_day", Bcd(5)),
            Field("frames", List(Group((Field("can_id", U32), Field("data", Raw(8)))))),
        ),
    ),
    MessageType(0x0800, "media_event", (Field("media_id", U32), *_MEDIA_KIND)),
    MessageType(
        0x0801,
        "media",
        (
            Field("media_id", U32),
            *_MEDIA_KIND,
            Field("location", LOCATION, since=V2013),
            Field("data", REST),
        ),
        choose=_choose_media,
    ),
    MessageType(
        0x0802,
        "media_found",
        (_ANSWERED, Field("media", List(_FOUND_MEDIA, 2))),
        choose=_choose_search,
        answers=(0x8802,),
    ),
    MessageType(
        0x0805,
        "snapshot_answer",
        (_ANSWERED, Field("result", U8), Field("media_ids", List(U32, 2), optional=True)),
        answers=(0x8801,),
    ),
    MessageType(0x0900, "transparent_up", (Field("kind", U8), Field("data", REST))),
    MessageType(0x0901, "compressed", (Field("data", CountedRaw(4)),)),
    MessageType(0x0A00, "terminal_key", (Field("e", U32), Field("n", Raw(128)))),
)
