"""Every frame of other people's implementations and devices (`../shared/data/protocols`)."""

import json
from pathlib import Path
from typing import Any

from ipudong.protocols.jt808.framing import BAD_ESCAPE, BadFrame, Framer
from ipudong.protocols.jt808.header import SHORT_PHONE, Frame


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def read_one(text: str) -> Frame | BadFrame:
    (event,) = Framer().receive(bytes.fromhex(text))
    return event


def test_every_good_frame_has_the_header_its_collector_read(shared_data: Path) -> None:
    rows = read_lines(shared_data / "protocols/jt808_frames.jsonl")
    good = [row for row in rows if row["checksum_ok"] and row["len_ok"]]
    assert len(good) == 589
    for row in good:
        frame = read_one(row["hex"])
        assert isinstance(frame, Frame)
        assert set(frame.defects) <= {BAD_ESCAPE}, row
        assert frame.message_id == int(row["msg_id"], 16)
        assert (frame.terminal.hex(), frame.serial) == (row["sim"], row["serial"])
        assert (frame.version is not None) == row["version2019"]
        assert len(frame.body) == row["body_len"]


def test_frames_with_a_wrong_checksum_are_rejected_and_with_a_wrong_length_named(
    shared_data: Path,
) -> None:
    rows = read_lines(shared_data / "protocols/jt808_frames.jsonl")
    verdicts = []
    for row in rows:
        if row["checksum_ok"] and row["len_ok"]:
            continue
        for event in Framer().receive(bytes.fromhex(row["hex"])):
            verdict = (event.code,) if isinstance(event, BadFrame) else event.defects
            assert row["checksum_ok"] == (verdict != ("wrong_checksum",)), row
            verdicts.append(verdict)
    assert verdicts.count((SHORT_PHONE,)) == 2  # of the broken device
    assert verdicts.count(("wrong_length",)) == 7
