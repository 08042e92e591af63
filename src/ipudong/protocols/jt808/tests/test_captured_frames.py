"""Every frame of other people's implementations and devices (`../shared/data/protocols`)."""

import json
from pathlib import Path
from typing import Any

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.framing import BAD_ESCAPE, BadFrame, Framer, encode_frame
from ipudong.protocols.jt808.header import SHORT_PHONE, Frame
from ipudong.protocols.jt808.messages import (
    OTHER_EDITION,
    UnknownMessageError,
    decode,
    encode_message,
)


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


def test_the_verified_vectors_have_the_header_that_is_told_of_them(shared_data: Path) -> None:
    rows = json.loads((shared_data / "protocols/vectors.json").read_text())
    rows = [row for row in rows if row["protocol"] == "JT/T 808"]
    assert len(rows) == 36
    broken = 0
    for row in rows:
        frame = read_one(row["hex"])
        assert isinstance(frame, Frame)
        assert frame.message_id == int(row["msg_id"], 16)
        assert (frame.edition is Edition.V2019) == bool(row["ver19"])
        if not row["length_ok"]:  # the device that sends six bytes of phone under the 2019 flag
            assert frame.defects == (SHORT_PHONE,)
            assert frame.phone == "3000068109"
            broken += 1
            continue
        assert frame.defects == ()
        assert frame.terminal.hex() == row["phone"]
        assert frame.serial == row.get("sn", frame.serial)
        decode(frame)
    assert broken == 2


def test_a_message_of_the_verified_vectors_has_the_values_that_are_told_of_it(
    shared_data: Path,
) -> None:
    rows = json.loads((shared_data / "protocols/vectors.json").read_text())
    messages = {}
    for row in rows:
        if row["protocol"] == "JT/T 808":
            frame = read_one(row["hex"])
            assert isinstance(frame, Frame)
            messages[row["what"]] = decode(frame)

    def find(what: str) -> dict[str, Any]:
        (found,) = (message for name, message in messages.items() if name.startswith(what))
        return found.values

    assert find("0x0100 register 2013 (粤A12345")["plate"] == "粤A12345"
    assert find("0x0102 auth 2013 code 456121111")["code"] == "456121111"
    assert find("0x0102 2019: len 0x2c code")["imei"] == "123456789012345"
    assert find("0x0102 2019: len 0x2c code")["software"] == "3.7.15"
    assert find("0x0102 with version flag=1 but a 6-byte phone")["code"] == "10030000681"
    assert find("0x8100 result 0, auth code 123456") == {
        "answered_serial": 100,
        "result": 0,
        "code": "123456",
    }
    assert find("0x8001 answer to 0x0200 sn=100 ok") == {
        "answered_serial": 100,
        "answered_id": 0x0200,
        "result": 0,
    }
    assert find("0x8103 set param 0x0029=10 s")["parameters"] == [
        {"id": 0x29, "name": "report_interval", "value": 10}
    ]
    assert find("0x8105 terminal control 4")["command"] == 4
    quectel = find("0x0200 2019 31.230400/121.473700")["location"]
    assert (quectel["latitude"], quectel["longitude"]) == (31.2304, 121.4737)
    assert (quectel["speed"], quectel["heading"]) == (36.5, 90)
    assert [item["value"] for item in quectel["items"]] == [100.0, 32.5]
    padded = find("0x0100 2019 from Quectel client")
    assert (padded["plate"], padded["model"]) == ("沪A12345", "EC200U")


def test_what_was_read_without_a_verdict_is_written_back_byte_for_byte(shared_data: Path) -> None:
    canonical = written = unknown = 0
    for row in read_lines(shared_data / "protocols/jt808_frames.jsonl"):
        if not (row["checksum_ok"] and row["len_ok"]):
            continue
        frame = read_one(row["hex"])
        assert isinstance(frame, Frame)
        if frame.is_split:  # a part is no message
            continue
        try:
            message = decode(frame)
        except UnknownMessageError:
            unknown += 1
            continue
        if set(message.defects) - {OTHER_EDITION}:
            continue
        canonical += 1
        assert encode_message(message) == frame.body, row
        data = encode_frame(
            frame.message_id, frame.terminal, frame.version, frame.serial, frame.body
        )
        assert data.hex() == row["hex"].lower()
        written += 1
    assert (canonical, unknown) == (500, 5)
    assert written == canonical
