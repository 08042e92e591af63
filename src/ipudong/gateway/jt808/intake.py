"""What the events of a session mean for the gateway: reports, records, answers, commands."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.services import QuarantineRow, RejectedRow
from ipudong.gateway.jt808.attributes import ATTRIBUTES, QUERY_ATTRIBUTES, UPGRADE_RESULT
from ipudong.protocols.jt808 import events as said
from ipudong.protocols.jt808.answers import Result
from ipudong.protocols.jt808.framing import wrap
from ipudong.protocols.jt808.header import ENCRYPTION_BITS, Frame, encode_content
from ipudong.protocols.jt808.locations import BLOCK_BYTES
from ipudong.protocols.jt808.message_types import Message

if TYPE_CHECKING:
    from ipudong.gateway.jt808.connection import Connection
    from ipudong.gateway.jt808.server import Server

PROTOCOL: Final = "jt808"
UNKNOWN_IDENTITY: Final = "unknown_identity"
WRONG_CREDENTIAL: Final = "wrong_credential"
# Results of 0x8100 (JT/T 808-2019, 8.6).
REGISTERED, NO_SUCH_TERMINAL, HAS_ITS_CODE = 0, 4, 3
# What a terminal says of itself when it registers, shown to whoever adopts it.
SAID_OF_ITSELF: Final = ("plate", "plate_color", "maker", "model", "terminal_id")
LOCATED: Final = (0x0201, 0x0500)  # answers that hold a location behind a serial
MEDIA: Final = 0x0801
QUERY_TIME: Final = 0x0004
SERVER_TIME: Final = 0x8004


class Intake:
    """Turns the events of one connection into reports, notes for the records, and answers."""

    def __init__(self, server: "Server", connection: "Connection") -> None:
        self._server = server
        self._connection = connection
        self.bad = self.refused = 0  # of the last turn

    def take(self, events: Iterable[said.PlatformEvent]) -> None:
        """Handle events in order."""
        self.bad = self.refused = 0
        for event in events:
            _HANDLERS[type(event)](self, event)

    # Reports.

    def _take_location(self, event: said.LocationReceived) -> None:
        frame = event.frame
        device = self._find_owner(frame)
        if device is None:
            return
        if len(frame.body) < BLOCK_BYTES:
            self._refuse(frame, "short_body")
        else:
            self._offer(device, frame, [frame.body])

    def _take_batch(self, event: said.BatchReceived) -> None:
        device = self._find_owner(event.frame)
        if device is None:
            return
        reports = [body for body in event.reports if len(body) >= BLOCK_BYTES]
        if event.defects or len(reports) != len(event.reports):
            self._reject(event.frame, "bad_batch")
        if reports:
            self._offer(device, event.frame, reports)
        else:
            self._refuse(event.frame, "short_body")

    def _offer(self, device: Device, frame: Frame, bodies: list[bytes]) -> None:
        self._server.reports.add_bodies(self._connection, device.thing_id, bodies, frame)

    def _refuse(self, frame: Frame, code: str) -> None:
        """Answer that a message is wrong, and keep it."""
        self.bad += 1
        self._reject(frame, code)
        self._connection.answer(frame, Result.BAD_MESSAGE)

    def _find_owner(self, frame: Frame) -> Device | None:
        """Whose message it is. A terminal that has not authenticated here is taken as itself only
        where the session lets it pass and its vehicle has no code; else it is refused."""
        connection = self._connection
        device = connection.known.get(frame.terminal)
        if device is not None:
            return device
        device = self._server.fleet.find(frame.phone)
        if device is None:
            self._quarantine(frame, UNKNOWN_IDENTITY)
        elif not device.credential or device.identity in connection.list_phones():
            connection.know(device, frame)
            return device
        else:
            self._note_unauthenticated(device)
        connection.answer(frame, Result.FAILED)
        return None

    def _note_unauthenticated(self, device: Device) -> None:
        self.refused += 1
        self._server.records.note_count(device.thing_id, "not_authenticated")

    # Who it is.

    def _take_registration(self, event: said.RegistrationRequested) -> None:
        connection, frame = self._connection, event.frame
        device = self._server.fleet.find(frame.phone)
        if device is None:
            self._quarantine(frame, UNKNOWN_IDENTITY, fields=describe(event.message))
            result, code = NO_SUCH_TERMINAL, ""
        elif device.credential.startswith("sha256$"):  # given by hand, and not to be told again
            result, code = HAS_ITS_CODE, ""
        else:
            result, code = REGISTERED, device.credential or frame.phone
            self._server.records.note_count(device.thing_id, "registered")
        connection.write(connection.session.answer_registration(event, result, code))

    def _take_authentication(self, event: said.AuthenticationRequested) -> None:
        connection, frame = self._connection, event.frame
        device = self._server.fleet.find(frame.phone)
        is_good = device is not None and device.accepts(event.code)
        if device is None:
            self._quarantine(frame, UNKNOWN_IDENTITY, credential=event.code)
        elif not is_good:
            self._quarantine(frame, WRONG_CREDENTIAL)
        else:
            connection.know(device, frame)
        connection.write(connection.session.answer_authentication(event, is_good))
        if device is not None and is_good:
            self._server.attributes.take_authentication(
                connection, device.thing_id, frame.phone, event.imei, event.software
            )

    def _take_unauthenticated(self, event: said.UnauthenticatedReceived) -> None:
        device = self._server.fleet.find(event.frame.phone)
        if device is None:
            self._quarantine(event.frame, UNKNOWN_IDENTITY)
        else:
            self._note_unauthenticated(device)
        self._connection.write(event.answer)

    def _quarantine(
        self, frame: Frame, reason: str, *, fields: tuple[str, ...] = (), credential: str = ""
    ) -> None:
        self.refused += 1
        self._server.records.note_quarantined(
            QuarantineRow(
                protocol=PROTOCOL,
                identity=frame.phone,
                peer=self._connection.peer,
                raw=raw_of(frame),
                reason=reason,
                at=self._server.now(),
                fields=fields,
                credential=credential,
            )
        )

    def _take_log_out(self, event: said.LoggedOut) -> None:
        self._connection.answer(event.frame)
        self._connection.forget(event.frame.phone)

    def _take_heartbeat(self, event: said.HeartbeatReceived) -> None:
        device = self._find_owner(event.frame)
        if device is not None:
            self._note_heard(device)
            self._connection.answer(event.frame)

    def _note_heard(self, device: Device) -> None:
        self._server.records.note_frames(
            device.thing_id, 1, self._server.now_us(), self._connection.peer
        )

    # Other messages.

    def _take_message(self, event: said.MessageReceived) -> None:
        """Counted, and the first of each kind kept raw: nothing is lost on us that somebody may
        need to see. A picture becomes a file."""
        frame = event.frame
        device = self._find_owner(frame)
        if device is None:
            return
        self._count(device, frame.message_id)
        if frame.message_id == MEDIA:
            self._server.media.keep(self._connection, device.thing_id, event)
            return
        if frame.message_id == QUERY_TIME:
            values = {"time": f"{self._server.now():%Y-%m-%dT%H:%M:%S}"}  # in UTC, as 2019 says
            self._connection.write(self._connection.session.reply(frame, SERVER_TIME, values))
            return
        if frame.message_id != ATTRIBUTES:
            self._keep_first(device, frame, "message")
        if event.answer is not None:
            self._connection.write(event.answer)
        self._note_itself(device, event.message, frame)

    def _note_itself(self, device: Device, message: Message, frame: Frame) -> None:
        """What a message tells of the terminal itself."""
        attributes = self._server.attributes
        if frame.message_id == ATTRIBUTES:
            attributes.take_attributes(device.thing_id, message.values)
        elif frame.message_id == UPGRADE_RESULT:
            attributes.take_upgrade_result(
                self._connection, device.thing_id, frame.phone, message.values
            )

    def _take_part(self, event: said.PartReceived) -> None:
        if event.answer is not None:
            self._connection.write(event.answer)

    def _take_unsupported(self, event: said.UnsupportedReceived) -> None:
        device = self._find_owner(event.frame)
        if device is not None:
            self._count(device, event.frame.message_id)
            self._keep_first(device, event.frame, "unknown_message")
            self._connection.write(event.answer)

    def _take_unreadable(self, event: said.MessageRefused) -> None:
        self.bad += 1
        self._reject(event.frame, event.code)
        self._connection.write(event.answer)

    def _take_bad_frame(self, event: said.FrameRejected) -> None:
        self.bad += 1
        self._reject_raw(event.bad.raw, event.bad.code, self._find_only())

    def _take_abandoned(self, event: said.PartsAbandoned) -> None:
        raw = b"".join(raw_of(part) for part in event.parts)
        self._reject_raw(raw, event.code, self._connection.known.get(event.parts[0].terminal))

    def _take_accepted(self, event: said.CommandAccepted) -> None:
        """The answer is still to come."""

    def _take_ended(self, event: said.CommandEnded) -> None:
        device = self._server.fleet.find(event.command.phone)
        if device is None:
            return
        frame = event.frame
        if frame is not None and frame.message_id in LOCATED:
            body = frame.body[2:]  # behind the serial
            if len(body) >= BLOCK_BYTES:
                self._server.reports.add_bodies(self._connection, device.thing_id, [body])
        if event.command.message_id == QUERY_ATTRIBUTES:
            self._take_asked(device, event)
        self._server.commands.end(self._connection, device.thing_id, event)

    def _take_asked(self, device: Device, event: said.CommandEnded) -> None:
        """The terminal said what it is, or does not know the question."""
        if event.message is None or event.frame is None or event.frame.message_id != ATTRIBUTES:
            self._server.attributes.take_refusal(device.thing_id)
            return
        # The answer bears no serial: behind a relay it may be another terminal's.
        owner = self._connection.known.get(event.frame.terminal, device)
        self._note_itself(owner, event.message, event.frame)

    def _take_unmatched(self, event: said.AnswerUnmatched) -> None:
        """Late or doubled answers are harmless."""

    def _take_send(self, event: said.Send) -> None:
        self._connection.write(event.data)

    # Notes.

    def _count(self, device: Device, message_id: int) -> None:
        self._note_heard(device)
        self._server.records.note_count(device.thing_id, f"jt808_{message_id:04x}")

    def _keep_first(self, device: Device, frame: Frame, code: str) -> None:
        kept, key = self._connection.kept_ids, (device.thing_id, frame.message_id)
        if key not in kept:
            kept.add(key)
            self._reject(frame, code)

    def _reject(self, frame: Frame, code: str) -> None:
        self._reject_raw(raw_of(frame), code, self._connection.known.get(frame.terminal))

    def _find_only(self) -> Device | None:
        """Whose a bad packet is: a connection with one terminal names it."""
        known = self._connection.known
        return next(iter(known.values())) if len(known) == 1 else None

    def _reject_raw(self, raw: bytes, code: str, device: Device | None) -> None:
        self._server.records.note_rejected(
            RejectedRow(
                protocol=PROTOCOL,
                peer=self._connection.peer,
                code=code,
                raw=raw,
                at=self._server.now(),
                thing_id=None if device is None else device.thing_id,
            )
        )


def raw_of(frame: Frame) -> bytes:
    """A packet as it stood on the wire; of a message joined from parts, its body."""
    try:
        content = encode_content(
            frame.message_id,
            frame.terminal,
            frame.version,
            frame.serial,
            frame.body,
            encryption=frame.attributes & ENCRYPTION_BITS,
            packages=frame.packages,
            package=frame.package,
        )
    except ValueError:  # longer than one packet
        return frame.body
    return wrap(content)


def describe(message: Message) -> tuple[str, ...]:
    """What a terminal says of itself, `plate=沪A12345` and so on."""
    values = message.values
    return tuple(f"{name}={values[name]}"[:80] for name in SAID_OF_ITSELF if values.get(name))


_HANDLERS: dict[type, Callable[[Intake, Any], None]] = {
    said.LocationReceived: Intake._take_location,
    said.BatchReceived: Intake._take_batch,
    said.RegistrationRequested: Intake._take_registration,
    said.AuthenticationRequested: Intake._take_authentication,
    said.UnauthenticatedReceived: Intake._take_unauthenticated,
    said.HeartbeatReceived: Intake._take_heartbeat,
    said.LoggedOut: Intake._take_log_out,
    said.MessageReceived: Intake._take_message,
    said.UnsupportedReceived: Intake._take_unsupported,
    said.MessageRefused: Intake._take_unreadable,
    said.FrameRejected: Intake._take_bad_frame,
    said.PartsAbandoned: Intake._take_abandoned,
    said.CommandEnded: Intake._take_ended,
    said.AnswerUnmatched: Intake._take_unmatched,
    said.CommandAccepted: Intake._take_accepted,
    said.PartReceived: Intake._take_part,
    said.Send: Intake._take_send,
}
