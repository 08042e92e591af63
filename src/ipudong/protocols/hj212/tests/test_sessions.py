"""A platform and a station facing each other: every dialogue of the standard, and its accidents."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from ipudong.protocols.hj212.commands import COMMANDS, ExeRtn, Kind, QnRtn, make_request
from ipudong.protocols.hj212.events import (
    AnswerUnmatched,
    DataReceived,
    ExchangeAccepted,
    ExchangeEnded,
    FrameRejected,
    HostEvent,
    NoticeReceived,
    PacketRefused,
    PacketRejected,
    RequestExecuted,
    RequestRefused,
    Send,
    SplitAbandoned,
    StationEvent,
    UnknownReceived,
)
from ipudong.protocols.hj212.exchange import TRANSITIONS, ExchangeError, Exchanges, State, Step
from ipudong.protocols.hj212.framing import Frame, Framer
from ipudong.protocols.hj212.host import HostSession
from ipudong.protocols.hj212.packet import Packet, encode, encode_frame, encode_split, parse_packet
from ipudong.protocols.hj212.readings import read_readings
from ipudong.protocols.hj212.station import StationSession

MN, PW, ST = "010000A8900016F000169DC0", "123456", "22"
QN = "20261122120000001"
CLOCK = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MINUTE = "DataTime=20261122120000;a34004-Avg=14,a34004-Flag=N"


class Cabinet:
    """A monitoring cabinet with three hours of history and one analyzer."""

    def list_data(self, cn: str, begin: str, end: str) -> Iterable[str]:
        hours = [f"202611221{hour}0000" for hour in range(3)]
        wanted = [hour for hour in hours if not begin or begin <= hour <= end]
        return [f"DataTime={hour};a34004-Avg={hour[9]}" for hour in wanted]

    def find_information(self, pol_id: str, info_id: str) -> str | None:
        return {("a34004", "SN"): "SN0001", ("a34004", "i13001"): "0-1000"}.get((pol_id, info_id))

    def control(self, packet: Packet) -> int:
        return ExeRtn.WRONG_CONDITION


def check(mn: str, pw: str) -> int:
    if mn != MN:
        return QnRtn.WRONG_MN
    return QnRtn.READY if pw == PW else QnRtn.WRONG_PASSWORD


@dataclass
class Pair:
    """The two sessions with a wire between them that a test can cut."""

    version: int = 1
    host: HostSession = field(default_factory=lambda: HostSession(check_identity=check))
    now: float = 1000.0
    told: list[HostEvent] = field(default_factory=list)
    station_told: list[StationEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.station = StationSession(
            mn=MN, pw=PW, st=ST, instrument=Cabinet(), version=self.version
        )

    def request(self, cn: str, cp: str = "", qn: str = QN) -> None:
        packet = make_request(cn, qn=qn, st=ST, mn=MN, pw=PW, cp=cp, version=self.version)
        self.to_station(self.host.send(packet, self.now))

    def upload(self, cn: str = "2051", cp: str = MINUTE, qn: str = QN) -> None:
        self.to_host(self.station.send_data(cn, cp, qn=qn, now=self.now))

    def to_station(self, data: bytes) -> None:
        for event in self.station.receive_data(data, self.now, CLOCK):
            self.station_told.append(event)
            if isinstance(event, Send):
                self.to_host(event.data)

    def to_host(self, data: bytes) -> None:
        for event in self.host.receive_data(data, self.now):
            self.told.append(event)
            answer = getattr(event, "answer", None)
            if answer is not None:
                self.to_station(answer)


@pytest.fixture(params=[0, 1, 2], ids=["2005", "2017", "2025"])
def pair(request: pytest.FixtureRequest) -> Pair:
    return Pair(version=request.param)


def only(packet_bytes: bytes) -> Packet:
    (frame,) = Framer().receive(packet_bytes)
    assert isinstance(frame, Frame)
    return parse_packet(frame.segment)


def test_an_upload_is_answered_with_its_own_qn_and_ends(pair: Pair) -> None:
    pair.upload()
    (received,) = pair.told
    assert isinstance(received, DataReceived)
    assert received.answer is not None
    answer = only(received.answer)
    assert (answer.cn, answer.qn, answer.st, answer.cp) == ("9014", QN, "91", "")
    assert (answer.version, answer.answer_wanted) == (pair.version, False)
    (ended,) = pair.station_told
    assert isinstance(ended, ExchangeEnded)
    assert ended.exchange.state is State.FINISHED
    assert pair.station.open_uploads == 0


def test_a_long_upload_crosses_in_parts_and_is_answered_once(pair: Pair) -> None:
    cp = "DataTime=20261122120000;" + ";".join(f"w2{n:04}-Avg={n}" for n in range(200))
    pair.upload(cp=cp)
    (received,) = pair.told
    assert isinstance(received, DataReceived)
    assert received.packet.cp == cp
    assert read_readings(received.packet).values == [float(n) for n in range(200)]
    assert pair.station.open_uploads == 0


def test_an_upload_without_an_answer_is_sent_three_more_times_and_given_up() -> None:
    pair = Pair()
    first = pair.station.send_data("2051", MINUTE, qn=QN, now=0.0)
    assert pair.station.tick(9.9) == []
    for moment in (10.0, 20.0, 30.0):
        (event,) = pair.station.tick(moment)
        assert isinstance(event, Send)
        assert event.data == first
    (event,) = pair.station.tick(40.0)
    assert isinstance(event, ExchangeEnded)
    assert event.exchange.state is State.TIMED_OUT
    assert pair.station.tick(50.0) == []


def test_the_answer_to_a_resent_upload_counts_once() -> None:
    pair = Pair()
    lost = pair.station.send_data("2051", MINUTE, qn=QN, now=0.0)
    pair.station.tick(10.0)
    pair.to_host(lost + lost)
    kinds = [type(event) for event in pair.station_told]
    assert kinds == [ExchangeEnded, AnswerUnmatched]


@pytest.mark.parametrize(("cp_name", "cn"), [("rtd_interval_s", "1061"), ("min_interval", "1063")])
def test_an_interval_is_read(pair: Pair, cp_name: str, cn: str) -> None:
    pair.request(cn)
    accepted, data, ended = pair.told
    assert isinstance(accepted, ExchangeAccepted)
    assert isinstance(data, DataReceived)
    assert data.request is accepted.exchange
    assert data.packet.cp.endswith(f"={getattr(pair.station.settings, cp_name)}")
    assert isinstance(ended, ExchangeEnded)
    assert (ended.exchange.state, ended.code) == (State.FINISHED, ExeRtn.SUCCEEDED)
    assert ended.exchange.data_packets == 1


@pytest.mark.parametrize(
    ("cn", "cp", "name", "value"),
    [
        ("1062", "RtdInterval=60", "rtd_interval_s", 60),
        ("1064", "MinInterval=5", "min_interval", 5),
        ("1072", "NewPW=654321", "pw", "654321"),
        ("1000", "OverTime=5;ReCount=2", "timeout_s", 5.0),
        ("1012", "SystemTime=20261122130000", "offset", timedelta(hours=1)),
    ],
)
def test_a_setting_is_changed_after_its_result(
    pair: Pair, cn: str, cp: str, name: str, value: object
) -> None:
    pair.request(cn, cp)
    assert [type(event) for event in pair.told] == [ExchangeAccepted, ExchangeEnded]
    assert getattr(pair.station.settings, name) == value


@pytest.mark.parametrize(
    ("cn", "cp"),
    [
        ("1062", "RtdInterval=29"),
        ("1064", "MinInterval=7"),
        ("1072", "NewPW=12345"),
        ("1000", "OverTime=x"),
        ("1012", "SystemTime=20261322130000"),
    ],
)
def test_an_impossible_setting_fails_and_changes_nothing(pair: Pair, cn: str, cp: str) -> None:
    pair.request(cn, cp)
    ended = pair.told[-1]
    assert isinstance(ended, ExchangeEnded)
    assert ended.code == ExeRtn.FAILED
    assert pair.station.settings == Pair().station.settings


def test_the_clock_is_read_in_beijing_time(pair: Pair) -> None:
    pair.request("1011")
    data = pair.told[1]
    assert isinstance(data, DataReceived)
    assert data.packet.cp == "SystemTime=20261122120000"


def test_history_of_two_hours_comes_in_its_own_time(pair: Pair) -> None:
    pair.request("2061", "BeginTime=20261122110000,EndTime=20261122120000")
    packets = [event.packet for event in pair.told if isinstance(event, DataReceived)]
    assert [read_readings(packet).values for packet in packets] == [[1.0], [2.0]]
    assert all(packet.qn == QN for packet in packets)
    assert isinstance(pair.told[-1], ExchangeEnded)


def test_history_that_is_not_there_says_no_data(pair: Pair) -> None:
    pair.request("2061", "BeginTime=20200101000000,EndTime=20200102000000")
    ended = pair.told[-1]
    assert isinstance(ended, ExchangeEnded)
    assert ended.code == ExeRtn.NO_DATA


def test_identity_and_information_of_an_analyzer_are_read(pair: Pair) -> None:
    pair.request("3019", "PolId=a34004", qn=QN)
    pair.request("3020", "PolId=a34004,InfoId=i13001", qn=QN[:-1] + "2")
    texts = [event.packet.cp for event in pair.told if isinstance(event, DataReceived)]
    assert texts == ["PolId=a34004,a34004-SN=SN0001", "PolId=a34004,i13001-Info=0-1000"]


def test_a_control_command_reports_what_the_instrument_said(pair: Pair) -> None:
    pair.request("3011", "PolId=a34004")
    executed = pair.station_told[-1]
    assert isinstance(executed, RequestExecuted)
    assert executed.code == ExeRtn.WRONG_CONDITION


def test_notices_go_both_ways(pair: Pair) -> None:
    pair.to_host(pair.station.send_notice("1013", qn=QN, now=0.0))
    assert isinstance(pair.told[0], NoticeReceived)
    assert isinstance(pair.station_told[0], ExchangeEnded)
    pair.request("2012")
    ended = pair.told[-1]
    assert isinstance(ended, ExchangeEnded)
    assert (ended.exchange.kind, ended.exchange.state) == (Kind.NOTICE, State.FINISHED)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pw": "000000"}, QnRtn.WRONG_PASSWORD),
        ({"mn": "X"}, QnRtn.WRONG_MN),
        ({"st": "32"}, QnRtn.WRONG_ST),
        ({"qn": "1"}, QnRtn.WRONG_QN),
        ({"cn": "1099"}, QnRtn.WRONG_CN),
    ],
)
def test_a_station_refuses_by_the_codes_of_the_standard(change: dict[str, str], code: int) -> None:
    fields = {"cn": "1061", "qn": QN, "st": ST, "mn": MN, "pw": PW} | change
    pair = Pair()
    send, refused = pair.station.receive_data(encode(make_request(**fields)), 0.0, CLOCK)
    assert isinstance(send, Send)
    answer = only(send.data)
    assert (answer.cn, answer.cp) == ("9011", f"QnRtn={code}")
    assert refused == RequestRefused(refused.packet, code)


def test_a_refused_request_ends_at_the_platform() -> None:
    pair = Pair()
    pair.station.settings.pw = "999999"
    pair.request("1061")
    assert isinstance(pair.told[-1], PacketRefused | ExchangeEnded)
    assert pair.told[-1].code == QnRtn.WRONG_PASSWORD


@pytest.mark.parametrize(("mn", "pw", "code"), [("X", PW, 4), (MN, "000000", 3)])
def test_an_upload_of_a_stranger_gets_no_9014_and_stops(mn: str, pw: str, code: int) -> None:
    pair = Pair()
    stranger = StationSession(mn=mn, pw=pw, st=ST, instrument=Cabinet())
    data = stranger.send_data("2051", MINUTE, qn=QN, now=0.0)
    (refused,) = pair.host.receive_data(data, 0.0)
    assert isinstance(refused, PacketRefused)
    assert refused.code == code
    assert refused.answer is not None
    assert only(refused.answer).cn == "9011"
    (ended,) = stranger.receive_data(refused.answer, 1.0, CLOCK)
    assert isinstance(ended, ExchangeEnded)
    assert (ended.exchange.state, ended.code) == (State.REFUSED, code)


def test_an_upload_that_wants_no_answer_gets_none() -> None:
    packet = Packet(qn=QN, st=ST, cn="2051", pw=PW, mn=MN, flag=4, cp=MINUTE)
    (received,) = Pair().host.receive_data(encode(packet), 0.0)
    assert isinstance(received, DataReceived)
    assert received.answer is None


@pytest.mark.parametrize(
    ("cn", "answer_cn"), [("2099", "9014"), ("1099", "9013"), ("1062", "9013")]
)
def test_an_unknown_command_is_kept_and_answered(cn: str, answer_cn: str) -> None:
    packet = Packet(qn=QN, st=ST, cn=cn, pw=PW, mn=MN, flag=9, cp="NewField=//text//")
    (received,) = Pair().host.receive_data(encode(packet), 0.0)
    assert isinstance(received, UnknownReceived)
    assert received.packet == packet
    assert received.answer is not None
    assert only(received.answer).cn == answer_cn


def test_a_request_is_sent_again_and_given_up(pair: Pair) -> None:
    request = make_request("1061", qn=QN, st=ST, mn=MN, pw=PW)
    data = pair.host.send(request, 0.0)
    resent = [event for moment in range(1, 60) for event in pair.host.tick(float(moment))]
    assert [type(event) for event in resent] == [Send, Send, Send, ExchangeEnded]
    assert isinstance(resent[0], Send)
    assert resent[0].data == data
    assert isinstance(resent[-1], ExchangeEnded)
    assert resent[-1].exchange.state is State.TIMED_OUT


def test_an_accepted_request_waits_for_execution_and_is_not_resent() -> None:
    pair = Pair()
    pair.host.send(make_request("2061", qn=QN, st=ST, mn=MN, pw=PW), 0.0)
    answer = Packet(qn=QN, st="91", cn="9011", pw=PW, mn=MN, flag=4, cp="QnRtn=1")
    pair.host.receive_data(encode(answer), 5.0)
    assert pair.host.tick(120.0) == []
    (event,) = pair.host.tick(125.0)
    assert isinstance(event, ExchangeEnded)
    assert event.exchange.state is State.TIMED_OUT


def test_data_without_a_9011_before_it_is_taken() -> None:
    pair = Pair()
    pair.host.send(make_request("1061", qn=QN, st=ST, mn=MN, pw=PW), 0.0)
    data = Packet(qn=QN, st=ST, cn="1061", pw=PW, mn=MN, flag=4, cp="RtdInterval=30")
    (received,) = pair.host.receive_data(encode(data), 1.0)
    assert isinstance(received, DataReceived)
    assert received.request is not None
    assert received.request.state is State.ACCEPTED


def test_an_answer_to_nothing_changes_nothing() -> None:
    answer = Packet(qn=QN, st="91", cn="9012", pw=PW, mn=MN, flag=4, cp="ExeRtn=1")
    assert Pair().host.receive_data(encode(answer), 0.0) == [AnswerUnmatched(answer)]


@pytest.mark.parametrize(
    ("qn", "code"), [("", "no_qn"), (QN, "qn_in_use"), (QN[:-1] + "2", "too_many_open")]
)
def test_what_cannot_be_sent_says_why(qn: str, code: str) -> None:
    host = HostSession(exchanges=Exchanges(max_open=1))
    host.send(make_request("1061", qn=QN, st=ST, mn=MN, pw=PW), 0.0)
    with pytest.raises(ExchangeError) as caught:
        host.send(make_request("1061", qn=qn, st=ST, mn=MN, pw=PW), 0.0)
    assert caught.value.code == code


@pytest.mark.parametrize("cn", ["2081", "9014", "7777"])
def test_what_is_no_request_is_not_sent(cn: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        HostSession().send(make_request(cn, qn=QN, st=ST, mn=MN, pw=PW), 0.0)
    assert caught.value.code == "no_request"


def test_broken_input_is_told_in_its_place() -> None:
    pair = Pair()
    good = pair.station.send_data("2051", MINUTE, qn=QN, now=0.0)
    stream = good.replace(b"a34004-Avg=14", b"a34004-Avg=15") + encode_frame(b"MN=1") + good
    events = pair.host.receive_data(stream, 0.0)
    assert [type(event) for event in events] == [FrameRejected, PacketRejected, DataReceived]


def split_upload(qn: str) -> list[bytes]:
    cp = ";".join(f"w2{n:04}-Avg={n}" for n in range(200))
    return encode_split(Packet(qn=qn, st=ST, cn="2051", pw=PW, mn=MN, flag=5, cp=cp))


def test_a_split_packet_that_stays_incomplete_is_given_up_with_its_parts() -> None:
    host = HostSession()
    parts = split_upload(QN)
    assert host.receive_data(parts[0], 0.0) == []
    assert host.tick(60.0) == []
    (abandoned,) = host.tick(60.1)
    assert isinstance(abandoned, SplitAbandoned)
    assert (abandoned.code, [part.pno for part in abandoned.parts]) == ("split_too_old", [1])


def test_split_packets_mixed_and_doubled_still_become_whole() -> None:
    host = HostSession()
    one, two = split_upload(QN), split_upload(QN[:-1] + "2")
    stream = [two[-1], one[0], one[0], two[0], *reversed(one[1:]), *two[1:-1]]
    events = host.receive_data(b"".join(stream), 0.0)
    assert [type(event) for event in events] == [DataReceived, DataReceived]
    for event in events:
        assert isinstance(event, DataReceived)
        assert read_readings(event.packet).values == [float(n) for n in range(200)]


def test_too_many_split_packets_push_out_the_oldest() -> None:
    host = HostSession()
    events = [
        event
        for number in range(10)
        for event in host.receive_data(split_upload(f"202611221200000{number:02}")[0], 0.0)
    ]
    assert all(isinstance(event, SplitAbandoned) for event in events)
    assert [event.code for event in events if isinstance(event, SplitAbandoned)] == [
        "split_too_many",
        "split_too_many",
    ]


def test_empty_parts_without_end_are_bounded_too() -> None:
    host = HostSession()
    parts = [
        Packet(qn=QN, st=ST, cn="2051", pw=PW, mn=MN, flag=7, pnum=9999, pno=number)
        for number in range(1, 1100)
    ]
    (abandoned,) = host.receive_data(b"".join(map(encode, parts)), 0.0)
    assert isinstance(abandoned, SplitAbandoned)
    assert (abandoned.code, len(abandoned.parts)) == ("split_too_large", 1025)


def test_an_impossible_part_number_is_given_up_at_once() -> None:
    packet = Packet(qn=QN, st=ST, cn="2051", pw=PW, mn=MN, flag=7, pnum=2, pno=3, cp=MINUTE)
    (abandoned,) = HostSession().receive_data(encode(packet), 0.0)
    assert isinstance(abandoned, SplitAbandoned)
    assert abandoned.code == "split_bad_number"


def test_every_open_state_can_end_and_no_closed_state_goes_on() -> None:
    for (kind, state), steps in TRANSITIONS.items():
        assert kind is not Kind.ANSWER
        assert state in (State.SENT, State.ACCEPTED)
        assert steps[Step.EXPIRE] is State.TIMED_OUT
        assert State.FINISHED in steps.values()


def test_command_rows_are_unique_and_say_how_they_are_answered() -> None:
    codes = [command.cn for command in COMMANDS]
    assert len(set(codes)) == len(codes)
    assert all(command.down or command.up for command in COMMANDS)
