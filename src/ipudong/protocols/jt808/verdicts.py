"""The report of a strict reader: what each verdict means and which rule it breaks.

Reading is tolerant; whoever must know how far a terminal keeps to the standard asks here.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from ipudong.protocols.jt808 import (
    fields,
    framing,
    header,
    location_fields,
    messages,
    parameters,
    terminal_messages,
)


class Verdict(msgspec.Struct, frozen=True):
    """A way to deviate: `place` is "header" or "body", `rule` what the standard asks for."""

    code: str
    place: str
    rule: str


VERDICTS: Final = (
    Verdict(framing.BAD_ESCAPE, "header", "7D is followed by 01 or 02 (4.4)"),
    Verdict(
        header.WRONG_LENGTH, "header", "bits 0-9 of the attributes are the body's length (4.4)"
    ),
    Verdict(header.SHORT_PHONE, "header", "a header of 2019 has ten bytes of phone number (4.4)"),
    Verdict(header.BAD_PHONE, "header", "the phone number is BCD (4.4)"),
    Verdict(header.BAD_PACKAGE, "header", "packages count from 1 to their number (4.4)"),
    Verdict(header.RESERVED_SET, "header", "bit 15 of the attributes is reserved (4.4)"),
    Verdict(messages.OTHER_EDITION, "body", "the edition of the header has this message (8)"),
    Verdict(terminal_messages.LONG_MAKER, "body", "the maker in 0x0107 has five bytes (8)"),
    Verdict(terminal_messages.RAW_AREAS, "body", "areas in 0x0608 are as they were set (8)"),
    Verdict(fields.SHORT_BODY, "body", "every field of the message is there (8)"),
    Verdict(fields.LONG_BODY, "body", "nothing stands behind the last field (8)"),
    Verdict(fields.NOT_GBK, "body", "texts are GBK (4.2)"),
    Verdict(
        fields.PADDING, "body", "zeros fill a text behind, from 2019 on in front; else none (8)"
    ),
    Verdict(fields.BAD_TIME, "body", "times are BCD YYMMDDhhmmss and exist (4.2)"),
    Verdict(fields.WRONG_COUNT, "body", "a count says how many elements follow (8)"),
    Verdict(location_fields.ITEM_LENGTH, "body", "a standard item has the length of its id (8)"),
    Verdict(location_fields.ITEM_CUT, "body", "an item ends within the body (8)"),
    Verdict(parameters.PARAMETER_LENGTH, "body", "a parameter has the length of its type (8)"),
)
BY_CODE: Final = {verdict.code: verdict for verdict in VERDICTS}


def list_deviations(defects: Iterable[str]) -> list[Verdict]:
    """What `Frame.defects` or `Message.defects` say, in the order found; empty if strict."""
    return [BY_CODE[code] for code in defects]
