"""National identifiers: GB 11643 (citizens), GB 32100 (organizations), GB/T 2260 (divisions).

Pure parsing: text in, a frozen record out, `IdentifierError` with a code and fields otherwise.
"""

import datetime as dt
import re
from dataclasses import dataclass

# GB/T 2260: the first two digits that have been given to a province-level division.
_PROVINCE_RUNS = (
    *((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65)),
    *((71, 71), (81, 82)),
)
PROVINCES = frozenset(
    str(code) for first, last in _PROVINCE_RUNS for code in range(first, last + 1)
)
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"
_CITIZEN = re.compile(r"\d{17}[\dX]")
# GB 32100 leaves out I, O, S, V, Z; its weights are the powers of 3 modulo 31.
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_CREDIT = re.compile(rf"[{_CREDIT_ALPHABET}]{{2}}\d{{6}}[{_CREDIT_ALPHABET}]{{10}}")
# GB 11714, positions 9 to 17 of the unified social credit code.
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANIZATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class IdentifierError(ValueError):
    """A text that is not the identifier it claims to be.

    `code` is one of "shape", "province", "birth_date", "check_character"; `identifier` names the
    standard; the text itself is left out because it may be a person's number.
    """

    def __init__(self, code: str, identifier: str, expected: str = "") -> None:
        super().__init__(code, identifier, expected)
        self.code = code
        self.identifier = identifier
        self.expected = expected


@dataclass(frozen=True, slots=True)
class CitizenNumber:
    """GB 11643-1999: division of first registration, birth date, sequence, check character."""

    text: str
    division: str
    born_on: dt.date
    is_male: bool


@dataclass(frozen=True, slots=True)
class CreditCode:
    """GB 32100-2015: registering authority, kind of organization, division, organization code."""

    text: str
    authority: str
    kind: str
    division: str
    organization_code: str


@dataclass(frozen=True, slots=True)
class DivisionCode:
    """GB/T 2260 county code, or the 12-digit statistical code built on it (6 + 3 + 3 digits)."""

    text: str

    @property
    def level(self) -> str:
        """One of "province", "prefecture", "county", "township", "village"."""
        padded = self.text.ljust(12, "0")
        if padded[9:] != "000":
            return "village"
        if padded[6:9] != "000":
            return "township"
        if padded[4:6] != "00":
            return "county"
        return "prefecture" if padded[2:4] != "00" else "province"

    @property
    def parent(self) -> str:
        """Code of the division above, in the same number of digits; "" above a province."""
        kept = {"village": 9, "township": 6, "county": 4, "prefecture": 2, "province": 0}[
            self.level
        ]
        return self.text[:kept].ljust(len(self.text), "0") if kept else ""


def parse_citizen_number(text: str) -> CitizenNumber:
    """Parse an 18-character GB 11643 number (ISO 7064 MOD 11-2)."""
    number = text.strip().upper()
    if not (number.isascii() and _CITIZEN.fullmatch(number)):
        raise IdentifierError("shape", "GB 11643")
    _require_province(number, "GB 11643")
    try:
        born_on = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise IdentifierError("birth_date", "GB 11643") from error
    _require_check(number[17], citizen_check_character(number[:17]), "GB 11643")
    return CitizenNumber(number, number[:6], born_on, int(number[16]) % 2 == 1)


def citizen_check_character(first_17: str) -> str:
    """Check character of the first 17 digits, GB 11643-1999 clause 4.4."""
    total = sum(int(d) * w for d, w in zip(first_17, _CITIZEN_WEIGHTS, strict=True))
    return _CITIZEN_CHECKS[total % 11]


def parse_credit_code(text: str) -> CreditCode:
    """Parse an 18-character GB 32100 code, its embedded GB 11714 code included."""
    code = text.strip().upper()
    if not _CREDIT.fullmatch(code):
        raise IdentifierError("shape", "GB 32100")
    # 100000 in positions 3-8 is the national registrar, which no province holds.
    if code[2:8] != "100000":
        _require_province(code[2:], "GB 32100")
    _require_check(code[16], organization_check_character(code[8:16]), "GB 11714")
    _require_check(code[17], credit_check_character(code[:17]), "GB 32100")
    return CreditCode(code, code[0], code[1], code[2:8], code[8:17])


def credit_check_character(first_17: str) -> str:
    """Check character of the first 17 characters, GB 32100-2015 clause 4.2.5."""
    values = (_CREDIT_ALPHABET.index(c) for c in first_17)
    total = sum(v * w for v, w in zip(values, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[-total % 31]


def organization_check_character(first_8: str) -> str:
    """Check character of an organization code, GB 11714-1997 ("X" stands for ten)."""
    values = (_ORGANIZATION_ALPHABET.index(c) for c in first_8)
    total = sum(v * w for v, w in zip(values, _ORGANIZATION_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]


def parse_division_code(text: str) -> DivisionCode:
    """Parse a 6-digit GB/T 2260 code or a 12-digit statistical division code."""
    code = text.strip()
    if len(code) not in {6, 12} or not (code.isascii() and code.isdigit()):
        raise IdentifierError("shape", "GB/T 2260")
    _require_province(code, "GB/T 2260")
    if re.fullmatch(r"..00(?!00).*|.{6}000(?!000).*", code):
        # A county needs its prefecture and a village its township: no level may be skipped.
        raise IdentifierError("shape", "GB/T 2260")
    return DivisionCode(code)


def _require_province(code: str, identifier: str) -> None:
    if code[:2] not in PROVINCES:
        raise IdentifierError("province", identifier)


def _require_check(found: str, expected: str, identifier: str) -> None:
    if found != expected:
        raise IdentifierError("check_character", identifier, expected)
