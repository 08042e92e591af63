"""Terminals on real sockets: what they are answered, when, and what is kept."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest

from ipudong.city.identity import roles
from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.queries import read_track
from ipudong.gateway.columns import FIXED
from ipudong.gateway.jt808.bounds import Bounds
from ipudong.gateway.jt808.tests.conftest import CODE, OPEN_PHONE, PHONE
from ipudong.gateway.jt808.tests.terminal_double import TerminalDouble, location
from ipudong.protocols.jt808.editions import Edition
from ipudong.store.errors import JournalFull

OFFICER = Actor("officer", frozenset({roles.DUTY_OFFICER}))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("edition", [Edition.V2013, Edition.V2019])
async def test_a_report_is_acknowledged_with_its_serial_and_lies_in_the_journal(road, edition):
    terminal = await road.authenticated(edition=edition)
    answer = await terminal.ask(0x0200, location(121.5, 31.23, speed=36.0))
    assert answer.message_id == 0x8001
    assert answer.body == terminal.serial.to_bytes(2, "big") + b"\x02\x00\x00"
    assert answer.terminal == terminal.terminal
    (row,) = road.positions()
    assert (row["thing"], row["lon"], row["lat"], row["speed"]) == (
        road.vehicle.pk,
        pytest.approx(121.5),
        pytest.approx(31.23),
        pytest.approx(36.0),
    )
    assert row["status"] & FIXED


async def test_many_reports_in_one_chunk_are_each_acknowledged_once(road):
    terminal = await road.authenticated()
    frames = [terminal.frame(0x0200, location(121.5 + n / 1e4)) for n in range(300)]
    await terminal.send_raw(b"".join(frames))
    serials = [int.from_bytes((await terminal.receive()).body[:2], "big") for _ in frames]
    assert serials == list(range(2, 302))
    assert len(road.positions()) == 300


async def test_frames_that_share_their_marks_and_come_in_pieces_are_read(road):
    terminal = await road.authenticated()
    one, two = (terminal.frame(0x0200, location()) for _ in range(2))
    data = one + two[1:]
    await terminal.send_raw(data[:30])
    await terminal.send_raw(data[30:])
    assert [(await terminal.receive()).body[4] for _ in range(2)] == [0, 0]


# Who may speak.


async def test_a_known_vehicle_registers_and_authenticates_with_the_code_it_is_given(road):
    terminal = await road.connect()
    body = bytes.fromhex("001f0073") + b"MAKER" + b"MODEL".ljust(20, b"\0") + b"ID00001"
    answer = await terminal.ask(0x0100, body + b"\x02" + "沪A12345".encode("gbk"))
    assert (answer.message_id, answer.body[2]) == (0x8100, 0)
    assert answer.body[3:].decode() == CODE
    assert await terminal.authenticate(answer.body[3:].decode()) == 0


async def test_a_stranger_is_told_there_is_no_such_terminal_and_kept_for_adoption(road):
    # A registration captured from a real tracker (SmallChi/JT808, JT808_0x0100Test.cs).
    terminal = await road.connect("999")
    await terminal.send_raw(
        bytes.fromhex(
            "7E0100002D000000999999000A002800323132333400736D616C6C6368693132330000000000000000"
            "004348493132333001D4C1413132333435897E"
        )
    )
    with pytest.raises(TimeoutError):
        await terminal.receive(timeout=0.3)
    body = bytes.fromhex("001f0073") + b"MAKER" + b"MODEL".ljust(20, b"\0") + b"ID00001"
    answer = await terminal.ask(0x0100, body + b"\x02" + "沪B00001".encode("gbk"))
    assert answer.body[2:] == b"\x04"
    row = await road.quarantined("999")
    assert "plate=沪B00001" in row.fields
    assert "model=MODEL" in row.fields


async def test_a_wrong_code_is_refused_and_noted(road):
    terminal = await road.connect()
    assert await terminal.authenticate("wrong") == 1
    assert await terminal.report() == 1
    assert (await road.quarantined(PHONE)).reason == "wrong_credential"
    assert road.positions() == []


async def test_the_phone_number_counts_without_the_zeros_in_front(road):
    short = await road.authenticated(edition=Edition.V2013)
    assert await short.report() == 0
    long = await road.authenticated(edition=Edition.V2019)
    assert await long.report() == 0
    assert {row["thing"] for row in road.positions()} == {road.vehicle.pk}
    with pytest.raises(EOFError):  # the new connection superseded the old one
        await short.receive()


async def test_a_vehicle_without_a_code_takes_any(road):
    terminal = await road.authenticated(OPEN_PHONE, "whatever")
    assert await terminal.report() == 0


@pytest.mark.parametrize("bounds", [Bounds(reports_before_authentication=True)])
async def test_reports_before_authentication_are_taken_where_the_option_says_so(road):
    assert await (await road.connect(OPEN_PHONE)).report() == 0
    assert await (await road.connect(PHONE)).report() == 1  # this one has a code to show
    assert await (await road.connect("4711")).report() == 1
    assert [row["thing"] for row in road.positions()] == [road.open_vehicle.pk]


async def test_after_logging_out_nothing_is_taken(road):
    terminal = await road.authenticated()
    assert (await terminal.ask(0x0003)).body[4] == 0
    assert await terminal.report() == 1


async def test_one_connection_carries_several_terminals(road):
    relay = await road.authenticated()
    second = TerminalDouble(OPEN_PHONE).behind(relay)
    assert await second.authenticate("any") == 0
    assert await relay.report(lon=121.1) == 0
    assert await second.report(lon=121.2) == 0
    found = {row["thing"]: row["lon"] for row in road.positions()}
    assert found == {
        road.vehicle.pk: pytest.approx(121.1),
        road.open_vehicle.pk: pytest.approx(121.2),
    }


# What is wrong.


async def test_a_wrong_checksum_is_not_answered_and_kept_raw(road):
    terminal = await road.authenticated()
    good = terminal.frame(0x0200, location())
    bad = good[:-2] + bytes((good[-2] ^ 1,)) + good[-1:]
    await terminal.send_raw(bad + terminal.frame(0x0200, location()))
    answer = await terminal.receive()
    assert int.from_bytes(answer.body[:2], "big") == terminal.serial  # the good one alone
    assert len(road.positions()) == 1
    assert (await road.rejected("wrong_checksum")).thing_id == road.vehicle.pk


async def test_a_report_of_another_phone_amid_good_ones_is_refused(road):
    terminal = await road.authenticated()
    stranger = await road.connect("4711")
    await terminal.send_raw(terminal.frame(0x0200, location()) + stranger.frame(0x0200, location()))
    results = [(await terminal.receive()).body[4] for _ in range(2)]
    assert sorted(results) == [0, 1]
    assert len(road.positions()) == 1


async def test_a_report_too_short_to_be_one_is_a_bad_message(road):
    terminal = await road.authenticated()
    assert (await terminal.ask(0x0200, bytes(20))).body[4] == 2
    assert road.positions() == []


async def test_times_that_cannot_be_are_kept_without_a_fix(road):
    terminal = await road.authenticated()
    assert await terminal.report(at=datetime.now(UTC) + timedelta(days=400)) == 0
    body = bytearray(location())
    body[22:28] = b"\xff" * 6
    assert (await terminal.ask(0x0200, bytes(body))).body[4] == 0
    assert [row["status"] & FIXED for row in road.positions()] == [0, 0]
    await road.counted("time_off", 2)


async def test_a_report_sent_again_is_acknowledged_again_counted_and_kept_once(road):
    terminal = await road.authenticated()
    frame = terminal.frame(0x0200, location())
    for _ in range(3):
        await terminal.send_raw(frame)
        assert (await terminal.receive()).body[4] == 0
    await road.counted("repeated", 2)
    now = datetime.now(UTC)
    track = await asyncio.to_thread(read_track, OFFICER, road.vehicle.pk, now - HOUR, now + HOUR)
    assert len(track) == 1


async def test_an_unknown_message_is_unsupported_and_kept_once(road):
    terminal = await road.authenticated()
    assert (await terminal.ask(0x0F01, b"abc")).body[4] == 3
    assert (await terminal.ask(0x0F01, b"abd")).body[4] == 3
    assert (await road.rejected("unknown_message")).thing_id == road.vehicle.pk
    await road.counted("jt808_0f01", 2)


async def test_a_batch_is_answered_once_when_all_of_it_is_durable(road):
    terminal = await road.authenticated()
    bodies = [location(121.5 + n / 1000) for n in range(5)]
    batch = b"".join(len(body).to_bytes(2, "big") + body for body in bodies)
    answer = await terminal.ask(0x0704, (5).to_bytes(2, "big") + b"\x01" + batch)
    assert answer.body[2:] == b"\x07\x04\x00"
    assert len(road.positions()) == 5


async def test_a_heartbeat_is_answered(road):
    terminal = await road.authenticated()
    assert (await terminal.ask(0x0002)).body[2:] == b"\x00\x02\x00"
    assert road.vehicle.pk in road.gateway.jt808.list_connected()


# What is not durable is not acknowledged.


async def test_no_report_is_acknowledged_before_the_journal_has_it(road, monkeypatch):
    terminal = await road.authenticated()
    journal, append = road.gateway.journal, road.gateway.journal.append_mixed
    release = threading.Event()

    def wait_then_append(items):
        release.wait(5)
        return append(items)

    monkeypatch.setattr(journal, "append_mixed", wait_then_append)
    await terminal.send(0x0200, location())
    with pytest.raises(TimeoutError):
        await terminal.receive(timeout=0.3)
    release.set()
    assert (await terminal.receive()).body[4] == 0


async def test_what_the_journal_refuses_is_not_acknowledged(road, monkeypatch):
    terminal = await road.authenticated()

    def refuse(items):
        raise JournalFull("journal")

    with monkeypatch.context() as patched:
        patched.setattr(road.gateway.journal, "append_mixed", refuse)
        await terminal.send(0x0200, location())
        with pytest.raises(TimeoutError):
            await terminal.receive(timeout=0.3)
    assert await terminal.report() == 0
    assert len(road.positions()) == 1


# Hostile peers.


@pytest.mark.parametrize("bounds", [Bounds(max_bad_frames=20)])
async def test_a_flood_of_rubbish_ends_the_connection_and_disturbs_nobody(road):
    good = await road.authenticated()
    bad = await road.connect("1")
    await bad.send_raw(b"\x7erubbish rubbish rubbish\x7e" * 50)
    with pytest.raises((EOFError, ConnectionError)):
        await bad.receive()
    assert await good.report() == 0


@pytest.mark.parametrize("bounds", [Bounds(frame_timeout_s=0.5)])
async def test_a_sender_that_never_ends_its_packet_is_cut_off(road):
    slow = await road.connect("1")
    await slow.send_raw(b"\x7e\x02\x00")
    with pytest.raises((EOFError, ConnectionError)):
        await slow.receive(timeout=4)


@pytest.mark.parametrize("bounds", [Bounds(max_connections_per_peer=2)])
async def test_one_address_has_a_bounded_number_of_connections(road):
    first = await road.authenticated()
    await road.connect("2")
    third = await road.connect("3")
    with pytest.raises((EOFError, ConnectionError)):
        await third.ask(0x0002)
    assert await first.report() == 0
