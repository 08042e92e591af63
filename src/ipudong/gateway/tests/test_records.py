"""What the gateway noted is written once, however long the database was away, within bounds."""

import asyncio
from datetime import UTC, datetime

import pytest
from django.db import OperationalError

from ipudong.city.sensing import services
from ipudong.city.sensing.models import DeviceFacts, FrameCounter
from ipudong.city.sensing.services import QuarantineRow, RejectedRow
from ipudong.gateway import records
from ipudong.gateway.conftest import District
from ipudong.gateway.records import MAX_QUARANTINED, MAX_REJECTED, Records

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


def rejected(raw: bytes = b"##") -> RejectedRow:
    return RejectedRow("hj212", "peer", "crc", raw, NOW)


def stranger(identity: str, *fields: str) -> QuarantineRow:
    return QuarantineRow("hj212", identity, "peer", b"##", "unknown_identity", NOW, fields)


def test_what_is_put_back_is_taken_again_with_what_came_since():
    notes = Records()
    notes.note_frames(1, 3, 100, "a")
    notes.note_rejected(rejected(b"1"))
    notes.note_quarantined(stranger("x", "2011/a-Rtd"))
    notes.note_unknown_fields(1, ("f",))
    failed = notes.take()
    notes.note_frames(1, 2, 200, "b")
    notes.note_rejected(rejected(b"2"))
    notes.note_quarantined(stranger("x", "2011/b-Rtd"))
    notes.note_unknown_fields(1, ("g",))
    notes.put_back(failed)
    again = notes.take()
    assert again.counts == {(1, "frames"): 5}
    assert (again.seen, again.peers) == ({1: 200}, {1: "b"})
    assert [row.raw for row in again.rejected] == [b"1", b"2"]
    [row] = again.quarantined.values()
    assert (row.frames, row.fields) == (2, ("2011/a-Rtd", "2011/b-Rtd"))
    assert again.fields == {1: {"f", "g"}}
    assert notes.take().counts == {}


def test_the_last_that_was_heard_of_a_thing_stands():
    notes = Records()
    notes.note_frames(1, 1, 100, "a")
    notes.note_gone(2, 100)
    failed = notes.take()
    notes.note_gone(1, 200)
    notes.note_frames(2, 1, 200, "b")
    notes.put_back(failed)
    again = notes.take()
    assert (again.seen, again.gone) == ({2: 200}, {1: 200})


async def test_why_a_connection_ended_is_kept(district: District) -> None:
    older, younger = await district.connect(), await district.connect()
    for station in (older, younger):  # the younger takes the place of the older
        station.upload()
        await station.wait_for(lambda station=station: station.acknowledged)
    await older.is_closed.wait()
    await district.gateway._write_records()
    assert await asyncio.to_thread(_left_reason) == ""  # it never was away
    await younger.close()
    await asyncio.sleep(0.1)
    await district.gateway._write_records()
    assert await asyncio.to_thread(_left_reason) == "closed_by_device"


def _left_reason() -> str:
    return DeviceFacts.objects.values_list("left_reason", flat=True).first() or ""


def test_a_database_away_for_long_fills_no_memory():
    notes = Records()
    for second in range(5):
        for number in range(MAX_REJECTED):
            notes.note_rejected(rejected())
            notes.note_quarantined(stranger(f"{second}-{number}"))
        notes.put_back(notes.take())
    again = notes.take()
    assert len(again.rejected) == MAX_REJECTED
    assert len(again.quarantined) == MAX_QUARANTINED


async def test_counters_are_whole_after_the_database_was_away(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 0
    count_frames = services.count_frames

    def count_or_fail(*given, **named) -> None:
        nonlocal failures
        if failures < 2:  # after the rest was written: a part must not stand alone
            failures += 1
            raise OperationalError("disk I/O error")
        count_frames(*given, **named)

    monkeypatch.setattr(records.services, "count_frames", count_or_fail)
    station = await district.connect()
    for number in range(1, 4):
        station.send(station.make_frame(items=f"a34004-Rtd={number}"))
        await station.wait_acknowledged(number)
        await asyncio.sleep(0.7)

    def frames() -> int:
        rows = FrameCounter.objects.filter(thing=district.station, code="frames")
        return sum(row.count for row in rows)

    async with asyncio.timeout(10):
        while await asyncio.to_thread(frames) < 3:
            await asyncio.sleep(0.1)
    assert failures == 2
    assert await asyncio.to_thread(frames) == 3
    await station.close()
