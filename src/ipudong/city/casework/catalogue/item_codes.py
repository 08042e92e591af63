"""National codes of service items (政务服务事项编码), as live catalogues print them.

`511Z07001006-511602000000-000-11511301008778183N-1-00`: basic code (12 characters), division
(GB/T 2260, 12 digits), three digits, the authority's unified social credit code (GB 32100), one
digit, version (two digits). Sources at hand do not say what the third and the fifth part mean; they
are kept as they are.
"""

import re
from dataclasses import dataclass
from typing import Final

from ipudong.city.registry.identifiers import (
    IdentifierError,
    parse_credit_code,
    parse_division_code,
)

STANDARD: Final = "service item code"
_CODE: Final = re.compile(r"([0-9A-Z]{12})-(\d{12})-(\d{3})-([0-9A-Z]{18})-(\d)-(\d{2})")


@dataclass(frozen=True, slots=True)
class ItemCode:
    """A service item's national code in its parts."""

    basic: str
    division: str
    third: str
    authority: str
    fifth: str
    version: int

    def __str__(self) -> str:
        return (
            f"{self.basic}-{self.division}-{self.third}-{self.authority}-{self.fifth}"
            f"-{self.version:02d}"
        )


def parse_item_code(text: str) -> ItemCode:
    """Parse a national item code, its division and credit code included.

    Raises IdentifierError: "shape" for the layout, otherwise what the inner identifier says.
    """
    match = _CODE.fullmatch(text.strip().upper())
    if match is None or not text.isascii():
        raise IdentifierError("shape", STANDARD)
    basic, division, third, authority, fifth, version = match.groups()
    return ItemCode(
        basic=basic,
        division=parse_division_code(division).text,
        third=third,
        authority=parse_credit_code(authority).text,
        fifth=fifth,
        version=int(version),
    )
