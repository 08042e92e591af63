"""Terminals on real sockets: what they are answered, when, and what is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from ipudong.gateway.columns import FIXED
from ipudong.gateway.jt808.tests.conftest import CODE, OPEN_PHONE, PHONE
from ipudong.gateway.jt808.tests.terminal_double import location
from ipudong.protocols.jt808.editions import Edition


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
