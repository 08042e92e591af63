"""The platform's side of a connection: what terminals said, the bytes of answers and commands.

No I/O and no clock. Which events there are and what to do with each: `events`.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from msgspec.structs import replace

from ipudong.protocols.jt808.answers import Result, encode_answer
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.events import (
    AnswerUnmatched,
    AuthenticationRequested,
    BatchReceived,
    CommandAccepted,
    CommandEnded,
    FrameRejected,
    HeartbeatReceived,
    LocationReceived,
    LoggedOut,
    MessageReceived,
    MessageRefused,
    PartReceived,
    PartsAbandoned,
    PlatformEvent,
    RegistrationRequested,
    Send,
    UnauthenticatedReceived,
    UnsupportedReceived,
)
from ipudong.protocols.jt808.exchange import (
    SERIALS,
    Commands,
    ExchangeError,
    State,
    Step,
)
from ipudong.protocols.jt808.fields import SHORT_BODY, Values
from ipudong.protocols.jt808.framing import DEFAULT_LIMIT_BYTES, BadFrame, Framer
from ipudong.protocols.jt808.header import (
    ENCRYPTION_BITS,
    RSA_BIT,
    SPLIT_BIT,
    Frame,
    find_phone,
)
from ipudong.protocols.jt808.locations import split_batch
from ipudong.protocols.jt808.message_types import Message
from ipudong.protocols.jt808.messages import decode, encode_body, find_message_type
from ipudong.protocols.jt808.packets import SentParts, encode_packets
from ipudong.protocols.jt808.reassembly import Abandoned, Missing, Reassembler

# The plain bytes of an RSA-encrypted body. Raises ValueError if they cannot be had.
Decrypt: TypeAlias = Callable[[bytes], bytes]

ANSWER: Final = 0x0001
HEARTBEAT: Final = 0x0002
LOG_OUT: Final = 0x0003
REQUEST_PARTS: Final = 0x0005
REGISTER: Final = 0x0100
AUTHENTICATE: Final = 0x0102
LOCATION: Final = 0x0200
BATCH: Final = 0x0704
MEDIA: Final = 0x0801
ASK_PARTS: Final = 0x8003
REGISTRATION_ANSWER: Final = 0x8100
MEDIA_ANSWER: Final = 0x8800

_SPECIAL_BITS: Final = SPLIT_BIT | ENCRYPTION_BITS


class PlatformSession:
    """One connection seen from the platform. `now` is seconds of any monotonic clock.

    A connection may carry several terminals, as relays do; each authenticates for itself. A
    terminal is answered in the header form it used last.
    """

    def __init__(
        self,
        *,
        needs_authentication: bool = True,
        limit_bytes: int = DEFAULT_LIMIT_BYTES,
        commands: Commands | None = None,
        reassembler: Reassembler | None = None,
        decrypt: Decrypt | None = None,
        max_terminals: int = 1024,
    ) -> None:
        self._framer = Framer(limit_bytes)
        self._commands = commands or Commands()
        self._reassembler = reassembler or Reassembler()
        self._decrypt = decrypt
        self._needs_authentication = needs_authentication
        self._max_terminals = max_terminals
        self._serial = 0
        self._trusted: set[bytes] = set()  # phones as sent
        self._forms: dict[str, tuple[bytes, int | None]] = {}  # phone -> last header form
        self._sent = SentParts()

    @property
    def buffered_bytes(self) -> int:
        """How much of an unfinished packet is held; its owner bounds how long."""
        return self._framer.buffered_bytes

    @property
    def open_commands(self) -> int:
        """How many commands wait for their answer."""
        return self._commands.open_count

    def list_phones(self) -> list[str]:
        """The terminals that can be reached here now."""
        return list(self._forms)

    def receive_data(self, data: bytes, now: float) -> list[PlatformEvent]:
        """Take the next bytes from the terminal; tell what they said, in order."""
        events: list[PlatformEvent] = []
        for found in self._framer.receive(data):
            if isinstance(found, BadFrame):
                events.append(FrameRejected(found))
            else:
                events += self.receive_frame(found, now)
        return events

    def receive_frame(self, frame: Frame, now: float) -> list[PlatformEvent]:
        """Take one packet that its owner has found in the stream, or in a datagram."""
        if (
            frame.message_id == LOCATION
            and frame.terminal in self._trusted
            and not frame.attributes & _SPECIAL_BITS
        ):
            return [LocationReceived(frame)]
        return self._receive(frame, now)

    def take_serials(self, count: int) -> int:
        """The first of this many serials, for answers that its owner writes by itself."""
        first = self._serial
        self._serial = (first + count) % SERIALS
        return first

    def answer(self, frame: Frame, result: int = Result.OK) -> bytes:
        """The general answer 0x8001 to a packet."""
        serial = self._serial
        self._serial = (serial + 1) % SERIALS
        return encode_answer(frame, serial, result)

    def reply(self, frame: Frame, message_id: int, values: Values) -> bytes:
        """A message to the sender of a packet, no answer awaited. Raises EncodeError."""
        body = encode_body(message_id, values, frame.edition)
        return b"".join(self._encode(message_id, frame.terminal, frame.version, body)[1])

    def answer_registration(
        self, event: RegistrationRequested, result: int = 0, code: str = ""
    ) -> bytes:
        """0x8100: result 0 with the code to authenticate with; 1 vehicle and 3 terminal are
        registered already, 2 vehicle and 4 terminal are unknown."""
        values = {
            "answered_serial": event.frame.serial,
            "result": result,
            "code": "" if result else code,
        }
        return self.reply(event.frame, REGISTRATION_ANSWER, values)

    def answer_authentication(self, event: AuthenticationRequested, is_right: bool) -> bytes:
        """0x8001 to a code; from a right one on the terminal's messages are taken."""
        if is_right:
            is_right = self._trust(event.frame)
        return self.answer(event.frame, Result.OK if is_right else Result.FAILED)

    def send(self, phone: str, message_id: int, values: Values, now: float) -> tuple[bytes, int]:
        """The bytes of a command and its serial, its answer awaited from now on.

        Raises ExchangeError if the terminal is not here or too many commands are open,
        UnknownMessageError, EncodeError.
        """
        form = self._forms.get(phone)
        if form is None:
            raise ExchangeError("unknown_terminal")
        self._commands.check_room()
        terminal, version = form
        edition = Edition.V2013 if version is None else Edition.V2019
        body = encode_body(message_id, values, edition)
        serial, packets = self._encode(message_id, terminal, version, body)
        data = b"".join(packets)
        has_answer = message_id in _ANSWERED
        self._commands.start(
            message_id,
            serial,
            phone,
            data,
            has_answer=has_answer,
            now=now,
            parts=len(packets),
        )
        return data, serial

    def tick(self, now: float) -> list[PlatformEvent]:
        """What time alone brought: messages to send again, parts to ask for, what is given up."""
        events: list[PlatformEvent] = []
        for command in self._commands.expire(now):
            is_again = command.state is State.SENT
            events.append(Send(command.data) if is_again else CommandEnded(command))
        missing, abandoned = self._reassembler.expire(now)
        events += [Send(self._ask(parts)) for parts in missing]
        events += [PartsAbandoned(given_up.code, given_up.parts) for given_up in abandoned]
        return events

    def _encode(
        self, message_id: int, terminal: bytes, version: int | None, body: bytes
    ) -> tuple[int, tuple[bytes, ...]]:
        """Packets with serials of their own; the serial answers will name, and the packets."""
        first = self._serial
        while self._commands.is_open(first):  # the counter wrapped around an open command
            first = (first + 1) % SERIALS
        packets = encode_packets(message_id, terminal, version, first, body)
        self._serial = (first + len(packets)) % SERIALS
        if len(packets) > 1:
            self._sent.keep(first, packets)
        return first, packets

    def _ask(self, missing: Missing) -> bytes:
        values = {"first_serial": missing.first_serial, "parts": list(missing.parts)}
        return self.reply(missing.frame, ASK_PARTS, values)

    def _trust(self, frame: Frame) -> bool:
        if frame.phone not in self._forms and len(self._forms) >= self._max_terminals:
            return False
        self._trusted.add(frame.terminal)
        self._forms[frame.phone] = (frame.terminal, frame.version)
        return True

    def _is_trusted(self, frame: Frame) -> bool:
        if frame.terminal in self._trusted:
            return True
        # The same phone in the other header form: both lengths are met on one connection.
        if not self._needs_authentication or frame.phone in self._forms:
            return self._trust(frame)
        return False

    def _forget(self, frame: Frame) -> None:
        phone = frame.phone
        self._forms.pop(phone, None)
        self._trusted = {known for known in self._trusted if find_phone(known) != phone}

    def _receive(self, frame: Frame, now: float) -> list[PlatformEvent]:
        """A packet that is no plain location report."""
        if frame.attributes & ENCRYPTION_BITS:
            plain = self._decrypted(frame)
            if not isinstance(plain, Frame):
                return [plain]
            frame = plain
        if frame.message_id not in (REGISTER, AUTHENTICATE) and not self._is_trusted(frame):
            return [UnauthenticatedReceived(frame, self.answer(frame, Result.FAILED))]
        if frame.attributes & SPLIT_BIT:
            return self._join(frame, now)
        return self._dispatch(frame, now)

    def _decrypted(self, frame: Frame) -> Frame | MessageRefused:
        code = "encrypted"
        if self._decrypt is not None and frame.attributes & ENCRYPTION_BITS == RSA_BIT:
            try:
                body = self._decrypt(frame.body)
                return replace(frame, body=body, attributes=frame.attributes & ~ENCRYPTION_BITS)
            except ValueError:
                code = "not_decrypted"
        return MessageRefused(frame, code, self.answer(frame, Result.BAD_MESSAGE))

    def _join(self, part: Frame, now: float) -> list[PlatformEvent]:
        whole, abandoned = self._reassembler.add(part, now)
        events: list[PlatformEvent] = [_told(given_up) for given_up in abandoned]
        if whole is not None:
            return events + self._dispatch(whole, now)
        if not abandoned:
            answer = self.answer(part) if part.message_id == MEDIA else None
            events.append(PartReceived(part, answer))
        return events

    def _dispatch(self, frame: Frame, now: float) -> list[PlatformEvent]:
        """A whole message of a terminal that may speak."""
        message_id = frame.message_id
        if message_id == LOCATION:
            return [LocationReceived(frame)]
        if message_id == BATCH:
            reports, kind, defects = split_batch(frame.body)
            return [BatchReceived(frame, tuple(reports), kind == 1, frame.defects + defects)]
        if message_id == HEARTBEAT:
            return [HeartbeatReceived(frame)]
        if message_id == LOG_OUT:
            self._forget(frame)
            return [LoggedOut(frame)]
        row = find_message_type(message_id)
        if row is None or row.is_from_platform:
            return [UnsupportedReceived(frame, self.answer(frame, Result.UNSUPPORTED))]
        return self._tell(frame, decode(frame), row.answers, now)

    def _tell(
        self, frame: Frame, message: Message, answers: tuple[int, ...], now: float
    ) -> list[PlatformEvent]:
        values = message.values
        if frame.message_id == AUTHENTICATE and "code" in values:
            return [_read_code(frame, message)]
        if SHORT_BODY in message.defects:
            return [MessageRefused(frame, "cut_off", self.answer(frame, Result.BAD_MESSAGE))]
        if frame.message_id == REGISTER:
            return [RegistrationRequested(frame, message)]
        if frame.message_id == ANSWER:
            return self._take_result(frame, message, now)
        if frame.message_id == REQUEST_PARTS:
            return self._send_parts(frame, message)
        if answers:
            return self._take_answer(frame, message, answers, now)
        if frame.message_id == MEDIA:
            received = {"media_id": values["media_id"], "missing": None}
            return [MessageReceived(frame, message, self.reply(frame, MEDIA_ANSWER, received))]
        is_question = frame.message_id == 0x0004
        return [MessageReceived(frame, message, None if is_question else self.answer(frame))]

    def _take_result(self, frame: Frame, message: Message, now: float) -> list[PlatformEvent]:
        values = message.values
        serial, result = values["answered_serial"], values["result"]
        command = self._commands.find((values["answered_id"],), serial)
        if command is None:
            return [AnswerUnmatched(frame, message)]
        self._commands.take_result(command, serial, result == Result.OK, now)
        if command.state is State.SENT:  # a part of several
            return []
        if command.state is State.ACCEPTED:
            return [CommandAccepted(command)]
        return [CommandEnded(command, result, message, frame)]

    def _take_answer(
        self, frame: Frame, message: Message, answers: tuple[int, ...], now: float
    ) -> list[PlatformEvent]:
        serial = message.values.get("answered_serial")
        command = self._commands.find(answers, serial)
        if command is not None:
            self._commands.take(command, Step.ANSWER, now)
            return [CommandEnded(command, None, message, frame)]
        if serial is not None:
            return [AnswerUnmatched(frame, message)]
        # 0x0702 and its like also come unasked.
        return [MessageReceived(frame, message, self.answer(frame))]

    def _send_parts(self, frame: Frame, message: Message) -> list[PlatformEvent]:
        data = self._sent.find(message.values["first_serial"], message.values["parts"])
        return [Send(data) if data else AnswerUnmatched(frame, message)]


def _answered() -> frozenset[int]:
    rows = (find_message_type(message_id) for message_id in range(0x0001, 0x2000))
    return frozenset(answered for row in rows if row is not None for answered in row.answers)


_ANSWERED: Final = _answered()


def _told(given_up: Abandoned) -> PartsAbandoned:
    return PartsAbandoned(given_up.code, given_up.parts)


def _read_code(frame: Frame, message: Message) -> AuthenticationRequested:
    values = message.values
    return AuthenticationRequested(
        frame,
        values["code"],
        values.get("imei") or "",
        values.get("software") or "",
        message.defects,
    )
