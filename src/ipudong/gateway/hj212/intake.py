"""What the events of a session mean for the gateway: readings, records and answers."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from ipudong.city.sensing.profiles import HJ212
from ipudong.city.sensing.services import QuarantineRow, RejectedRow
from ipudong.gateway import figures
from ipudong.gateway.hj212.station import Layout, Station, read_columns
from ipudong.protocols.hj212 import events as said
from ipudong.protocols.hj212.commands import QnRtn
from ipudong.protocols.hj212.packet import EncodingError, Packet, encode_segment
from ipudong.protocols.hj212.readings import read_readings
from ipudong.store.quality import RESENT

if TYPE_CHECKING:
    from ipudong.gateway.hj212.connection import Connection
    from ipudong.gateway.hj212.server import Server

PROTOCOL: Final = HJ212
UNKNOWN_IDENTITY: Final = "unknown_identity"
WRONG_CREDENTIAL: Final = "wrong_credential"
ASKS_FOR_TIME: Final = "1013"
_RESENT_MARKS = bytes(value | RESENT for value in range(256))


class Taken(Struct):
    """What one turn of a connection brought. `acknowledgements` go out once all is durable."""

    frames: int = 0
    rows: int = 0
    bad_frames: int = 0
    refused: int = 0
    acknowledgements: list[bytes] = []
    answers: list[bytes] = []


class Intake:
    """Turns the events of one connection into columns of the pipeline and notes for the records."""

    def __init__(self, server: "Server", connection: "Connection") -> None:
        self._server = server
        self._connection = connection

    def take(self, events: Iterable[said.HostEvent]) -> Taken:
        """Handle events in order."""
        taken = Taken()
        now_us = self._server.now_us()
        for event in events:
            if type(event) is said.DataReceived:
                self._take_data(event, taken, now_us)
            else:
                _HANDLERS[type(event)](self, event, taken)
        return taken

    def _take_data(self, event: said.DataReceived, taken: Taken, now_us: int) -> None:
        """Put a packet's readings into the pipeline."""
        packet = event.packet
        station = self._server.get_station(packet.mn)
        if station.connection is not self._connection:
            self._server.bind(station, self._connection)
        station.heard = packet
        station.heard_at_us = now_us
        station.frames += 1
        readings = read_readings(packet)
        if readings.data_time_us is None and readings.fields and not self._has_times(readings):
            self._reject(packet, "no_data_time", station)
            return  # not acknowledged: nothing of it was kept
        is_taken = True
        if readings.fields:
            clock_ok = station.check_clock(packet, now_us) or event.request is not None
            is_taken = self._offer(station, packet, readings, taken, clock_ok)
        taken.frames += 1
        if event.answer is not None and is_taken:
            taken.acknowledgements.append(event.answer)
        if event.request is not None:
            self._server.commands.note_data(event.request.packet.qn, packet)

    @staticmethod
    def _has_times(readings: Any) -> bool:
        """Whether each value of a packet without DataTime has a time of its own."""
        return readings.times_us is not None and None not in readings.times_us

    def _offer(
        self, station: Station, packet: Packet, readings: Any, taken: Taken, clock_ok: bool
    ) -> bool:
        """Whether all was taken that the station's profile knows. If not, the packet may not be
        acknowledged: the station sends it again, when its datastreams have been made."""
        layout = station.find_layout(readings.channels)
        if layout.unknown:
            self._note_unknown(station, packet, layout)
        if not layout.datastreams:
            return not layout.awaited
        row = read_columns(layout, readings)
        count = len(row.datastreams)
        # HJ 212-2025 marks what is sent again with RF=1.
        if packet.extra and ("RF", "1") in packet.extra:
            row.qualities = row.qualities.translate(_RESENT_MARKS)
        self._server.pipeline.buffer.append(
            row.datastreams, row.times_us, row.results, row.qualities, clock_ok
        )
        taken.rows += count
        if count != len(layout.datastreams):
            missing = len(layout.datastreams) - count
            self._server.records.note_count(station.device.thing_id, "not_a_number", missing)
        return not layout.awaited

    def _note_unknown(self, station: Station, packet: Packet, layout: Layout) -> None:
        thing = station.device.thing_id
        figures.UNMAPPED.labels(PROTOCOL).inc(len(layout.unknown))
        self._server.records.note_count(thing, "unknown_channel", len(layout.unknown))
        is_new = self._server.records.note_unknown_fields(thing, layout.unknown)
        if is_new and len(layout.awaited) < len(layout.unknown):
            self._reject(
                packet, "has_unknown_channel", station
            )  # kept raw, once for each new field

    # What is refused.

    def _reject(self, packet: Packet, code: str, station: Station | None) -> None:
        self._reject_raw(_raw(packet), code, station)

    def _reject_raw(self, raw: bytes, code: str, station: Station | None = None) -> None:
        server = self._server
        self._server.records.note_rejected(
            RejectedRow(
                protocol=PROTOCOL,
                peer=self._connection.peer,
                code=code,
                raw=raw,
                at=server.now(),
                thing_id=self._thing_of(station),
            )
        )

    def _thing_of(self, station: Station | None) -> int | None:
        """Whose a bad frame is: a connection with one station names it."""
        identities = self._connection.identities
        if station is None and len(identities) == 1:
            station = self._server.find_station(next(iter(identities)))
        return None if station is None else station.device.thing_id

    def _take_bad_frame(self, event: said.FrameRejected, taken: Taken) -> None:
        taken.bad_frames += 1
        self._reject_raw(event.bad.raw, event.bad.code)

    def _take_bad_packet(self, event: said.PacketRejected, taken: Taken) -> None:
        taken.bad_frames += 1
        self._reject_raw(event.raw, event.code)

    def _take_abandoned(self, event: said.SplitAbandoned, taken: Taken) -> None:
        raw = b"\r\n".join(_raw(part) for part in event.parts)
        self._reject_raw(raw, event.code, self._server.find_station(event.parts[0].mn))

    def _take_refused(self, event: said.PacketRefused, taken: Taken) -> None:
        packet = event.packet
        taken.refused += 1
        unknown = event.code == QnRtn.WRONG_MN
        fields = read_readings(packet).channels if packet.cn.startswith("20") else ()
        self._server.records.note_quarantined(
            QuarantineRow(
                protocol=PROTOCOL,
                identity=packet.mn,
                peer=self._connection.peer,
                raw=_raw(packet),
                reason=UNKNOWN_IDENTITY if unknown else WRONG_CREDENTIAL,
                at=self._server.now(),
                fields=fields,
                credential=packet.pw,
            )
        )
        if event.answer is not None:
            taken.answers.append(event.answer)

    # What is neither data nor wrong.

    def _take_unknown(self, event: said.UnknownReceived, taken: Taken) -> None:
        station = self._server.get_station(event.packet.mn)
        self._server.bind(station, self._connection)
        self._reject(event.packet, "unknown_command", station)
        if event.answer is not None:
            taken.answers.append(event.answer)

    def _take_notice(self, event: said.NoticeReceived, taken: Taken) -> None:
        station = self._server.get_station(event.packet.mn)
        self._server.bind(station, self._connection)
        self._server.records.note_count(station.device.thing_id, "notices")
        if event.answer is not None:
            taken.answers.append(event.answer)
        if event.packet.cn == ASKS_FOR_TIME:
            self._server.commands.set_time(station, event.packet)

    def _take_send(self, event: said.Send, taken: Taken) -> None:
        taken.answers.append(event.data)

    def _take_accepted(self, event: said.ExchangeAccepted, taken: Taken) -> None:
        """The result is still to come."""

    def _take_ended(self, event: said.ExchangeEnded, taken: Taken) -> None:
        self._server.commands.end(event.exchange, event.code)

    def _take_unmatched(self, event: said.AnswerUnmatched, taken: Taken) -> None:
        """Late or doubled answers are harmless."""


def _raw(packet: Packet) -> bytes:
    """The segment of a packet; what cannot be said again in the standard's form is said plainly."""
    try:
        return encode_segment(packet)
    except EncodingError:
        return f"{packet.qn};{packet.cn};{packet.mn};{packet.extra};{packet.cp}".encode()


_HANDLERS: dict[type, Callable[[Intake, Any, Taken], None]] = {
    said.FrameRejected: Intake._take_bad_frame,
    said.PacketRejected: Intake._take_bad_packet,
    said.SplitAbandoned: Intake._take_abandoned,
    said.PacketRefused: Intake._take_refused,
    said.UnknownReceived: Intake._take_unknown,
    said.NoticeReceived: Intake._take_notice,
    said.Send: Intake._take_send,
    said.ExchangeAccepted: Intake._take_accepted,
    said.ExchangeEnded: Intake._take_ended,
    said.AnswerUnmatched: Intake._take_unmatched,
}
