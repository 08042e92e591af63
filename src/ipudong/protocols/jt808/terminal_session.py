"""A terminal's side of a connection, for simulators and tests: no I/O and no clock.

Call `connect`, feed `receive_data` until `Authenticated`, then `send` reports. Commands of the
platform are executed and answered; every event says what happened.
"""

from enum import StrEnum
from typing import Any, Final, TypeAlias

import msgspec

from ipudong.protocols.jt808.answers import Result
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.events import CommandEnded, FrameRejected, PartsAbandoned, Send
from ipudong.protocols.jt808.exchange import OPEN_STATES, SERIALS, Commands, State, Step
from ipudong.protocols.jt808.fields import SHORT_BODY, Values
from ipudong.protocols.jt808.framing import DEFAULT_LIMIT_BYTES, BadFrame, Framer
from ipudong.protocols.jt808.header import PROTOCOL_VERSION, Frame, make_terminal
from ipudong.protocols.jt808.message_types import Message
from ipudong.protocols.jt808.messages import (
    UnknownMessageError,
    decode,
    encode_body,
)
from ipudong.protocols.jt808.packets import SentParts, encode_packets
from ipudong.protocols.jt808.reassembly import Reassembler
from ipudong.protocols.jt808.terminal_answers import ANSWERS, Device

ANSWER: Final = 0x0001
HEARTBEAT: Final = 0x0002
LOG_OUT: Final = 0x0003
REGISTER: Final = 0x0100
AUTHENTICATE: Final = 0x0102
MEDIA: Final = 0x0801
PLATFORM_ANSWER: Final = 0x8001
REQUEST_PARTS: Final = 0x8003
REGISTRATION_ANSWER: Final = 0x8100
SET_PARAMETERS: Final = 0x8103
MEDIA_ANSWER: Final = 0x8800


class Phase(StrEnum):
    NEW = "new"
    REGISTERING = "registering"
    AUTHENTICATING = "authenticating"
    ONLINE = "online"
    REFUSED = "refused"


class Registered(msgspec.Struct, frozen=True):
    """The platform gave a code; what authenticates with it follows as a `Send`."""

    code: str


class RegistrationRefused(msgspec.Struct, frozen=True):
    """The result of 0x8100 that is not 0."""

    result: int


class Authenticated(msgspec.Struct, frozen=True):
    """The platform takes messages from now on."""


class AuthenticationRefused(msgspec.Struct, frozen=True):
    """The code was wrong; register again."""

    result: int


class CommandExecuted(msgspec.Struct, frozen=True):
    """The platform asked for something; its answer follows as a `Send`."""

    message: Message
    result: int


class NoticeReceived(msgspec.Struct, frozen=True):
    """A message nobody waits for, such as 0x8004 or an answer that came twice."""

    message: Message


TerminalEvent: TypeAlias = (
    FrameRejected
    | PartsAbandoned
    | Registered
    | RegistrationRefused
    | Authenticated
    | AuthenticationRefused
    | CommandExecuted
    | CommandEnded
    | NoticeReceived
    | Send
)


class TerminalSession:
    """One connection seen from the terminal. `now` is seconds of any monotonic clock.

    `registration` holds the values of 0x0100. With a `code` from before, the terminal does not
    register again (register once, authenticate at every connection).
    """

    def __init__(
        self,
        *,
        phone: str,
        edition: Edition,
        device: Device,
        registration: Values,
        code: str = "",
        imei: str = "",
        software: str = "",
        commands: Commands | None = None,
        reassembler: Reassembler | None = None,
    ) -> None:
        self.edition = edition
        self.code = code
        self.phase = Phase.NEW
        self._terminal = make_terminal(phone, edition)
        self._phone = phone
        self._version = PROTOCOL_VERSION if edition is Edition.V2019 else None
        self._device = device
        self._registration = registration
        self._imei = imei
        self._software = software
        self._framer = Framer(DEFAULT_LIMIT_BYTES)
        self._commands = commands or Commands()
        self._reassembler = reassembler or Reassembler()
        self._serial = 0
        self._sent = SentParts()

    @property
    def unanswered(self) -> int:
        """How many messages wait for the platform's answer."""
        return self._commands.open_count

    def connect(self, now: float) -> bytes:
        """The first bytes of a connection: 0x0102 with the code from before, else 0x0100."""
        if not self.code:
            self.phase = Phase.REGISTERING
            return self.send(REGISTER, self._registration, now)
        self.phase = Phase.AUTHENTICATING
        values = {"code": self.code, "imei": self._imei, "software": self._software}
        return self.send(AUTHENTICATE, values, now)

    def send(self, message_id: int, values: Values, now: float) -> bytes:
        """The packets of a message, the platform's answer awaited. Raises EncodeError,
        UnknownMessageError, ExchangeError."""
        self._commands.check_room()
        serial, packets = self._encode(message_id, encode_body(message_id, values, self.edition))
        data = b"".join(packets)
        self._commands.start(
            message_id,
            serial,
            self._phone,
            data,
            has_answer=message_id in (REGISTER, MEDIA),
            now=now,
            parts=len(packets),
        )
        return data

    def beat(self, now: float) -> bytes:
        """A heartbeat."""
        return self.send(HEARTBEAT, {}, now)

    def log_out(self, now: float) -> bytes:
        """0x0003; the code is good no more."""
        self.code = ""
        return self.send(LOG_OUT, {}, now)

    def receive_data(self, data: bytes, now: float) -> list[TerminalEvent]:
        """Take the next bytes of the platform; what they said and what to send, in order."""
        events: list[TerminalEvent] = []
        for found in self._framer.receive(data):
            if isinstance(found, BadFrame):
                events.append(FrameRejected(found))
            elif found.is_split:
                whole, abandoned = self._reassembler.add(found, now)
                events += [PartsAbandoned(given_up.code, given_up.parts) for given_up in abandoned]
                if whole is not None:
                    events += self._receive(whole, now)
            else:
                events += self._receive(found, now)
        return events

    def tick(self, now: float) -> list[TerminalEvent]:
        """Messages to send again, and those given up."""
        events: list[TerminalEvent] = []
        for command in self._commands.expire(now):
            is_again = command.state is State.SENT
            events.append(Send(command.data) if is_again else CommandEnded(command))
        _, abandoned = self._reassembler.expire(now)
        events += [PartsAbandoned(given_up.code, given_up.parts) for given_up in abandoned]
        return events

    def _encode(self, message_id: int, body: bytes) -> tuple[int, tuple[bytes, ...]]:
        first = self._serial
        while self._commands.is_open(first):
            first = (first + 1) % SERIALS
        packets = encode_packets(message_id, self._terminal, self._version, first, body)
        self._serial = (first + len(packets)) % SERIALS
        if len(packets) > 1:
            self._sent.keep(first, packets)
        return first, packets

    def _receive(self, frame: Frame, now: float) -> list[TerminalEvent]:
        try:
            message = decode(frame)
        except UnknownMessageError:
            return [self._answer(frame, Result.UNSUPPORTED)]
        if SHORT_BODY in message.defects:
            return [self._answer(frame, Result.BAD_MESSAGE)]
        values = message.values
        if frame.message_id == PLATFORM_ANSWER:
            return self._take_result(message, now)
        if frame.message_id == REGISTRATION_ANSWER:
            return self._take_code(values, now)
        if frame.message_id == REQUEST_PARTS:
            data = self._sent.find(values["first_serial"], values["parts"])
            return [Send(data)] if data else [NoticeReceived(message)]
        if frame.message_id == MEDIA_ANSWER:
            return self._take_media_answer(message, now)
        if frame.message_id == 0x8004:
            return [NoticeReceived(message)]
        return self._execute(frame, message)

    def _take_result(self, message: Message, now: float) -> list[TerminalEvent]:
        values = message.values
        serial, result = values["answered_serial"], values["result"]
        command = self._commands.find((values["answered_id"],), serial)
        if command is None:
            return [NoticeReceived(message)]
        is_good = result in (Result.OK, Result.ALARM_HANDLED)
        self._commands.take_result(command, serial, is_good, now)
        if command.message_id == AUTHENTICATE:
            self.phase = Phase.ONLINE if is_good else Phase.REFUSED
            return [Authenticated() if is_good else AuthenticationRefused(result)]
        if command.state in OPEN_STATES:
            return []
        return [CommandEnded(command, result, message)]

    def _take_code(self, values: Values, now: float) -> list[TerminalEvent]:
        command = self._commands.find((REGISTER,), values["answered_serial"])
        if command is None:
            return []
        self._commands.take(command, Step.ANSWER, now)
        if values["result"]:
            self.phase = Phase.REFUSED
            return [RegistrationRefused(values["result"])]
        self.code = values["code"]
        return [Registered(self.code), Send(self.connect(now))]

    def _take_media_answer(self, message: Message, now: float) -> list[TerminalEvent]:
        missing = message.values["missing"] or []
        command = self._commands.find((MEDIA,), None)
        if command is None:
            return [NoticeReceived(message)]
        if missing:
            return [Send(self._sent.find(command.serial, missing))]
        self._commands.take(command, Step.ANSWER, now)
        return [CommandEnded(command, None, message)]

    def _execute(self, frame: Frame, message: Message) -> list[TerminalEvent]:
        answer = ANSWERS.get(frame.message_id)
        if answer is not None:
            answer_id, make = answer
            values: dict[str, Any] = {"answered_serial": frame.serial}
            values |= make(self._device, message.values)
            _, packets = self._encode(answer_id, encode_body(answer_id, values, self.edition))
            return [CommandExecuted(message, Result.OK), Send(b"".join(packets))]
        if frame.message_id == SET_PARAMETERS:
            for item in message.values["parameters"]:
                self._device.parameters[item["id"]] = item["value"]
        result = self._device.execute(message)
        return [CommandExecuted(message, result), self._answer(frame, result)]

    def _answer(self, frame: Frame, result: int) -> Send:
        values = {
            "answered_serial": frame.serial,
            "answered_id": frame.message_id,
            "result": result,
        }
        _, packets = self._encode(ANSWER, encode_body(ANSWER, values, self.edition))
        return Send(b"".join(packets))
