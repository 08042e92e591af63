"""Frames and bodies with the values SmallChi/JT808 asserts of them in its own tests.

The assertions are C#: literals are read here, and each must be among the values of our message.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.framing import BadFrame, Framer
from ipudong.protocols.jt808.locations import decode_locations, split_batch
from ipudong.protocols.jt808.message_types import Message
from ipudong.protocols.jt808.messages import UnknownMessageError, decode, decode_body

# Names of values we do not have: lengths and counts that the lists themselves tell.
COUNTS = re.compile(r"(Length|Count|MsgId|Id\.ToUInt16Value\(\))$")
NUMBER = re.compile(r"(?:\(\w+\))?(0x[0-9a-fA-F]+|\d+)[uU]?")
TIME = re.compile(r'(?:DateTime\.Parse|Convert\.ToDateTime)\("([\d-]{10} [\d:]{8})"\)')
BYTES = re.compile(r"new byte\[\] ?\{(.*)\}")
TEXT = re.compile(r'"([^"]*)"')

# Whose values we keep raw, and why; the tests named by what their names begin with.
VENDOR_ITEM = "a vendor's own item is kept raw"
WRONG_LENGTH = "declares a length of 32 for an item of 47 bytes"
RECORDER = "recorder data (GB/T 19056) is kept raw"
PAYLOAD = "a payload of the user's own is kept raw"
RAW = {
    "JT808_0x0200_0x5": VENDOR_ITEM,
    "JT808_0x0200_0x61": VENDOR_ITEM,
    "JT808_0x0200_0xe": VENDOR_ITEM,
    "JT808_0x0200_0xf": VENDOR_ITEM,
    "JT808_0x0200Test.Test4": VENDOR_ITEM,
    "JT808_0x0200_0x64_Test": WRONG_LENGTH,
    "JT808_0x0200_0x65_Test": WRONG_LENGTH,
    "JT808_0x0608Test.Test_JT808_0X8604s": "asserts a default that its bytes do not have",
    "JT808_0x0700": RECORDER,
    "JT808_0x8701": RECORDER,
    "JT808_0x0701": PAYLOAD,
    "JT808_0x0900": PAYLOAD,
    "JT808_0x8900": PAYLOAD,
    "JT808_0x0702Test.Test_2019_5": "a face match value behind the standard's fields",
    "JT808_0x0005Test": "asserts the parts as bytes, ours are numbers",
    "JT808_0x8003Test": "asserts the parts as bytes, ours are numbers",
    "JT808_0x8800Test": "asserts the parts as bytes, ours are numbers",
    "JT808_0x8103_0xF366": "parameters of T/JSATL 12 are kept raw",
    "JT808_0x8103Test.Test4": "bits of parameter 0110 are kept raw",
    "JT808_0x8104Test.Test3": "a header of nobody's edition, phone of 10 bytes without the flag",
    "JT808_0x8105Test.Test1": "numbers put as binary between the semicolons",
    "JT808_0x8606Test.Test2": "asserts values that its bytes do not have",
}


def read_literal(text: str) -> Any:
    text = text.strip()
    if found := TIME.fullmatch(text):
        return found[1].replace(" ", "T")
    if found := NUMBER.fullmatch(text):
        return int(found[1], 0)
    if found := TEXT.fullmatch(text):
        return found[1]
    if found := BYTES.fullmatch(text):
        return bytes(int(number, 0) for number in found[1].split(",") if number.strip())
    return None


def list_values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from list_values(inner)
        return
    yield value
    if isinstance(value, float):
        yield round(value * 10)  # km/h, km, L
        yield round(abs(value) * 1e6)  # degrees
    if isinstance(value, bytes):
        yield int.from_bytes(value, "big")
        yield from value


def read_row(row: dict[str, Any]) -> tuple[Message, list[Any]] | None:
    """The message, and the values of the header if there is one; None if it is no message."""
    raw = row["hex"][0]
    if raw.lower().startswith("7e"):
        event = Framer().receive(bytes.fromhex(raw))[0]
        if isinstance(event, BadFrame):
            return None
        return decode(event), [event.serial, event.phone, event.message_id]
    found = re.search(r"0[xX]([0-9A-Fa-f]{4})", row["test"])
    # 0608 came with 2019; its tests do not say so.
    is_new = "2019" in row["test"] or "YueBiao" in row["path"] or "0x0608" in row["test"]
    if found is None:
        return None
    edition = Edition.V2019 if is_new else Edition.V2013
    return decode_body(int(found[1], 16), bytes.fromhex(raw), edition), []


def find_missing(row: dict[str, Any], message: Message, header: list[Any]) -> tuple[int, list[str]]:
    values = list_values(message.values)
    if message.name == "location_batch":
        reports = [decode_body(0x0200, body, message.edition) for body in message.values["reports"]]
        values = list_values([report.values for report in reports])
    found = {*values, *header}
    asserted = [
        (read_literal(text), name) for text, name in row["asserts"] if not COUNTS.search(name)
    ]
    asserted = [(value, name) for value, name in asserted if value is not None]
    return len(asserted), [f"{name} {value!r}" for value, name in asserted if value not in found]


def test_every_asserted_value_is_read_or_named_as_kept_raw(shared_data: Path) -> None:
    path = shared_data / "protocols/jt808_smallchi_hex_with_asserted_fields.jsonl"
    read, asserted, unread, missing = 0, 0, [], []
    used = set()
    for line in path.read_text().splitlines():
        row = json.loads(line)
        try:
            found = read_row(row)
        except UnknownMessageError:
            found = None
        if found is None:
            unread.append(row["test"])
            continue
        read += 1
        count, absent = find_missing(row, *found)
        asserted += count
        reason = [prefix for prefix in RAW if row["test"].startswith(prefix)]
        used.update(reason if absent else ())
        if absent and not reason:
            missing.append((row["test"], absent))
    assert missing == []
    assert used == RAW.keys()  # no reason has outlived its cause
    assert (read, asserted) == (189, 1246)
    assert sorted(unread) == [
        "JT808HeaderTest.JT808Header_2019Test2",  # bare headers
        "JT808HeaderTest.Test1_2",
        "JT808HeaderTest.Test5_2",
        "JT808_0x0200Test.Test8",  # its checksum is wrong
        "JT808_0x0304Test.Test1_2",  # nobody else has a message 0304
        "JT808_0x0304Test.Test2_2",
        "JT808_0x1FC4_Test.Deserialize",  # of Guangdong's own
    ]


def test_a_batch_is_also_read_as_columns(shared_data: Path) -> None:
    path = shared_data / "protocols/jt808_smallchi_hex_with_asserted_fields.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    (row,) = (row for row in rows if row["test"] == "JT808_0x0704Test.Test2")
    (frame,) = Framer().receive(bytes.fromhex(row["hex"][0]))
    assert not isinstance(frame, BadFrame)
    reports, _, _ = split_batch(frame.body)
    found = decode_locations(reports, 0)
    assert found.lat.tolist() == [12.222222, 13.333333]
    assert found.lon.tolist() == [132.444444, 132.555555]
