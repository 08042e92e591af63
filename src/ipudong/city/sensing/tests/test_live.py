"""What the gateway writes: newest values, who was heard, counters, bad frames, commands."""

from datetime import timedelta

import numpy as np
import pytest

from ipudong.city.audit.models import Entry
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Latest, RejectedFrame, StationCommand, Thing, ThingState
from ipudong.city.sensing.queries import count_outcomes, is_online
from ipudong.city.sensing.services import (
    RejectedRow,
    count_frames,
    disconnect_all,
    expire_commands,
    finish_command,
    queue_command,
    register_thing,
    reject_frames,
    store_latest,
    take_commands,
    touch_things,
)
from ipudong.city.sensing.services.live import REJECTED_KEPT

pytestmark = pytest.mark.django_db


def store(*rows) -> int:
    """Rows are (datastream, microsecond, result, quality)."""
    streams, times, results, qualities = zip(*rows, strict=True)
    return store_latest(
        np.array(streams, np.int32),
        np.array(times, np.int64),
        np.array(results, np.float64),
        np.array(qualities, np.uint8),
    )


def latest(stream) -> tuple[int, float, int]:
    row = Latest.objects.get(pk=stream.pk)
    return row.time_us, row.result, row.quality


def test_the_newest_reading_wins_in_a_batch_and_between_batches(station: Thing) -> None:
    one, two, *_ = station.datastreams.all()
    rows = (one.pk, 20, 2.0, 0), (two.pk, 5, 7.0, 0), (one.pk, 10, 1.0, 0), (one.pk, 20, 3.0, 4)
    assert store(*rows) == 2
    assert latest(one) == (20, 3.0, 4)
    store((one.pk, 19, 9.0, 0), (two.pk, 6, 8.0, 0))
    assert latest(one) == (20, 3.0, 4)
    assert latest(two) == (6, 8.0, 0)
    store((one.pk, 20, 5.0, 0))  # a correction of the same instant
    assert latest(one) == (20, 5.0, 0)


def test_a_clock_years_ahead_does_not_freeze_the_live_value(station: Thing) -> None:
    one = station.datastreams.first()
    assert store((one.pk, 10**18, 1.0, 0x20), (one.pk, 30, float("nan"), 0x10)) == 0
    assert store((one.pk, 10, 2.0, 0x10)) == 1
    assert latest(one) == (10, 2.0, 0x10)


def test_an_empty_batch_is_no_work(db: None, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        store_latest(*(np.zeros(0, kind) for kind in ("i4", "i8", "f8", "u1")))


def test_a_thing_that_was_heard_is_online_for_two_intervals_and_a_minute(
    station: Thing, noon
) -> None:
    assert not is_online(station, now=noon)
    touch_things({station.pk: to_us(noon)}, peers={station.pk: "10.0.0.7:4001"})
    station = Thing.objects.get(pk=station.pk)
    assert is_online(station, now=noon + timedelta(minutes=11))
    assert not is_online(station, now=noon + timedelta(minutes=12))


def test_being_heard_never_goes_back_and_a_peer_is_kept(station: Thing, noon) -> None:
    touch_things({station.pk: 50}, peers={station.pk: "10.0.0.7:4001"})
    touch_things({station.pk: 40}, connected=False)
    state = ThingState.objects.get(pk=station.pk)
    assert (state.last_seen_us, state.connected, state.peer) == (50, False, "10.0.0.7:4001")
    touch_things({station.pk: 60})
    assert disconnect_all() == 1


def test_counters_add_up_by_outcome(station: Thing) -> None:
    count_frames({(station.pk, "frames"): 10, (station.pk, "crc"): 1}, at_us=1)
    count_frames({(station.pk, "frames"): 5, (station.pk, "length"): 0}, at_us=2)
    assert count_outcomes(station) == {"crc": 1, "frames": 15}


def test_of_bad_frames_the_newest_few_are_kept_for_each_thing(station: Thing, noon) -> None:
    rows = [
        RejectedRow("hj212", "10.0.0.7:1", "crc", f"##{n}".encode(), noon, station.pk)
        for n in range(REJECTED_KEPT + 5)
    ]
    assert reject_frames(rows) == REJECTED_KEPT + 5
    reject_frames([RejectedRow("hj212", "10.0.0.8:1", "framing", b"\x00" * 10_000, noon)])
    mine = RejectedFrame.objects.filter(thing=station)
    assert mine.count() == REJECTED_KEPT
    assert bytes(mine.last().raw) == b"##5"
    assert len(RejectedFrame.objects.get(thing=None).raw) == 4096


def test_a_bad_frame_is_shown_without_its_password(noon) -> None:
    raw = b"##0101QN=1;ST=22;PW=123456;MN=1;CP=&&&&\r\n"
    shown = RejectedFrame(raw=raw, at=noon).shown
    assert "PW=******;MN=1" in shown
    assert "123456" not in shown
    assert shown.endswith("\\x0d\\x0a")


def test_a_command_is_taken_once_by_the_gateway_that_holds_the_station(station, noon) -> None:
    row = queue_command(thing=station, command="set_time", by="duty", at=noon)
    assert take_commands(at=noon, things=[station.pk + 1]) == []
    assert [taken.pk for taken in take_commands(at=noon, things=[station.pk])] == [row.pk]
    assert take_commands(at=noon) == []
    assert finish_command(command_id=row.pk, state="answered", at=noon, answer={"ok": True})
    assert not finish_command(command_id=row.pk, state="timed_out", at=noon)
    assert StationCommand.objects.get(pk=row.pk).answer == {"ok": True}
    entry = Entry.objects.get(action="sensing.queue_command")
    assert entry.detail == {"command": "set_time", "id": row.pk}


def test_commands_nobody_took_or_answered_come_to_an_end(station: Thing, noon) -> None:
    queue_command(thing=station, command="read_now", by="duty", at=noon)
    taken = queue_command(thing=station, command="read_now", by="duty", at=noon)
    StationCommand.objects.filter(pk=taken.pk).update(state="sent", taken_at=noon)
    assert expire_commands(now=noon + timedelta(minutes=10)) == 0
    assert expire_commands(now=noon + timedelta(minutes=31)) == 2
    assert list(StationCommand.objects.values_list("state", flat=True)) == ["timed_out", "expired"]


def test_a_thing_without_a_protocol_takes_no_commands(properties: None, noon) -> None:
    thing = register_thing(name_zh="历史站", kind="air_station", system="environment", at=noon)
    with pytest.raises(SensingError, match="not_commandable"):
        queue_command(thing=thing, command="read_now", by="duty", at=noon)


@pytest.mark.django_db(transaction=True)  # foreign keys are checked at its end
def test_a_datastream_deleted_meanwhile_does_not_hold_up_the_others(station) -> None:
    stream = station.datastreams.first()
    store((stream.pk + 1000, 5, 1.0, 0), (stream.pk, 7, 2.0, 0))
    latest = Latest.objects.get()
    assert (latest.datastream_id, latest.time_us, latest.first_us) == (stream.pk, 7, 7)


def test_the_oldest_reading_of_a_datastream_is_kept(station) -> None:
    stream = station.datastreams.first()
    store((stream.pk, 50, 1.0, 0), (stream.pk, 60, 2.0, 0))
    store((stream.pk, 90, 3.0, 0))
    latest = Latest.objects.get()
    assert (latest.first_us, latest.time_us) == (50, 90)
