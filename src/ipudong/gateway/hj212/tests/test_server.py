"""Stations on real sockets: durable before acknowledged, and what else the server promises."""

import asyncio
from datetime import UTC, datetime, timedelta

from ipudong.gateway.hj212.tests.conftest import Door
from ipudong.gateway.hj212.tests.station_double import MN
from ipudong.gateway.tests.doubles import FACTORS, make_device, make_directory, results_of
from ipudong.protocols.hj212 import events as said
from ipudong.protocols.hj212.packet import Packet, encode, encode_split
from ipudong.protocols.hj212.times import format_qn, format_time
from ipudong.store.errors import JournalFull
from ipudong.store.quality import RESENT


async def test_a_frame_is_acknowledged_with_its_readings_stored(door: Door) -> None:
    station = await door.connect()
    at = datetime(2026, 11, 22, 3, 4, tzinfo=UTC)
    station.upload(12.5, at)
    await station.wait_acknowledged(1)
    rows = door.committer.rows()
    assert [row["datastream"] for row in rows] == list(range(1, 9))
    assert set(results_of(rows)) == {12.5}
    assert {row["time"] for row in rows} == {at}
    await station.close()


async def test_nothing_is_acknowledged_before_it_is_durable(door: Door) -> None:
    door.committer.hold = asyncio.Event()
    station = await door.connect()
    station.upload()
    await asyncio.sleep(0.1)
    assert station.acknowledged == 0
    door.committer.hold.set()
    await station.wait_acknowledged(1)
    await station.close()


async def test_a_full_disk_acknowledges_nothing_keeps_the_connection_and_recovers(
    door: Door,
) -> None:
    door.committer.error = JournalFull("journal.sqlite3", "disk is full")
    station = await door.connect()
    frame = station.upload(1.0)
    await asyncio.sleep(0.1)
    assert station.acknowledged == 0
    assert not station.is_closed.is_set()
    assert isinstance(door.server.pipeline.last_error, JournalFull)
    door.committer.error = None
    station.send(frame)  # what the standard's time-out makes the station do
    await station.wait_acknowledged(1)
    assert set(results_of(door.committer.rows())) == {1.0}
    await station.close()


async def test_frames_may_be_cut_anywhere(door: Door) -> None:
    station = await door.connect()
    for byte in station.make_frame(3.25):
        station.send(bytes([byte]))
        await asyncio.sleep(0)
    await station.wait_acknowledged(1)
    assert set(results_of(door.committer.rows())) == {3.25}
    await station.close()


async def test_a_split_packet_is_one_upload(door: Door) -> None:
    station = await door.connect()
    packet = Packet(
        qn=format_qn(datetime.now(UTC)),
        st="22",
        cn="2011",
        pw="123456",
        mn=MN,
        flag=5,
        cp=f"DataTime={format_time(datetime.now(UTC))};"
        + ";".join(f"{factor}-Rtd=4.5,{factor}-Flag=N" for factor in FACTORS),
    )
    frames = encode_split(packet, limit_bytes=200)
    assert len(frames) > 2
    for frame in frames:
        station.send(frame)
        await station.drain()
    await station.wait_for(lambda: station.events)
    assert results_of(door.committer.rows()) == [4.5] * 8
    await station.close()


async def test_a_flag_letter_becomes_the_source_mark(door: Door) -> None:
    station = await door.connect()
    station.send(station.make_frame(items="a34004-Rtd=1,a34004-Flag=D;a34002-Rtd=2,a34002-Flag=N"))
    await station.wait_acknowledged(1)
    assert [row["quality"] for row in door.committer.rows()] == [4, 0]
    await station.close()


async def test_what_is_no_number_is_left_out_and_counted(door: Door) -> None:
    station = await door.connect()
    station.send(station.make_frame(items="a34004-Rtd=////;a34002-Rtd=2"))
    await station.wait_acknowledged(1)
    assert results_of(door.committer.rows()) == [2.0]
    assert door.records.take().counts[1, "not_a_number"] == 1
    await station.close()


async def test_fields_without_a_datastream_are_counted_and_offered_to_the_profile(
    door: Door,
) -> None:
    station = await door.connect()
    station.send(station.make_frame(items="a34004-Rtd=1;a99999-Rtd=2"))
    await station.wait_acknowledged(1)
    notes = door.records.take()
    assert notes.counts[1, "unknown_channel"] == 1
    assert notes.fields == {1: {"2011/a99999-Rtd"}}
    assert [row.code for row in notes.rejected] == ["has_unknown_channel"], "kept raw, once"
    station.send(station.make_frame(items="a34004-Rtd=3;a99999-Rtd=4"))
    await station.wait_acknowledged(2)
    assert door.records.take().rejected == []
    await station.close()


async def test_a_frame_the_sender_marks_as_sent_again_is_marked_so(door: Door) -> None:
    station = await door.connect()
    now = datetime.now(UTC)
    packet = Packet(
        qn=format_qn(now),
        st="22",
        cn="2061",
        pw="123456",
        mn=MN,
        flag=9,
        extra=(("RF", "1"),),
        cp=f"DataTime={format_time(now - timedelta(hours=5))};a34004-Avg=5",
    )
    station.send(encode(packet))
    await station.wait_for(lambda: station.events)
    assert [row["quality"] & RESENT for row in door.committer.rows()] == [RESENT]
    await station.close()


async def test_a_frame_without_a_time_is_kept_as_rejected_and_not_acknowledged(door: Door) -> None:
    station = await door.connect()
    qn = format_qn(datetime.now(UTC))
    packet = Packet(
        qn=qn, st="22", cn="2011", pw="123456", mn=MN, flag=5, cp="DataTime=yesterday;a34004-Rtd=1"
    )
    station.send(encode(packet))
    station.upload(2.0)
    await station.wait_acknowledged(1)
    assert results_of(door.committer.rows()) == [2.0] * 8
    [rejected] = door.records.take().rejected
    assert (rejected.code, rejected.thing_id) == ("no_data_time", 1)
    assert qn.encode() in rejected.raw
    await station.close()


async def test_an_unknown_command_is_kept_raw_and_answered(door: Door) -> None:
    station = await door.connect()
    station.send(
        encode(
            Packet(qn=format_qn(datetime.now(UTC)), st="22", cn="3999", pw="123456", mn=MN, flag=9)
        )
    )
    await station.wait_for(lambda: station.events)
    [rejected] = door.records.take().rejected
    assert rejected.code == "unknown_command"
    assert not station.is_closed.is_set()
    await station.close()


async def test_a_stranger_is_quarantined_and_flows_once_adopted_without_reconnecting(
    door: Door,
) -> None:
    stranger = "3101159999999999"
    station = await door.connect(stranger)
    station.upload(1.0)
    await station.wait_for(lambda: station.events)
    ended = station.events[-1]
    assert isinstance(ended, said.ExchangeEnded)
    assert ended.code == 4  # QnRtn: wrong MN; never a 9014
    [row] = door.records.take().quarantined.values()
    assert (row.identity, row.reason) == (stranger, "unknown_identity")
    assert "2011/a34004-Rtd" in row.fields
    door.server.use_directory(make_directory(make_device(9, stranger), version=2))
    station.upload(2.0)
    await station.wait_acknowledged(1)
    assert results_of(door.committer.rows()) == [2.0] * 8
    await station.close()


async def test_a_wrong_password_is_quarantined_under_its_own_reason(door: Door) -> None:
    station = await door.connect(pw="654321")
    station.upload()
    await station.wait_for(lambda: station.events)
    [row] = door.records.take().quarantined.values()
    assert row.reason == "wrong_credential"
    assert door.committer.rows() == []
    await station.close()


async def test_a_new_connection_of_a_station_supersedes_the_old(door: Door) -> None:
    old = await door.connect()
    old.upload()
    await old.wait_acknowledged(1)
    new = await door.connect()
    new.upload()
    await new.wait_acknowledged(1)
    await asyncio.wait_for(old.is_closed.wait(), 5)
    assert door.server.connection_count == 1
    await new.close()


async def test_a_hub_may_carry_several_stations_on_one_connection(door: Door) -> None:
    hub = await door.connect()
    other = await door.connect(MN[:-1] + "2")
    hub.upload(1.0)
    hub.send(other.make_frame(2.0))
    await hub.wait_for(lambda: len(hub.events) >= 2)
    assert sorted(door.server.list_connected()) == [1, 2]
    assert {row["datastream"] for row in door.committer.rows()} == {*range(1, 9), *range(21, 29)}
    await other.close()
    await hub.close()


async def test_an_asked_clock_is_answered_with_the_time(door: Door) -> None:
    station = await door.connect()
    qn = format_qn(datetime.now(UTC))
    station.send(station.session.send_notice("1013", qn=qn, now=0.0))
    await station.wait_for(
        lambda: any(isinstance(event, said.RequestExecuted) for event in station.events)
    )
    [done] = [event for event in station.events if isinstance(event, said.RequestExecuted)]
    assert (done.packet.cn, done.code) == ("1012", 1)
    await station.close()


async def test_a_station_with_a_wrong_clock_is_counted(door: Door) -> None:
    station = await door.connect()
    wrong = datetime.now(UTC) - timedelta(minutes=5)
    packet = Packet(
        qn=format_qn(wrong),
        st="22",
        cn="2011",
        pw="123456",
        mn=MN,
        flag=5,
        cp=f"DataTime={format_time(wrong)};a34004-Rtd=5",
    )
    station.send(encode(packet))
    await station.wait_for(lambda: station.events)
    door.server.note_counts()
    counts = door.records.take().counts
    assert (counts[1, "frames"], counts[1, "clock_off"]) == (1, 1)
    await station.close()
