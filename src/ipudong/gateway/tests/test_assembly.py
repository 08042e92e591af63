"""The whole gateway: station to database, journal, live stream and back."""

import asyncio
import json
import resource
from datetime import UTC, datetime, timedelta

import pytest

from ipudong.city.sensing import services, tickets
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.models import (
    Alarm,
    FrameCounter,
    Latest,
    QuarantinedDevice,
    RejectedFrame,
    Rule,
    StationCommand,
    ThingState,
)
from ipudong.city.sensing.profiles import Channel, DeviceProfile, declare_profiles
from ipudong.city.sensing.revision import bump_revision
from ipudong.gateway.assembly import open_gateway
from ipudong.gateway.conftest import District
from ipudong.gateway.tests.doubles import FACTORS
from ipudong.protocols.hj212.packet import Packet, encode
from ipudong.protocols.hj212.times import format_qn, format_time
from ipudong.store.journal import SqliteJournal
from ipudong.store.quality import RESENT, TIME_OFF, is_valid


async def in_thread(read, *arguments):
    return await asyncio.to_thread(read, *arguments)


async def until(read, timeout_s: float = 10.0):
    """Ask again and again until the answer is true; the answer."""
    async with asyncio.timeout(timeout_s):
        while not (found := await asyncio.to_thread(read)):
            await asyncio.sleep(0.05)
        return found


def journal_rows(district: District) -> list[dict]:
    return [row for entry in district.gateway.journal.read() for row in entry.decode().to_pylist()]


async def test_a_frame_reaches_journal_latest_table_and_counters(district: District) -> None:
    station = await district.connect()
    at = datetime.now(UTC).replace(microsecond=0)
    station.upload(12.5, at)
    await station.wait_acknowledged(1)
    assert len(journal_rows(district)) == len(FACTORS)  # already there when acknowledged
    rows = await until(lambda: list(Latest.objects.values_list("result", "time_us", "quality")))
    assert rows == [(12.5, to_us(at), 0)] * len(FACTORS)
    await until(lambda: FrameCounter.objects.filter(code="frames", count=1).exists())
    state = await until(lambda: ThingState.objects.filter(connected=True).first())
    assert state.peer == "127.0.0.1"
    await station.close()
    await until(lambda: ThingState.objects.filter(connected=False).exists())


async def test_a_rule_raises_an_alarm_that_is_streamed(district: District) -> None:
    def add_rule() -> None:
        Rule.objects.create(
            code="too-high", name_zh="超标", kind="above", limit=100.0, thing=district.station
        )
        bump_revision()

    await in_thread(add_rule)
    await until(lambda: len(district.gateway.snapshot.rules.thresholds) >= 2 * len(FACTORS))
    ticket = tickets.issue_ticket(["alarms"])
    async with district.http.stream("GET", "/live", params={"ticket": ticket}) as stream:
        station = await district.connect()
        station.upload(150.0)
        await station.wait_acknowledged(1)
        data = await EventReader(stream).read("alarms")
    assert data["alarms"][0]["state"] == "raised"
    assert await in_thread(Alarm.objects.count) == len(FACTORS)
    await station.close()


class EventReader:
    """Reads server-sent events one by one."""

    def __init__(self, stream) -> None:
        self._lines = stream.aiter_lines()

    async def read(self, wanted: str, timeout_s: float = 10.0) -> dict:
        """The data of the next event of this kind."""
        event = ""
        async with asyncio.timeout(timeout_s):
            async for line in self._lines:
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event == wanted:
                    return json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream ended")


async def test_a_stream_starts_with_a_snapshot_and_receives_a_change(district: District) -> None:
    station = await district.connect()
    station.upload(1.0)
    await station.wait_acknowledged(1)
    ticket = tickets.issue_ticket(["things:environment"])
    async with district.http.stream("GET", "/live", params={"ticket": ticket}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = EventReader(stream)
        snapshot = await events.read("readings")
        assert {reading["result"] for reading in snapshot["readings"]} == {1.0}
        station.upload(2.0, datetime.now(UTC) + timedelta(seconds=2))
        change = await events.read("readings")
        assert {reading["result"] for reading in change["readings"]} == {2.0}
    await until(lambda: district.gateway.hub.watcher_count == 0)
    await station.close()


@pytest.mark.parametrize(("ticket", "code"), [("", "ticket_forged"), ("a:b:c", "ticket_forged")])
async def test_a_stream_needs_a_ticket(district: District, ticket: str, code: str) -> None:
    answer = await district.http.get("/live", params={"ticket": ticket})
    assert (answer.status_code, answer.json()["code"]) == (401, code)


async def test_a_ticket_with_a_topic_that_is_none_is_refused(district: District) -> None:
    ticket = tickets.issue_ticket(["secrets"])
    answer = await district.http.get("/live", params={"ticket": ticket})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_topic")


async def test_a_stranger_is_adopted_from_the_page_and_flows_without_reconnecting(
    district: District,
) -> None:
    channels = tuple(_profile_channels())
    profile = DeviceProfile(
        name="test_station", protocol="hj212", title="x", channels=channels, system="environment"
    )
    declare_profiles([profile])
    stranger = await district.connect("3101159999999999", pw="secret")
    stranger.upload(1.0)
    device = await until(QuarantinedDevice.objects.first)
    assert (device.identity, device.reason) == ("3101159999999999", "unknown_identity")
    await in_thread(
        lambda: services.adopt_device(
            quarantined=device,
            name_zh="新站",
            profile="test_station",
            by="tests",
            at=datetime.now(UTC),
        )
    )
    await until(lambda: district.gateway.hj212.find_station("3101159999999999"))
    stranger.upload(2.0)
    await stranger.wait_acknowledged(1)
    await stranger.close()


def _profile_channels():
    return [Channel(field=f"2011/{code}-Rtd", property=f"test_{code}") for code in FACTORS]


async def test_a_resend_is_stored_once_in_the_history(district: District) -> None:
    station = await district.connect()
    at = datetime.now(UTC)
    frame = station.upload(5.0, at)
    await station.wait_acknowledged(1)
    station.send(frame)
    await asyncio.sleep(0.3)
    rows = journal_rows(district)
    assert len({(row["datastream"], row["time"]) for row in rows}) == len(FACTORS)
    await station.close()


async def test_history_sent_again_is_marked_and_leaves_the_live_value(district: District) -> None:
    station = await district.connect()
    now = datetime.now(UTC)
    station.upload(5.0, now, cn="2061")
    station.upload(4.0, now - timedelta(days=3), cn="2061")
    await station.wait_acknowledged(2)
    marks = {row["result"]: row["quality"] for row in journal_rows(district)}
    assert marks == {5.0: 0, 4.0: RESENT}
    await until(lambda: Latest.objects.count() == len(FACTORS))
    assert await in_thread(lambda: set(Latest.objects.values_list("result", flat=True))) == {5.0}
    await station.close()


async def test_a_station_whose_clock_is_days_off_is_stored_but_not_valid(
    district: District,
) -> None:
    station = await district.connect()
    wrong = datetime.now(UTC) - timedelta(days=400)
    packet = Packet(
        qn=format_qn(wrong),
        st="22",
        cn="2061",
        pw="123456",
        mn=station.mn,
        flag=5,
        cp=f"DataTime={format_time(wrong)};a34004-Avg=5",
    )
    station.send(encode(packet))
    await station.wait_for(lambda: station.events)
    [row] = journal_rows(district)
    assert row["quality"] & TIME_OFF
    assert not is_valid(row["quality"])
    await station.close()


@pytest.mark.parametrize(
    ("command", "arguments", "state"),
    [
        ("set_time", {}, "answered"),
        ("set_interval", {"interval_s": 60}, "answered"),
        ("set_minute_interval", {"interval_min": 7}, "refused"),
        ("request_history", {"begin": "2026-01-01T00:00Z", "end": "2026-01-01T01:00Z"}, "answered"),
        ("fly", {}, "refused"),
    ],
)
async def test_a_command_goes_out_and_its_end_is_written(
    district: District, command: str, arguments: dict, state: str
) -> None:
    station = await district.connect()
    station.upload()
    await station.wait_acknowledged(1)

    def queue() -> StationCommand:
        return services.queue_command(
            thing=district.station,
            command=command,
            arguments=arguments,
            by="tests",
            at=datetime.now(UTC),
        )

    row = await in_thread(queue)

    def finished() -> StationCommand | None:
        return StationCommand.objects.filter(pk=row.pk, finished_at__isnull=False).first()

    ended = await until(finished)
    assert ended.state == state
    if command == "request_history":
        assert ended.answer["ExeRtn"] == 1
        assert ended.answer["packets"] == 1
    await station.close()


async def test_a_command_is_not_taken_for_a_station_that_is_away(district: District) -> None:
    await in_thread(
        lambda: services.queue_command(
            thing=district.station, command="set_time", by="tests", at=datetime.now(UTC)
        )
    )
    await asyncio.sleep(1.5)
    assert await in_thread(lambda: StationCommand.objects.get().state) == "queued"


async def test_a_read_only_journal_acknowledges_nothing_says_so_and_recovers(
    district: District, tmp_path
) -> None:
    """The bound on the size of files stands for a full disk: root may write anything else."""
    station = await district.connect()
    station.upload(1.0)
    await station.wait_acknowledged(1)
    await asyncio.sleep(1.2)
    path = district.gateway.journal.path
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    wal = path.with_name(f"{path.name}-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal, hard))
    try:
        frame = station.upload(2.0)
        await until(lambda: district.gateway.pipeline.last_error is not None)
        assert station.acknowledged == 1
        answer = await district.http.get("/readyz")
        assert answer.status_code == 503
        assert "journal." in answer.json()["journal"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    station.send(frame)
    await station.wait_acknowledged(2)
    assert (await district.http.get("/readyz")).status_code == 200
    await station.close()


async def test_bad_frames_are_written_under_their_station(district: District) -> None:
    station = await district.connect()
    station.upload()
    await station.wait_acknowledged(1)
    station.send(station.make_frame()[:-6] + b"0000\r\n")
    row = await until(RejectedFrame.objects.first)
    assert (row.code, row.thing_id) == ("wrong_crc", district.station.pk)
    assert "PW=******" in row.shown
    await station.close()


async def test_fields_the_profile_knows_become_datastreams_and_nothing_is_lost_meanwhile(
    district: District,
) -> None:
    declare_profiles(
        [
            DeviceProfile(
                name="growing",
                protocol="hj212",
                title="x",
                channels=(Channel(field="2011/a34004-Max", property="test_a34004"),),
            )
        ]
    )

    def use_profile() -> None:
        district.station.profile = "growing"
        district.station.save()
        bump_revision()

    await in_thread(use_profile)
    station = await district.connect()

    def get_device() -> Device:
        return district.gateway.hj212.get_station(station.mn).device

    await until(lambda: get_device().profile == "growing")
    frame = station.make_frame(items="a34004-Max=3")
    station.send(frame)
    await until(lambda: district.station.datastreams.filter(channel="2011/a34004-Max").exists())
    await until(lambda: "2011/a34004-Max" in get_device().channels)
    assert station.acknowledged == 0, "what could not be stored yet must be sent again"
    station.send(frame)
    await station.wait_acknowledged(1)
    assert [row["result"] for row in journal_rows(district)] == [3.0]
    await station.close()


async def test_a_restarted_gateway_knows_the_latest_readings(district: District) -> None:
    station = await district.connect()
    station.upload(8.5)
    await station.wait_acknowledged(1)
    again = SqliteJournal(district.gateway.journal.path)
    restarted = await open_gateway(again)
    streams = restarted.snapshot.directory.streams.thing.nonzero()[0]
    assert set(restarted.latest.take(streams.astype("int32")).result.tolist()) == {8.5}
    await restarted.stop()
    await station.close()


async def test_stopping_commits_what_was_taken_in(district: District) -> None:
    station = await district.connect()
    station.upload(1.0)
    await station.wait_acknowledged(1)
    journal_path = district.gateway.journal.path
    await asyncio.wait_for(district.gateway.stop(), 4)
    assert SqliteJournal(journal_path).stats().rows == len(FACTORS)
    await station.is_closed.wait()
