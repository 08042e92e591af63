"""Timetables, memories and faults: what is due, what is remembered, what goes wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ipudong.protocols.hj212.framing import BadFrame, Framer
from ipudong.protocols.hj212.packet import Packet, encode
from ipudong.simulator.clock import Clock
from ipudong.simulator.faults import FaultError, Faults, StationFaults, parse_faults, spoil_checksum
from ipudong.simulator.logger import Logger
from ipudong.simulator.memory import Memory
from ipudong.simulator.source import Source, collect_sources, write_data_area
from ipudong.simulator.timetable import list_reports

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
ENVIRONMENT = "ipudong.systems.environment.simulation"


@pytest.fixture(scope="module")
def source() -> Source:
    return collect_sources([ENVIRONMENT], scale=1000, seed=1)[0]


def test_an_hour_is_reported_when_it_is_over_and_named_by_its_beginning() -> None:
    reports = list(
        list_reports({"hour": 3600}, after={"hour": NOON - timedelta(hours=2)}, until=NOON)
    )
    assert [(r.began.hour, r.due.hour) for r in reports] == [(2, 3), (3, 4)]


def test_a_day_begins_at_midnight_in_china() -> None:
    (report,) = list_reports({"day": 86400}, after={"day": NOON - timedelta(days=1)}, until=NOON)
    assert report.began == datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


def test_periods_come_in_the_order_they_are_due() -> None:
    start = NOON - timedelta(hours=1, seconds=1)
    reports = list(
        list_reports(
            {"minute": 600, "hour": 3600}, after={"minute": start, "hour": start}, until=NOON
        )
    )
    assert [r.due for r in reports] == sorted(r.due for r in reports)
    assert len([r for r in reports if r.period == "minute"]) == 7


def test_a_logger_sends_each_report_once_and_failed_ones_again_first(source: Source) -> None:
    logger = Logger(source, Memory(None), born=NOON, history=timedelta(hours=3))
    uploads = []
    while upload := logger.next_upload(NOON):
        uploads.append(upload)
    hours = [u.report.due for u in uploads if u.cn == "2061"]
    assert hours == [NOON - timedelta(hours=h) for h in (2, 1, 0)]
    logger.failed(uploads[0])
    assert logger.next_upload(NOON) == uploads[0]
    assert logger.next_upload(NOON) is None


def test_a_restarted_logger_goes_on_where_it_was_acknowledged(
    source: Source, tmp_path: Path
) -> None:
    path = tmp_path / "memory.json"
    memory = Memory(path)
    logger = Logger(source, memory, born=NOON, history=timedelta(hours=3))
    while upload := logger.next_upload(NOON):
        logger.acknowledged(upload)
    memory.save()
    later = Logger(source, Memory(path), born=NOON, history=timedelta(hours=3))
    hours = []
    while upload := later.next_upload(NOON + timedelta(hours=1)):
        if upload.cn == "2061":
            hours.append(upload.report.due)
    assert hours == [NOON + timedelta(hours=1)]


@pytest.mark.parametrize("text", ["", "[1]", '{"a": {"hour": "x"}}', '{"a": 1}'])
def test_a_spoiled_memory_is_no_memory(text: str, tmp_path: Path) -> None:
    path = tmp_path / "memory.json"
    path.write_text(text)
    assert Memory(path).find("a", "hour") is None


def test_the_same_history_is_measured_again_to_the_digit(source: Source) -> None:
    assert source.data_area(NOON, "hour") == source.data_area(NOON, "hour")
    assert source.data_area(NOON, "hour").startswith("DataTime=20261122120000;")


def test_data_areas_are_written_as_the_standard_has_them() -> None:
    fields: dict[str, dict[str, Any]] = {"a34004": {"Avg": 35, "Flag": "N"}, "a21005": {"Avg": 0.4}}
    written = write_data_area(NOON, fields)
    assert written == "DataTime=20261122120000;a34004-Avg=35,a34004-Flag=N;a21005-Avg=0.4"


def test_a_hurried_clock_catches_up_and_then_lives_in_the_present() -> None:
    passed = [0.0]
    clock = Clock(
        start=NOON - timedelta(hours=1),
        speed=60,
        real=lambda: NOON + timedelta(seconds=passed[0]),
        monotonic=lambda: passed[0],
    )
    assert clock.now() == NOON - timedelta(hours=1)
    passed[0] = 30
    assert clock.now() == NOON - timedelta(minutes=30)
    passed[0] = 600
    assert clock.now() == NOON + timedelta(minutes=10)


def test_faults_are_read_from_words_and_nonsense_is_refused() -> None:
    assert parse_faults(["lost=0.1", "crc=0.2"]) == Faults(lost=0.1, crc=0.2)
    for text in ("loss=0.1", "lost=2", "lost=x"):
        with pytest.raises(FaultError):
            parse_faults([text])


def test_a_spoiled_checksum_is_seen_by_a_framer() -> None:
    frame = encode(
        Packet(qn="20261122120000000", st="22", cn="2011", pw="1", mn="A", flag=5, cp="a=1")
    )
    (event,) = Framer().receive(spoil_checksum(frame))
    assert isinstance(event, BadFrame)
    assert event.code == "wrong_crc"


def test_shares_of_faults_are_kept_and_repeatable() -> None:
    def dead(seed: int) -> list[bool]:
        return [StationFaults(Faults(dead=0.3), f"mn{n}", seed).is_dead for n in range(1000)]

    assert dead(1) == dead(1)
    assert 240 < sum(dead(1)) < 360
    spoiler = StationFaults(Faults(lost=0.5), "mn", 1)
    assert 400 < sum(spoiler.spoil(b"x") == b"" for _ in range(1000)) < 600
