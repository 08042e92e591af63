"""Frames that others captured or wrote, sent to the port as they stand."""

import asyncio
import json
from binascii import unhexlify

import pytest

from ipudong.gateway.jt808.bounds import Bounds
from ipudong.gateway.jt808.tests.conftest import register_vehicle, use_now
from ipudong.protocols.jt808.framing import Framer

OPEN = Bounds(reports_before_authentication=True, max_bad_frames=10_000, max_refused_frames=10_000)


def read_frames(shared_data):
    lines = (shared_data / "protocols" / "jt808_frames.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


async def test_a_real_dialogue_of_registering_and_authenticating(road):
    # traccar, pull request 5997: a tracker's 0x0102 and the platform's answer that it accepted.
    await asyncio.to_thread(register_vehicle, "24530313349", "authentication")
    await use_now(road.gateway)
    terminal = await road.connect("24530313349")
    await terminal.send_raw(unhexlify("7e0102000e024530313349000161757468656e7469636174696f6e307e"))
    answer = await terminal.receive()
    (expected,) = Framer().receive(unhexlify("7e8001000502453031334900010001010200bb7e"))
    assert (answer.message_id, answer.terminal, answer.body) == (
        expected.message_id,
        expected.terminal,
        expected.body,
    )
    assert await terminal.report() == 0


@pytest.mark.parametrize("bounds", [OPEN])
async def test_location_frames_of_other_projects_are_acknowledged_and_kept(road, shared_data):
    rows = [
        row
        for row in read_frames(shared_data)
        if row["msg_id"] == "0x0200" and row["checksum_ok"] and row["len_ok"]
        if not row["subpackage"] and not row["encrypt"] and row["sim"].isdigit()
    ]
    phones = {row["sim"].lstrip("0") or "0" for row in rows}
    for phone in phones:
        await asyncio.to_thread(register_vehicle, phone)
    await use_now(road.gateway)
    terminal = await road.connect("1")
    await terminal.send_raw(b"".join(unhexlify(row["hex"]) for row in rows))
    answers = [await terminal.receive() for _ in rows]
    assert {answer.body[2:] for answer in answers} == {b"\x02\x00\x00"}
    assert sorted(int.from_bytes(answer.body[:2], "big") for answer in answers) == sorted(
        row["serial"] for row in rows
    )
    kept = road.positions()
    assert len(rows) > 50
    assert len(kept) == len(rows)
    # SmallChi/JT808 asserts 12.222222, 132.444444 for its frames; they are from 2018: no fix now.
    asserted = [row for row in kept if (row["lon"], row["lat"]) == (132.444444, 12.222222)]
    assert len(asserted) > 5
    assert not any(row["status"] & 2 for row in asserted)


@pytest.mark.parametrize("bounds", [OPEN])
async def test_no_frame_of_another_project_ends_the_door(road, shared_data):
    for row in read_frames(shared_data):
        terminal = await road.connect("1")
        await terminal.send_raw(unhexlify(row["hex"]))
        await terminal.close()
    good = await road.authenticated()
    assert await good.report() == 0
