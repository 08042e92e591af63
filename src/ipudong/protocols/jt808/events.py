"""What a session tells its owner.

The platform's session (`platform_session.PlatformSession.receive_data`) gives, in wire order:

* `LocationReceived`, 0x0200: collect the frames of many connections, `decode_locations`, make them
  durable, then write `session.answer(frame)`
* `BatchReceived`, 0x0704: its reports are 0x0200 bodies; the same, and one answer for the batch
* `RegistrationRequested`, 0x0100: decide, write `session.answer_registration(event, result, code)`
* `AuthenticationRequested`, 0x0102: check the code, write
  `session.answer_authentication(event, ok)`
* `HeartbeatReceived`, 0x0002: write `session.answer(frame)`
* `LoggedOut`, 0x0003: write `session.answer(frame)`; the terminal must authenticate again
* `MessageReceived`, any other message: deal with it, then write `event.answer` if there is one
* `PartReceived`, one part of a message: write `event.answer` if there is one
* `UnsupportedReceived`, an unknown message id, kept raw: write `event.answer` (result 3)
* `UnauthenticatedReceived`, a message before a good 0x0102: write `event.answer` (result 1)
* `MessageRefused`, encrypted without a key, or cut off: write `event.answer` (result 2)
* `FrameRejected`, no packet: count it, keep it raw; there is no answer
* `PartsAbandoned`, a message that was never whole: count it, keep it raw
* `CommandAccepted`, `CommandEnded`: a command of ours was acknowledged; answered, refused, given up
* `AnswerUnmatched`, an answer to nothing that is open: count it
* `Send`: write the bytes, a command again or a request for missing parts

The session writes nothing by itself: an acknowledgement goes out only when the owner says so.
"""

from typing import TypeAlias

import msgspec

from ipudong.protocols.jt808.exchange import Command
from ipudong.protocols.jt808.framing import BadFrame
from ipudong.protocols.jt808.header import Frame
from ipudong.protocols.jt808.message_types import Message


class FrameRejected(msgspec.Struct, frozen=True):
    """Bytes that were no packet; count and keep them, the connection goes on."""

    bad: BadFrame


class LocationReceived(msgspec.Struct, frozen=True, gc=False):
    """A location report: `frame.body` is not decoded yet, for many are decoded at once."""

    frame: Frame


class BatchReceived(msgspec.Struct, frozen=True):
    """Several location reports in one message; `is_late` says they were kept while offline.

    `defects` are the verdicts of `locations.split_batch`. Of a message that came in parts, `frame`
    has the joined body.
    """

    frame: Frame
    reports: tuple[bytes, ...]
    is_late: bool
    defects: tuple[str, ...] = ()


class RegistrationRequested(msgspec.Struct, frozen=True):
    """A terminal asks for an authentication code; `message` has its plate, model and maker."""

    frame: Frame
    message: Message


class AuthenticationRequested(msgspec.Struct, frozen=True):
    """A terminal shows its code; `imei` and `software` are empty before 2019."""

    frame: Frame
    code: str
    imei: str = ""
    software: str = ""
    defects: tuple[str, ...] = ()


class HeartbeatReceived(msgspec.Struct, frozen=True, gc=False):
    """The terminal is alive."""

    frame: Frame


class LoggedOut(msgspec.Struct, frozen=True, gc=False):
    """The terminal takes back its registration (0x0003)."""

    frame: Frame


class MessageReceived(msgspec.Struct, frozen=True):
    """A decoded message; `answer` is the acknowledgement to write once it is dealt with.

    0x0801 has its own, 0x8800. 0x0004 has none here: `session.reply(frame, 0x8004, {"time": …})`.
    """

    frame: Frame
    message: Message
    answer: bytes | None = None


class PartReceived(msgspec.Struct, frozen=True):
    """A part of a message not whole yet.

    Only parts of 0x0801 are answered each: the whole has an answer of its own to wait for. Any
    other message is answered when it is whole, or its parts would be acknowledged undurable.
    """

    frame: Frame
    answer: bytes | None = None


class UnsupportedReceived(msgspec.Struct, frozen=True):
    """A message id nobody here knows, or not one for this direction; kept raw."""

    frame: Frame
    answer: bytes


class UnauthenticatedReceived(msgspec.Struct, frozen=True):
    """A message from a terminal that has not shown its code on this connection."""

    frame: Frame
    answer: bytes


class MessageRefused(msgspec.Struct, frozen=True):
    """A message that cannot be read: `code` is "encrypted", "not_decrypted" or "cut_off"."""

    frame: Frame
    code: str
    answer: bytes


class PartsAbandoned(msgspec.Struct, frozen=True):
    """Parts of a message that was never whole: `code` is one of `reassembly`."""

    code: str
    parts: tuple[Frame, ...]


class CommandAccepted(msgspec.Struct, frozen=True):
    """The terminal acknowledged a query; its answer is to come."""

    command: Command


class CommandEnded(msgspec.Struct, frozen=True):
    """A command reached its end; its state says how.

    `result` is the result of the general answer, if that was it; `message` and `frame` the answer
    of its own, if there was one.
    """

    command: Command
    result: int | None = None
    message: Message | None = None
    frame: Frame | None = None


class AnswerUnmatched(msgspec.Struct, frozen=True):
    """An answer to nothing that is open: late, doubled, or of another connection."""

    frame: Frame
    message: Message


class Send(msgspec.Struct, frozen=True):
    """Bytes to write now."""

    data: bytes


PlatformEvent: TypeAlias = (
    FrameRejected
    | LocationReceived
    | BatchReceived
    | RegistrationRequested
    | AuthenticationRequested
    | HeartbeatReceived
    | LoggedOut
    | MessageReceived
    | PartReceived
    | UnsupportedReceived
    | UnauthenticatedReceived
    | MessageRefused
    | PartsAbandoned
    | CommandAccepted
    | CommandEnded
    | AnswerUnmatched
    | Send
)
