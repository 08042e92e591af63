"""The verdicts are complete, and the reference page names every code, message and module."""

import re
from pathlib import Path

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.item_columns import COLUMNS
from ipudong.protocols.jt808.location_fields import ITEMS
from ipudong.protocols.jt808.locations import Flaw
from ipudong.protocols.jt808.messages import MESSAGES, decode_body
from ipudong.protocols.jt808.verdicts import BY_CODE, VERDICTS, list_deviations

CODEC = Path(__file__).parents[1]
PAGE = Path(__file__).parents[5] / "docs/reference/protocols/jt808.md"
CONSTANT = re.compile(r'^[A-Z_]+: Final = "([a-z_]+)"', re.MULTILINE)
# Codes that are no verdicts on what was read: why bytes are no packet, why parts were given up.
OTHER_CODES = {
    "noise",
    "too_long",
    "too_short",
    "wrong_checksum",
    "parts_too_old",
    "parts_too_many",
    "parts_too_large",
    "part_bad_number",
}


def read_page() -> str:
    return " ".join(PAGE.read_text(encoding="utf-8").split())


def list_codes() -> set[str]:
    return {
        code
        for module in CODEC.glob("*.py")
        for code in CONSTANT.findall(module.read_text(encoding="utf-8"))
    }


def test_every_code_is_a_verdict_or_named_as_none() -> None:
    codes = list_codes() - {"gb18030"}
    assert codes - OTHER_CODES == BY_CODE.keys()
    assert len(VERDICTS) == len(BY_CODE)


def test_every_code_flaw_message_item_and_module_stands_on_the_page() -> None:
    page = read_page()
    wanted = {f"`{code}`" for code in (list_codes() - {"gb18030"}) | {"cut_report"}}
    wanted |= {f"`{flaw.name}`" for flaw in Flaw}
    wanted |= {f"`{number:04X}` {row.name}" for number, row in MESSAGES.items()}
    wanted |= {f"`{number:02X}` {name}" for number, (name, _) in ITEMS.items()}
    wanted |= {f"`{column.name}`" for _, columns in COLUMNS.values() for column in columns}
    internal = {"__init__", "area_fields", "platform_messages", "video_messages"}
    internal |= {"terminal_messages", "terminal_answers", "message_types", "editions"}
    wanted |= {f"`{module.stem}`" for module in CODEC.glob("*.py")} - {f"`{i}`" for i in internal}
    assert sorted(name for name in wanted if name not in page) == []


def test_a_strict_reader_is_told_the_rule() -> None:
    message = decode_body(0x0301, b"\1\2", Edition.V2019)
    assert [verdict.rule for verdict in list_deviations(message.defects)] == [
        "the edition of the header has this message (8)",
        "nothing stands behind the last field (8)",
    ]
