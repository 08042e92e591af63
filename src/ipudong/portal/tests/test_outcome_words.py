"""What becomes of a frame has words: the codes are found in the doors' own sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from django.utils.translation import override

import ipudong
from ipudong.portal.outcome_words import OUTCOMES, outcome_of

SOURCE: Final = Path(ipudong.__file__).parent
PAYLOADS: Final = ("protocols/lorawan", "protocols/sparkplug", "protocols/senml")
# By path, the calls whose texts are codes that go to the records.
NOTES: Final = {
    "gateway": {"note_count", "RejectedRow", "_reject", "_reject_raw", "_keep_first"},
    "gateway/intake.py": {"_keep"},
    "gateway/mqtt": {"_refuse", "reject", "Taken"},
    "gateway/jt808": {"_refuse"},
    "gateway/payloads": {"PayloadError"},
    "gateway/sensorthings/mqtt.py": {"_refuse"},
    "gateway/sensorthings/posting.py": {"bad_request"},
    "gateway/sensorthings/intake.py": {"bad_request"},
    "gateway/sensorthings/data_arrays.py": {"bad_request"},
    "gateway/sensorthings/writes": {"bad_request", "RequestRefused"},
    **{place: {"LorawanError", "SparkplugError", "SenmlError"} for place in PAYLOADS},
    "protocols/lineprotocol": {"LineError"},
    "protocols/hj212/packet.py": {"PacketError"},
    "protocols/jt808/platform_session.py": {"MessageRefused"},
}
CODE: Final = re.compile(r"[a-z]+(_[a-z]+)*")
NAMED: Final = ("code", "refusal")
# Modules whose constants of text are the codes.
CONSTANTS: Final = {
    "protocols/hj212/framing.py": ("NOISE", "BAD_HEADER", "TOO_LONG", "WRONG_LENGTH", "WRONG_CRC"),
    "protocols/hj212/reassembly.py": ("TOO_OLD", "TOO_MANY", "TOO_LARGE", "BAD_NUMBER"),
    "protocols/jt808/framing.py": ("TOO_LONG", "TOO_SHORT", "WRONG_CHECKSUM"),
    "protocols/jt808/reassembly.py": ("TOO_OLD", "TOO_MANY", "TOO_LARGE", "BAD_NUMBER"),
    "gateway/jt808/fleet.py": ("REPEATED", "FLAW_COUNTS"),
    "gateway/payloads/lorawan_server.py": ("_COUNTED",),
}


def parse(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text("utf-8")))


def list_sources(place: str) -> list[Path]:
    found = SOURCE / place
    rows = sorted(found.rglob("*.py")) if found.is_dir() else [found]
    return [row for row in rows if "tests" not in row.parts]


def name_of(call: ast.Call) -> str:
    return getattr(call.func, "attr", "") or getattr(call.func, "id", "")


def list_texts(call: ast.Call) -> Iterator[str]:
    """The codes among a call's arguments: what is written as one word of a code."""
    for row in (*call.args, *(row.value for row in call.keywords if row.arg in NAMED)):
        yield from list_codes(row)


def list_codes(written: ast.AST) -> Iterator[str]:
    for node in ast.walk(written):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and CODE.fullmatch(text):
            yield text


def find_noted() -> set[str]:
    return {
        text
        for place, names in NOTES.items()
        for path in list_sources(place)
        for node in parse(path)
        if isinstance(node, ast.Call) and name_of(node) in names
        for text in list_texts(node)
    }


def find_constants() -> set[str]:
    return {
        text
        for place, names in CONSTANTS.items()
        for node in parse(SOURCE / place)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.value is not None
        and target_of(node) in names
        for text in list_codes(node.value)
    }


def target_of(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return getattr(target, "id", "")


def test_the_codes_are_found_in_the_sources() -> None:
    found = find_noted() | find_constants()
    assert {"joins", "no_fix", "not_json", "unknown_alias", "no_datastreams"} <= found
    assert {"wrong_crc", "cut_off", "bad_tag", "no_data_time", "has_wrong_value"} <= found
    assert len(found) > 60


def test_every_code_that_a_door_notes_has_words() -> None:
    assert sorted((find_noted() | find_constants()) - set(OUTCOMES)) == []


@pytest.mark.parametrize("code", sorted(OUTCOMES))
def test_an_outcome_is_said_in_the_reader_s_language(code: str) -> None:
    with override("zh-hans"):
        chinese = outcome_of(code)
    with override("en"):
        assert outcome_of(code) != chinese
    assert any("一" <= sign <= "鿿" for sign in chinese)


def test_codes_of_a_standard_are_said_with_their_number() -> None:
    with override("en"):
        assert outcome_of("mqtt_81") == "Against the rules of MQTT (0x81)"
        assert outcome_of("jt808_0704") == "Messages 0x0704"
    assert outcome_of("of_tomorrow") == "of_tomorrow"
