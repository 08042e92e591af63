"""Bodies to messages and back, by the rows of the message tables."""

from typing import Final

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import LONG_BODY, Reader, Values, read_fields, write_fields
from ipudong.protocols.jt808.header import Frame
from ipudong.protocols.jt808.message_types import Message, MessageType
from ipudong.protocols.jt808.platform_messages import PLATFORM_MESSAGES
from ipudong.protocols.jt808.terminal_messages import TERMINAL_MESSAGES
from ipudong.protocols.jt808.video_messages import VIDEO_MESSAGES

OTHER_EDITION: Final = "other_edition"  # a message its header's edition does not have

MESSAGES: Final = {
    row.message_id: row for row in (*TERMINAL_MESSAGES, *PLATFORM_MESSAGES, *VIDEO_MESSAGES)
}


class UnknownMessageError(LookupError):
    """No message has this id."""


def find_message_type(message_id: int) -> MessageType | None:
    """The row of a message id."""
    return MESSAGES.get(message_id)


def decode(frame: Frame) -> Message:
    """The message of a packet, or of joined packets. Raises UnknownMessageError.

    Reading does not fail: what deviates is named in `defects`, those of the header included.
    """
    return decode_body(frame.message_id, frame.body, frame.edition, frame.defects)


def decode_body(
    message_id: int, body: bytes, edition: Edition, defects: tuple[str, ...] = ()
) -> Message:
    """The message of a body alone; `edition` is the header's. Raises UnknownMessageError."""
    row = MESSAGES.get(message_id)
    if row is None:
        raise UnknownMessageError(f"0x{message_id:04X}")
    if not row.since <= edition <= row.until:
        defects += (OTHER_EDITION,)
    if row.choose is not None:
        edition = row.choose(body, edition)
    reader, values = _read(body, edition, row)
    tail = reader.rest()
    if tail:
        reader.note(LONG_BODY)
    defects += tuple(reader.defects)
    return Message(message_id, row.name, edition, values, defects, tail)


def _read(body: bytes, edition: Edition, row: MessageType) -> tuple[Reader, Values]:
    reader = Reader(body, edition)
    values = read_fields(reader, row.fields)
    if row.otherwise and not _fits(reader):
        other = Reader(body, edition)
        found = read_fields(other, row.otherwise)
        if _fits(other):
            other.note(row.otherwise_verdict)
            return other, found
    return reader, values


def _fits(reader: Reader) -> bool:
    return not reader.is_cut and not reader.left


def encode_body(message_id: int, values: Values, edition: Edition) -> bytes:
    """The body of a message. Raises UnknownMessageError, EncodeError."""
    row = MESSAGES.get(message_id)
    if row is None:
        raise UnknownMessageError(f"0x{message_id:04X}")
    return write_fields(values, row.fields, edition)


def encode_message(message: Message) -> bytes:
    """The body of a message read before, its tail included. Raises EncodeError."""
    row = MESSAGES[message.message_id]
    is_other = row.otherwise_verdict in message.defects
    fields = row.otherwise if is_other else row.fields
    body = write_fields(message.values, fields, message.edition)
    return body + message.tail
