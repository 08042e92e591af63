"""Frames captured from published code and the standard: decode or fail exactly as marked."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipudong.protocols.hj212.framing import BadFrame, Frame, Framer
from ipudong.protocols.hj212.packet import encode, parse_packet
from ipudong.protocols.hj212.readings import read_readings


@pytest.fixture
def captured(shared_data: Path) -> list[dict[str, Any]]:
    lines = (shared_data / "protocols/hj212_frames.jsonl").read_text().splitlines()
    frames = [json.loads(line) for line in lines]
    for frame in frames:  # the file spells the line end out
        frame["frame"] = frame["frame"].replace("\\r\\n", "\r\n")
    vectors = json.loads((shared_data / "protocols/vectors.json").read_text())
    return frames + [vector for vector in vectors if vector.get("protocol") == "HJ 212"]


def test_every_captured_frame_decodes_or_fails_as_marked(captured: list[dict[str, Any]]) -> None:
    assert len(captured) == 26
    for sample in captured:
        events = Framer().receive(sample["frame"].encode())
        assert len(events) == 1, sample
        event = events[0]
        if sample["crc_ok"] and sample["len_ok"]:
            assert isinstance(event, Frame)
            assert event.defects == ()
        else:
            assert isinstance(event, BadFrame)
            assert (event.code, event.declared) == ("wrong_crc", event.actual)
            assert event.crc_given == sample["frame"].strip()[-4:]
            expected = sample.get(
                "crc_calc", sample["crc"]
            )  # vectors.json keeps only the right one
            assert event.crc_expected == expected


def test_every_good_frame_is_written_back_as_it_came(captured: list[dict[str, Any]]) -> None:
    for sample in captured:
        for event in Framer().receive(sample["frame"].encode()):
            if isinstance(event, BadFrame):
                continue
            written = encode(parse_packet(event.segment))
            assert written.upper() == sample["frame"].encode().upper()


def test_every_good_data_frame_gives_its_numbers(captured: list[dict[str, Any]]) -> None:
    for sample in captured:
        for event in Framer().receive(sample["frame"].encode()):
            if isinstance(event, BadFrame):
                continue
            packet = parse_packet(event.segment)
            if not packet.cn.startswith("20") or packet.cn == "2081":
                continue
            readings = read_readings(packet)
            numeric = (
                packet.cp.count("-") - packet.cp.count("-Flag") - packet.cp.count("-SampleTime")
            )
            assert len(readings.values) == len(readings.fields) == len(readings.flags) == numeric
            assert readings.data_time is not None
            assert all(value == value for value in readings.values)
