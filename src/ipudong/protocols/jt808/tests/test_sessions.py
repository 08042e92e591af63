"""Two sessions facing each other: the platform's and a terminal's, both editions."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from ipudong.protocols.jt808.answers import Result
from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.events import (
    AnswerUnmatched,
    AuthenticationRequested,
    BatchReceived,
    CommandAccepted,
    CommandEnded,
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
from ipudong.protocols.jt808.exchange import ExchangeError, State
from ipudong.protocols.jt808.framing import Framer, encode_frame
from ipudong.protocols.jt808.header import RSA_BIT, Frame, make_terminal
from ipudong.protocols.jt808.locations import decode_locations
from ipudong.protocols.jt808.message_types import Message
from ipudong.protocols.jt808.messages import encode_body
from ipudong.protocols.jt808.packets import SentParts, encode_packets
from ipudong.protocols.jt808.platform_session import PlatformSession
from ipudong.protocols.jt808.reassembly import Reassembler
from ipudong.protocols.jt808.terminal_session import (
    AuthenticationRefused,
    CommandExecuted,
    Phase,
    RegistrationRefused,
    TerminalEvent,
    TerminalSession,
)

PHONE = "13800138000"
NOW = 100.0
LOCATION: dict[str, Any] = {
    "status": 3,
    "latitude": 31.2304,
    "longitude": 121.4737,
    "altitude": 12,
    "speed": 36.5,
    "heading": 90,
    "time": "2026-11-22T08:20:00",
    "items": [{"id": 1, "value": 100.0}, {"id": 2, "value": 32.5}],
}
REGISTRATION = {
    "province": 31,
    "county": 115,
    "maker": "12345",
    "model": "EC200U",
    "terminal_id": "T000001",
    "plate_color": 2,
    "plate": "沪A12345",
}


@dataclass
class Bus:
    """A device that does all it is told."""

    parameters: dict[int, Any] = field(default_factory=lambda: {0x0029: 30, 0x0013: "127.0.0.1"})
    attributes: dict[str, Any] = field(
        default_factory=lambda: {
            "terminal_type": 7,
            "maker": "12345",
            "model": "EC200U",
            "terminal_id": "T000001",
            "iccid": "89860324947560032900",
            "hardware": "V1",
            "firmware": "V2",
            "gnss": 3,
            "radio": 1,
        }
    )
    driver: dict[str, Any] = field(
        default_factory=lambda: {
            "card_state": 1,
            "time": "2026-11-22T08:00:00",
            "result": 0,
            "name": "张三",
            "license": "310000199001011234",
            "authority": "上海市交通委员会",
            "valid_until": "20301231",
            "identity_card": "310115199001011234",
        }
    )
    heard: list[Message] = field(default_factory=list)
    result: int = Result.OK

    def read_location(self) -> dict[str, Any]:
        return LOCATION

    def execute(self, message: Message) -> int:
        self.heard.append(message)
        return self.result


class Pair:
    """A platform and a terminal, the bytes of each given to the other."""

    def __init__(self, edition: Edition, code: str = "") -> None:
        self.bus = Bus()
        self.terminal = TerminalSession(
            phone=PHONE,
            edition=edition,
            device=self.bus,
            registration=REGISTRATION,
            code=code,
            imei="861234567890123",
            software="V1.0",
        )
        self.platform = PlatformSession()
        self.platform_events: list[PlatformEvent] = []
        self.terminal_events: list[TerminalEvent] = []

    def up(self, data: bytes) -> None:
        """Give bytes to the platform and its answers to the terminal, until both are silent."""
        for event in self.platform.receive_data(data, NOW):
            self.platform_events.append(event)
            if answer := self.answer(event):
                self.down(answer)

    def down(self, data: bytes) -> None:
        for event in self.terminal.receive_data(data, NOW):
            self.terminal_events.append(event)
            if isinstance(event, Send):
                self.up(event.data)

    def answer(self, event: PlatformEvent) -> bytes | None:
        if isinstance(event, RegistrationRequested):
            return self.platform.answer_registration(event, 0, "secret")
        if isinstance(event, AuthenticationRequested):
            return self.platform.answer_authentication(event, event.code == "secret")
        if isinstance(event, LocationReceived | BatchReceived | HeartbeatReceived | LoggedOut):
            return self.platform.answer(event.frame)
        if isinstance(event, Send):
            return event.data
        return getattr(event, "answer", None)

    def command(self, message_id: int, **values: Any) -> CommandEnded:
        data, _ = self.platform.send(PHONE, message_id, values, NOW)
        self.down(data)
        event = self.platform_events[-1]
        assert isinstance(event, CommandEnded), event
        return event


@pytest.fixture(params=[Edition.V2013, Edition.V2019])
def pair(request: pytest.FixtureRequest) -> Pair:
    pair = Pair(request.param)
    pair.up(pair.terminal.connect(NOW))
    assert pair.terminal.phase is Phase.ONLINE
    return pair


def test_a_terminal_registers_then_shows_its_code(pair: Pair) -> None:
    registration, authentication = pair.platform_events
    assert isinstance(registration, RegistrationRequested)
    assert registration.message.values == REGISTRATION
    assert registration.message.defects == ()
    assert isinstance(authentication, AuthenticationRequested)
    is_new = pair.terminal.edition is Edition.V2019
    assert authentication.code == "secret"
    assert authentication.imei == ("861234567890123" if is_new else "")
    assert pair.platform.list_phones() == [PHONE]


def test_a_terminal_with_a_code_does_not_register_again() -> None:
    pair = Pair(Edition.V2019, code="secret")
    pair.up(pair.terminal.connect(NOW))
    assert [type(event) for event in pair.platform_events] == [AuthenticationRequested]


def test_a_wrong_code_is_refused_and_nothing_is_taken_after_it() -> None:
    pair = Pair(Edition.V2013, code="guess")
    pair.up(pair.terminal.connect(NOW))
    assert pair.terminal_events == [AuthenticationRefused(Result.FAILED)]
    pair.up(pair.terminal.send(0x0200, {"location": LOCATION}, NOW))
    assert isinstance(pair.platform_events[-1], UnauthenticatedReceived)
    with pytest.raises(ExchangeError):
        pair.platform.send(PHONE, 0x8201, {}, NOW)


def test_a_refused_registration_tells_why() -> None:
    pair = Pair(Edition.V2019)
    (event,) = pair.platform.receive_data(pair.terminal.connect(NOW), NOW)
    assert isinstance(event, RegistrationRequested)
    pair.down(pair.platform.answer_registration(event, 4))
    assert pair.terminal_events == [RegistrationRefused(4)]


def test_reports_are_columns_and_acknowledged_one_by_one(pair: Pair) -> None:
    for _ in range(3):
        pair.up(pair.terminal.send(0x0200, {"location": LOCATION}, NOW))
    frames = [e.frame for e in pair.platform_events if isinstance(e, LocationReceived)]
    found = decode_locations([frame.body for frame in frames], 1_795_307_000_000_000)
    assert found.is_valid.all()
    assert found.lat.tolist() == [31.2304] * 3
    assert found.items["fuel"].tolist() == [32.5] * 3
    assert pair.terminal.unanswered == 0


def test_a_batch_kept_while_offline_is_told_as_late(pair: Pair) -> None:
    report = encode_body(0x0200, {"location": LOCATION}, pair.terminal.edition)
    pair.up(pair.terminal.send(0x0704, {"batch_type": 1, "reports": [report] * 5}, NOW))
    event = pair.platform_events[-1]
    assert isinstance(event, BatchReceived)
    assert (event.is_late, event.reports, event.defects) == (True, (report,) * 5, ())
    assert pair.terminal.unanswered == 0


def test_a_batch_in_parts_is_joined_and_answered_once(pair: Pair) -> None:
    report = encode_body(0x0200, {"location": LOCATION}, pair.terminal.edition)
    pair.up(pair.terminal.send(0x0704, {"batch_type": 0, "reports": [report] * 60}, NOW))
    parts = [e for e in pair.platform_events if isinstance(e, PartReceived)]
    assert len(parts) == 2
    assert all(part.answer is None for part in parts)
    event = pair.platform_events[-1]
    assert isinstance(event, BatchReceived)
    assert len(event.reports) == 60


def test_a_picture_in_parts_is_answered_part_by_part_and_as_a_whole(pair: Pair) -> None:
    picture = bytes(range(256)) * 20
    values = {
        "media_id": 7,
        "media_type": 0,
        "format": 0,
        "event": 1,
        "channel": 1,
        "location": LOCATION,
        "data": picture,
    }
    pair.up(pair.terminal.send(0x0801, values, NOW))
    event = pair.platform_events[-1]
    assert isinstance(event, MessageReceived)
    assert event.message.values["data"] == picture
    assert pair.terminal.unanswered == 0


def test_missing_parts_are_asked_for_and_sent_again(pair: Pair) -> None:
    report = encode_body(0x0200, {"location": LOCATION}, pair.terminal.edition)
    data = pair.terminal.send(0x0704, {"batch_type": 0, "reports": [report] * 90}, NOW)
    packets = [b"\x7e" + piece + b"\x7e" for piece in data.split(b"\x7e") if piece]
    assert len(packets) == 4
    pair.up(packets[0] + packets[2])
    assert pair.platform.tick(NOW + 5) == []
    (ask,) = pair.platform.tick(NOW + 11)
    assert isinstance(ask, Send)
    pair.down(ask.data)
    event = pair.platform_events[-1]
    assert isinstance(event, BatchReceived)
    assert len(event.reports) == 90


def test_parts_that_never_come_are_given_up(pair: Pair) -> None:
    report = encode_body(0x0200, {"location": LOCATION}, pair.terminal.edition)
    data = pair.terminal.send(0x0704, {"batch_type": 0, "reports": [report] * 60}, NOW)
    pair.platform.receive_data(data[: data.index(b"\x7e\x7e") + 1], NOW)
    said = [pair.platform.tick(NOW + 11 * n) for n in range(1, 6)]
    kinds = [type(event) for events in said for event in events]
    assert kinds == [Send, Send, Send, PartsAbandoned]


def test_queries_end_with_their_own_answer(pair: Pair) -> None:
    is_new = pair.terminal.edition is Edition.V2019
    assert pair.command(0x8104).message.values["parameters"] == [
        {"id": 0x29, "name": "report_interval", "value": 30},
        {"id": 0x13, "name": "server", "value": "127.0.0.1"},
    ]
    some = pair.command(0x8106, parameter_ids=[0x13]).message
    assert [item["id"] for item in some.values["parameters"]] == [0x13]
    assert pair.command(0x8107).message.values == pair.bus.attributes
    assert pair.command(0x8201).message.values["location"]["speed"] == 36.5
    driver = pair.command(0x8702).message.values
    assert driver["name"] == "张三"
    assert ("identity_card" in driver) == is_new
    control = {"controls": [{"control": 1, "value": 1}]} if is_new else {"flags": 1}
    assert pair.command(0x8500, **control).message.name == "vehicle_control_answer"
    assert pair.platform.open_commands == 0


def test_commands_end_with_the_result_of_the_general_answer(pair: Pair) -> None:
    parameters = [{"id": 0x29, "value": 10}]
    assert pair.command(0x8103, parameters=parameters).result == Result.OK
    assert pair.bus.parameters[0x29] == 10
    pair.bus.result = Result.UNSUPPORTED
    ended = pair.command(0x8300, flags=8, text_type=1, text="前方拥堵，请绕行")
    assert (ended.command.state, ended.result) == (State.REFUSED, Result.UNSUPPORTED)
    assert pair.bus.heard[-1].values["text"] == "前方拥堵，请绕行"


def test_areas_and_routes_reach_the_terminal_as_they_were(pair: Pair) -> None:
    circle = {
        "area_id": 1,
        "attributes": 3,
        "latitude": 31.2,
        "longitude": 121.5,
        "radius_m": 500,
        "starts": "2026-11-22T00:00:00",
        "ends": "2026-12-22T00:00:00",
        "max_speed": 60,
        "overspeed_s": 10,
        "night_speed": 40,
        "name": "世纪大道",
    }
    pair.command(0x8600, action=0, areas=[circle])
    (received,) = pair.bus.heard[-1].values["areas"]
    if pair.terminal.edition is Edition.V2013:
        del circle["night_speed"], circle["name"]
    assert received == circle
    pair.command(0x8601, area_ids=[1, 2])
    assert pair.bus.heard[-1].values == {"area_ids": [1, 2]}


def test_a_command_without_an_answer_is_sent_again_with_growing_waits(pair: Pair) -> None:
    data, _ = pair.platform.send(PHONE, 0x8201, {}, NOW)
    # T(N+1) = T(N) x (N+1): 10, 20, 60, 240 seconds.
    for at in (NOW + 10, NOW + 30, NOW + 90):
        assert pair.platform.tick(at - 0.5) == []
        assert pair.platform.tick(at) == [Send(data)]
    (ended,) = pair.platform.tick(NOW + 330)
    assert isinstance(ended, CommandEnded)
    assert ended.command.state is State.TIMED_OUT


def test_an_accepted_query_is_not_sent_again_and_its_late_answer_counts(pair: Pair) -> None:
    _, serial = pair.platform.send(PHONE, 0x8201, {}, NOW)
    pair.up(
        pair.terminal.send(
            0x0001, {"answered_serial": serial, "answered_id": 0x8201, "result": 0}, NOW
        )
    )
    assert isinstance(pair.platform_events[-1], CommandAccepted)
    assert pair.platform.tick(NOW + 30) == []
    pair.up(pair.terminal.send(0x0201, {"answered_serial": serial, "location": LOCATION}, NOW))
    assert isinstance(pair.platform_events[-1], CommandEnded)


def test_an_answer_that_comes_twice_is_unmatched(pair: Pair) -> None:
    pair.command(0x8201)
    answer = {"answered_serial": 2, "location": LOCATION}
    pair.up(pair.terminal.send(0x0201, answer, NOW))
    assert isinstance(pair.platform_events[-1], AnswerUnmatched)


def test_after_logging_out_the_terminal_must_show_its_code_again(pair: Pair) -> None:
    pair.up(pair.terminal.log_out(NOW))
    assert isinstance(pair.platform_events[-1], LoggedOut)
    pair.up(pair.terminal.beat(NOW))
    assert isinstance(pair.platform_events[-1], UnauthenticatedReceived)


def test_an_unknown_message_is_kept_and_answered_as_unsupported(pair: Pair) -> None:
    terminal = make_terminal(PHONE, pair.terminal.edition)
    version = 1 if pair.terminal.edition is Edition.V2019 else None
    (event,) = pair.platform.receive_data(
        encode_frame(0x0F01, terminal, version, 9, b"\x01\x02"), NOW
    )
    assert isinstance(event, UnsupportedReceived)
    assert event.frame.body == b"\x01\x02"
    (answer,) = Framer().receive(event.answer)
    assert isinstance(answer, Frame)
    assert answer.body == b"\x00\x09\x0f\x01\x03"


def test_a_message_cut_off_is_answered_as_bad(pair: Pair) -> None:
    terminal = make_terminal(PHONE, Edition.V2013)
    (event,) = pair.platform.receive_data(encode_frame(0x0800, terminal, None, 9, b"\x01"), NOW)
    assert isinstance(event, MessageRefused)
    assert event.code == "cut_off"
    assert event.answer[13:18] == b"\x00\x09\x08\x00\x02"


def test_an_encrypted_message_is_refused_unless_there_is_a_key(pair: Pair) -> None:
    terminal = make_terminal(PHONE, Edition.V2013)
    data = encode_frame(0x0002, terminal, None, 9, b"\x55", encryption=RSA_BIT)
    (event,) = pair.platform.receive_data(data, NOW)
    assert isinstance(event, MessageRefused)
    assert event.code == "encrypted"

    def refuse(body: bytes) -> bytes:
        raise ValueError

    keyless = PlatformSession(needs_authentication=False, decrypt=refuse)
    (event,) = keyless.receive_data(data, NOW)
    assert isinstance(event, MessageRefused)
    assert event.code == "not_decrypted"
    open_platform = PlatformSession(needs_authentication=False, decrypt=lambda body: b"")
    (heard,) = open_platform.receive_data(data, NOW)
    assert isinstance(heard, HeartbeatReceived)
    assert heard.frame.body == b""


def test_both_header_forms_of_one_phone_are_taken_on_one_connection() -> None:
    platform = PlatformSession()
    old = make_terminal(PHONE, Edition.V2013)
    new = make_terminal(PHONE, Edition.V2019)
    (event,) = platform.receive_data(encode_frame(0x0102, old, None, 0, b"code"), NOW)
    assert isinstance(event, AuthenticationRequested)
    platform.answer_authentication(event, True)
    report = encode_body(0x0200, {"location": LOCATION}, Edition.V2019)
    (heard,) = platform.receive_data(encode_frame(0x0200, new, 1, 1, report), NOW)
    assert isinstance(heard, LocationReceived)
    (answer,) = Framer().receive(platform.answer(heard.frame))
    assert isinstance(answer, Frame)
    assert (answer.version, answer.terminal) == (1, new)
    data, _ = platform.send(PHONE, 0x8201, {}, NOW)
    assert data[5] == 1  # commands take the form used last


def test_one_connection_carries_only_so_many_terminals() -> None:
    platform = PlatformSession(max_terminals=2)
    results = []
    for phone in ("1", "2", "3"):
        frame = encode_frame(0x0102, make_terminal(phone, Edition.V2013), None, 0, b"code")
        (event,) = platform.receive_data(frame, NOW)
        assert isinstance(event, AuthenticationRequested)
        results.append(platform.answer_authentication(event, True)[17])
    assert results == [Result.OK, Result.OK, Result.FAILED]


def test_parts_are_bounded_in_bytes() -> None:
    platform = PlatformSession(
        needs_authentication=False, reassembler=Reassembler(max_bytes=10_000)
    )
    terminal = make_terminal(PHONE, Edition.V2013)
    packets = encode_packets(0x0801, terminal, None, 0, bytes(40_000))
    events = platform.receive_data(b"".join(packets[:-1]), NOW)
    given_up = [event for event in events if isinstance(event, PartsAbandoned)]
    assert [event.code for event in given_up] == ["parts_too_large"] * 4


def test_a_command_in_parts_ends_when_its_last_part_is_acknowledged(pair: Pair) -> None:
    firmware = bytes(range(256)) * 20
    values = {"upgrade_type": 0, "maker": "M", "version": "2.0", "data": firmware}
    data, serial = pair.platform.send(PHONE, 0x8108, values, NOW)
    first = {"answered_serial": serial, "answered_id": 0x8108, "result": 0}
    # Some terminals acknowledge every part, ours the whole with the serial of the last.
    assert pair.platform.receive_data(pair.terminal.send(0x0001, first, NOW), NOW) == []
    pair.down(data)
    event = pair.platform_events[-1]
    assert isinstance(event, CommandEnded)
    assert (event.command.state, event.result) == (State.FINISHED, Result.OK)
    assert pair.bus.heard[-1].values["data"] == firmware
    assert pair.platform.open_commands == 0


def test_parts_of_a_command_are_sent_again_when_the_terminal_asks(pair: Pair) -> None:
    values = {"upgrade_type": 0, "maker": "M", "version": "2.0", "data": bytes(5000)}
    data, serial = pair.platform.send(PHONE, 0x8108, values, NOW)
    asked = {"first_serial": serial, "parts": [2, 4, 99]}
    (again,) = pair.platform.receive_data(pair.terminal.send(0x0005, asked, NOW), NOW)
    assert isinstance(again, Send)
    packets = [b"\x7e" + piece + b"\x7e" for piece in data.split(b"\x7e") if piece]
    assert again.data == packets[1] + packets[3]


def test_parts_kept_to_be_sent_again_are_bounded() -> None:
    sent = SentParts(max_bytes=100)
    for serial in range(50):
        sent.keep(serial, (bytes(30), bytes(30)))
    assert sent.find(49, [1, 2]) == bytes(60)
    assert sent.find(48, [1]) == b""


def test_the_terminal_says_what_it_executed(pair: Pair) -> None:
    pair.command(0x8105, command=4, arguments=None)
    executed = [e for e in pair.terminal_events if isinstance(e, CommandExecuted)]
    assert executed[-1].message.values["command"] == 4
