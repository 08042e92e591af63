"""A station's side of a connection: uploads with resend, and answers to the platform's requests."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from ipudong.protocols.hj212.commands import (
    DATA_ANSWER,
    EXECUTION_RESULT,
    NOTICE_ANSWER,
    REQUEST_ANSWER,
    ExeRtn,
    Kind,
    QnRtn,
    encode_answer,
    kind_from_platform,
    read_code,
)
from ipudong.protocols.hj212.data import DataArea, parse_data
from ipudong.protocols.hj212.events import (
    AnswerUnmatched,
    ExchangeEnded,
    NoticeReceived,
    RequestExecuted,
    RequestRefused,
    Send,
    StationEvent,
)
from ipudong.protocols.hj212.exchange import Exchange, Exchanges, State, Step
from ipudong.protocols.hj212.framing import DEFAULT_LIMIT_BYTES
from ipudong.protocols.hj212.intake import Intake
from ipudong.protocols.hj212.packet import (
    ANSWER_WANTED,
    VERSION_2017,
    Packet,
    encode_split,
)
from ipudong.protocols.hj212.station_settings import EXECUTORS, Done, StationSettings


class Instrument(Protocol):
    """What stands behind a station: the simulator's or a real one."""

    def list_data(self, cn: str, begin: str, end: str) -> Iterable[str]:
        """Data areas of 20xx between two times (both "" for the present), oldest first."""
        ...

    def find_information(self, pol_id: str, info_id: str) -> str | None:
        """Information of an analyzer for 3020, its serial number for 3019 (info_id "SN")."""
        ...

    def control(self, packet: Packet) -> int:
        """Carry out a control command (30xx); its ExeRtn."""
        ...


class StationSession:
    """One connection seen from a station. `now` is monotonic seconds, `clock` the station's time.

    Uploads are sent with an answer wanted and again until 9014 comes. A 9011 instead is a
    refusal by MN or PW and ends the upload.
    """

    def __init__(
        self,
        *,
        mn: str,
        pw: str,
        st: str,
        instrument: Instrument,
        version: int = VERSION_2017,
        settings: StationSettings | None = None,
        exchanges: Exchanges | None = None,
    ) -> None:
        self._mn = mn
        self._st = st
        self._version = version
        self._instrument = instrument
        self.settings = settings or StationSettings(pw=pw)
        self._exchanges = exchanges or Exchanges()
        self._intake = Intake(DEFAULT_LIMIT_BYTES)

    @property
    def open_uploads(self) -> int:
        """How many packets wait for their answer."""
        return self._exchanges.open_count

    def send_data(self, cn: str, cp: str, *, qn: str, now: float) -> bytes:
        """The frames of an upload, split if it is long; 9014 awaited. Raises ExchangeError."""
        return self._send(Kind.UPLOAD, cn, cp, qn, now)

    def send_notice(self, cn: str, cp: str = "", *, qn: str, now: float) -> bytes:
        """The frame of a notice such as 1013; 9013 awaited. Raises ExchangeError."""
        return self._send(Kind.NOTICE, cn, cp, qn, now)

    def _send(self, kind: Kind, cn: str, cp: str, qn: str, now: float) -> bytes:
        packet = self._packet(cn, cp, qn, ANSWER_WANTED)
        return self._exchanges.start(kind, packet, b"".join(encode_split(packet)), now).data

    def _packet(self, cn: str, cp: str, qn: str, bits: int) -> Packet:
        return Packet(
            qn=qn,
            st=self._st,
            cn=cn,
            pw=self.settings.pw,
            mn=self._mn,
            flag=self._version << 2 | bits,
            cp=cp,
        )

    def receive_data(self, data: bytes, now: float, clock: datetime) -> list[StationEvent]:
        """Take the next bytes from the platform; what they said and what to send back, in order."""
        events: list[StationEvent] = []
        for found in self._intake.receive(data):
            if isinstance(found, Packet):
                events += self._receive(found, now, clock)
            else:
                events.append(found)
        return events

    def tick(self, now: float) -> list[StationEvent]:
        """Uploads to send again, and those given up."""
        return [_told(exchange) for exchange in self._exchanges.expire(now)]

    def _receive(self, packet: Packet, now: float, clock: datetime) -> list[StationEvent]:
        kind = kind_from_platform(packet)
        if kind is Kind.ANSWER:
            return [self._receive_answer(packet, now)]
        code = self._check(packet, kind)
        if code != QnRtn.READY:
            answer = self._answer(packet, REQUEST_ANSWER, f"QnRtn={code}")
            return [*answer, RequestRefused(packet, code)]
        if kind is Kind.NOTICE:
            return [*self._answer(packet, NOTICE_ANSWER), NoticeReceived(packet, None)]
        return self._execute(packet, clock)

    def _check(self, packet: Packet, kind: Kind | None) -> int:
        """QnRtn by the order of the standard's table 6."""
        if packet.pw != self.settings.pw:
            return QnRtn.WRONG_PASSWORD
        if packet.mn != self._mn:
            return QnRtn.WRONG_MN
        if packet.st != self._st:
            return QnRtn.WRONG_ST
        if packet.flag is None:
            return QnRtn.WRONG_FLAG
        if "bad_qn" in packet.defects or not packet.qn:
            return QnRtn.WRONG_QN
        return QnRtn.READY if kind is not None else QnRtn.WRONG_CN

    def _execute(self, packet: Packet, clock: datetime) -> list[StationEvent]:
        accepted = self._answer(packet, REQUEST_ANSWER, f"QnRtn={QnRtn.READY}")
        done = self._do(packet, clock)
        frames = [
            frame
            for cp in done.areas
            for frame in encode_split(self._packet(packet.cn, cp, packet.qn, 0))
        ]
        data: list[StationEvent] = [Send(b"".join(frames))] if frames else []
        result = self._answer(packet, EXECUTION_RESULT, f"ExeRtn={done.code}")
        # Only now: the answers to 1072 still carry the password they were asked with.
        self.settings.apply(done.changes)
        self._exchanges.timeout_s = self.settings.timeout_s
        self._exchanges.resends = self.settings.resends
        return [*accepted, *data, *result, RequestExecuted(packet, done.code)]

    def _do(self, packet: Packet, clock: datetime) -> Done:
        area = parse_data(packet.cp)
        executor = EXECUTORS.get(packet.cn)
        if executor is not None:
            return executor(self.settings, area, clock)
        if packet.cn.startswith("20"):
            return self._read_data(packet.cn, area)
        if packet.cn in ("3019", "3020"):
            return self._read_information(packet.cn, area)
        return Done(code=self._instrument.control(packet))

    def _read_data(self, cn: str, area: DataArea) -> Done:
        begin, end = area.find("BeginTime") or "", area.find("EndTime") or ""
        areas = tuple(self._instrument.list_data(cn, begin, end))
        return Done(areas) if areas else Done(code=ExeRtn.NO_DATA)

    def _read_information(self, cn: str, area: DataArea) -> Done:
        pol_id = area.find("PolId") or ""
        info_id = "SN" if cn == "3019" else area.find("InfoId") or ""
        found = self._instrument.find_information(pol_id, info_id)
        if found is None:
            return Done(code=ExeRtn.NO_DATA)
        if cn == "3019":
            return Done((f"PolId={pol_id},{pol_id}-SN={found}",))
        return Done((f"PolId={pol_id},{info_id}-Info={found}",))

    def _answer(self, packet: Packet, cn: str, cp: str = "") -> list[StationEvent]:
        answer = encode_answer(packet, cn, cp)
        return [] if answer is None else [Send(answer)]

    def _receive_answer(self, packet: Packet, now: float) -> StationEvent:
        code = None
        step = Step.NOTICED
        if packet.cn == DATA_ANSWER:
            step = Step.ACKNOWLEDGED
        elif packet.cn == REQUEST_ANSWER:
            step, code = Step.REFUSE, read_code(packet, "QnRtn", QnRtn.UNKNOWN)
        exchange = self._exchanges.take(packet.qn, step, now)
        return AnswerUnmatched(packet) if exchange is None else ExchangeEnded(exchange, code)


def _told(exchange: Exchange) -> StationEvent:
    if exchange.state is State.SENT:
        return Send(exchange.data, exchange)
    return ExchangeEnded(exchange)
