"""Signalling of JT/T 1078-2016 and files of T/JSATL 12-2017, which ride on JT/T 808."""

from typing import Final

import msgspec

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import Field, Reader, Values
from ipudong.protocols.jt808.kinds import TIME, U8, U16, U32, CountedText, Group, List, Raw, Text
from ipudong.protocols.jt808.location_fields import alarm_mark_fields
from ipudong.protocols.jt808.message_types import MessageType

V2013, V2019 = Edition.V2013, Edition.V2019

_SPAN: Final = (Field("channel", U8), Field("starts", TIME), Field("ends", TIME))
_KIND: Final = (Field("media_type", U8), Field("stream", U8), Field("storage", U8))
_ALARMS: Final = Field("alarms", Raw(8))
_SERVER: Final = (
    Field("server", CountedText(1)),
    Field("tcp_port", U16),
    Field("udp_port", U16),
)
_RECORDING: Final = Group((*_SPAN, _ALARMS, *_KIND, Field("size", U32)))
_FILE: Final = (Field("file", CountedText(1)), Field("file_type", U8), Field("size", U32))
_NAMED_FILE: Final = Group((Field("file", CountedText(1)), Field("size", U32)))
_GAP: Final = Group((Field("offset", U32), Field("length", U32)))


class EditionMark(msgspec.Struct, frozen=True):
    """The identification of an alarm: the terminal id as long as the edition's."""

    def read(self, reader: Reader) -> Values:
        return Group(alarm_mark_fields(reader.edition >= V2019)).read(reader)

    def write(self, value: Values, edition: Edition) -> bytes:
        return Group(alarm_mark_fields("reserved_2" in value)).write(value, edition)


def _choose_files_request(body: bytes, edition: Edition) -> Edition:
    """Jiangsu's mark has 16 bytes under any header, Guangdong's 40."""
    if not body:
        return edition
    mark_bytes = len(body) - (1 + body[0] + 4 + 32 + 16)
    return {16: V2013, 40: V2019}.get(mark_bytes, edition)


def _choose_files(body: bytes, edition: Edition) -> Edition:
    """An id of 30 bytes is filled up behind; behind one of 7 bytes the mark begins with an id."""
    if edition < V2019 and len(body) > 30 and not any(body[7:30]):
        return V2019
    return edition


VIDEO_MESSAGES: Final = (
    MessageType(
        0x1003,
        "media_attributes",
        (
            Field("audio_encoding", U8),
            Field("audio_channels", U8),
            Field("audio_rate", U8),
            Field("audio_bits", U8),
            Field("audio_frame_bytes", U16),
            Field("has_audio_output", U8),
            Field("video_encoding", U8),
            Field("max_audio_channels", U8),
            Field("max_video_channels", U8),
        ),
        answers=(0x9003,),
    ),
    MessageType(
        0x1005,
        "passengers",
        (
            Field("starts", TIME),
            Field("ends", TIME),
            Field("boarded", U16),
            Field("alighted", U16),
        ),
    ),
    MessageType(
        0x1205,
        "recordings",
        (Field("answered_serial", U16), Field("recordings", List(_RECORDING, 4))),
        answers=(0x9205,),
    ),
    MessageType(
        0x1206,
        "upload_finished",
        (Field("answered_serial", U16), Field("result", U8)),
        answers=(0x9206,),
    ),
    MessageType(
        0x1210,
        "alarm_files",
        (
            Field("terminal_id", Text(7), until=V2013),
            Field("terminal_id", Text(30), since=V2019),
            Field("mark", EditionMark()),
            Field("platform_alarm_id", Text(32)),
            Field("kind", U8),
            Field("files", List(_NAMED_FILE, 1)),
        ),
        choose=_choose_files,
    ),
    MessageType(0x1211, "file_begun", _FILE),
    MessageType(0x1212, "file_finished", _FILE),
    MessageType(0x9003, "query_media_attributes"),
    MessageType(
        0x9101,
        "start_live",
        (*_SERVER, Field("channel", U8), Field("media_type", U8), Field("stream", U8)),
    ),
    MessageType(
        0x9102,
        "control_live",
        (
            Field("channel", U8),
            Field("command", U8),
            Field("close", U8),
            Field("stream", U8),
        ),
    ),
    MessageType(0x9105, "live_state", (Field("channel", U8), Field("lost_percent", U8))),
    MessageType(
        0x9201,
        "start_playback",
        (
            *_SERVER,
            Field("channel", U8),
            *_KIND,
            Field("mode", U8),
            Field("speed", U8),
            Field("starts", TIME),
            Field("ends", TIME),
        ),
    ),
    MessageType(
        0x9202,
        "control_playback",
        (Field("channel", U8), Field("command", U8), Field("speed", U8), Field("at", TIME)),
    ),
    MessageType(0x9205, "query_recordings", (*_SPAN, _ALARMS, *_KIND)),
    MessageType(
        0x9206,
        "upload_recording",
        (
            Field("server", CountedText(1)),
            Field("port", U16),
            Field("user", CountedText(1)),
            Field("password", CountedText(1)),
            Field("path", CountedText(1)),
            *_SPAN,
            _ALARMS,
            *_KIND,
            Field("conditions", U8),
        ),
    ),
    MessageType(0x9207, "control_upload", (Field("answered_serial", U16), Field("command", U8))),
    MessageType(
        0x9208,
        "request_alarm_files",
        (
            *_SERVER,
            Field("mark", EditionMark()),
            Field("platform_alarm_id", Text(32)),
            Field("reserved", Raw(16)),
        ),
        choose=_choose_files_request,
    ),
    MessageType(
        0x9212,
        "file_answer",
        (
            Field("file", CountedText(1)),
            Field("file_type", U8),
            Field("result", U8),
            Field("gaps", List(_GAP, 1), optional=True),
        ),
    ),
    MessageType(
        0x9301,
        "turn_camera",
        (Field("channel", U8), Field("direction", U8), Field("speed", U8)),
    ),
    *(
        MessageType(number, name, (Field("channel", U8), Field("value", U8)))
        for number, name in (
            (0x9302, "focus_camera"),
            (0x9303, "set_iris"),
            (0x9304, "control_wiper"),
            (0x9305, "control_infrared"),
            (0x9306, "zoom_camera"),
        )
    ),
)
