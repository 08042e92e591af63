"""The platform's general answer 0x8001, built cheaply: it answers nearly every packet."""

from collections.abc import Iterable
from enum import IntEnum
from struct import Struct as Layout
from typing import Final

from ipudong.protocols.jt808.editions import LONG_PHONE_BYTES
from ipudong.protocols.jt808.framing import wrap
from ipudong.protocols.jt808.header import Frame

PLATFORM_ANSWER: Final = 0x8001
_SERIALS: Final = 0x10000
_ATTRIBUTES: Final = 5
_ATTRIBUTES_2019: Final = 0x4005
# Header, then answered serial, answered id, result (JT/T 808-2013, 8.2).
_ANSWER_2013 = Layout(">HH6sHHHB")
_ANSWER_2019 = Layout(">HHB10sHHHB")
_ANSWER_SHORT = Layout(">HHB6sHHHB")


class Result(IntEnum):
    """Results of 0x0001 and 0x8001; ALARM_HANDLED is the platform's only."""

    OK = 0
    FAILED = 1
    BAD_MESSAGE = 2
    UNSUPPORTED = 3
    ALARM_HANDLED = 4


def encode_answer(frame: Frame, serial: int, result: int = Result.OK) -> bytes:
    """The bytes of 0x8001 to a packet, in the sender's own header form; `serial` is ours."""
    version, terminal = frame.version, frame.terminal
    if version is None:
        content = _ANSWER_2013.pack(
            PLATFORM_ANSWER,
            _ATTRIBUTES,
            terminal,
            serial,
            frame.serial,
            frame.message_id,
            result,
        )
    else:
        layout = _ANSWER_2019 if len(terminal) == LONG_PHONE_BYTES else _ANSWER_SHORT
        content = layout.pack(
            PLATFORM_ANSWER,
            _ATTRIBUTES_2019,
            version,
            terminal,
            serial,
            frame.serial,
            frame.message_id,
            result,
        )
    return wrap(content)


def encode_answers(frames: Iterable[Frame], first_serial: int, result: int = Result.OK) -> bytes:
    """The answers to many packets of one connection, serials counting on and wrapping."""
    return b"".join(
        [
            encode_answer(frame, (first_serial + number) % _SERIALS, result)
            for number, frame in enumerate(frames)
        ]
    )
