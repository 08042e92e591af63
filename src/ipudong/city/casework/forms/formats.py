"""Formats of texts that forms know beside JSON Schema's own: what people in China fill in."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from jsonschema import FormatChecker

from ipudong.city.registry.identifiers import (
    IdentifierError,
    parse_citizen_number,
    parse_credit_code,
)

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_PHONE = re.compile(r"(0[0-9]{2,3}-?)?[2-9][0-9]{6,7}(-[0-9]{1,6})?|1[3-9][0-9]{9}|[48]00[0-9]{7}")
_MONEY = re.compile(r"(0|[1-9][0-9]{0,11})(\.[0-9]{1,2})?")
_POSTAL = re.compile(r"[0-9]{6}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
# A name of a place and something that tells one door from another: a number, or a named part.
_ADDRESS = re.compile(r"(?=.*\w{2})(?=.*([0-9〇一二三四五六七八九十]|[号弄室村组幢])).{4,}")


def is_citizen_number(text: str) -> bool:
    """GB 11643, its check character included."""
    try:
        return parse_citizen_number(text).text == text
    except IdentifierError:
        return False


def is_credit_code(text: str) -> bool:
    """GB 32100, both check characters included."""
    try:
        return parse_credit_code(text).text == text
    except IdentifierError:
        return False


def is_date(text: str) -> bool:
    """An ISO 8601 calendar date that exists, from 1850 on."""
    if not _DATE.fullmatch(text):
        return False
    try:
        return dt.date.fromisoformat(text).year >= 1850
    except ValueError:
        return False


FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "citizen-number": is_citizen_number,
    "credit-code": is_credit_code,
    "mobile-phone": lambda text: bool(_MOBILE.fullmatch(text)),
    "phone": lambda text: bool(_PHONE.fullmatch(text)),
    "date": is_date,
    "month": lambda text: bool(_MONTH.fullmatch(text)),
    "time-of-day": lambda text: bool(_TIME.fullmatch(text)),
    "money": lambda text: bool(_MONEY.fullmatch(text)),
    "postal-code": lambda text: bool(_POSTAL.fullmatch(text)),
    "email": lambda text: len(text) <= 254 and bool(_EMAIL.fullmatch(text)),
    "address": lambda text: bool(_ADDRESS.fullmatch(text)),
}
# Formats whose texts hold no spaces, and are typed with wide digits by Chinese keyboards.
_CLOSED: Final = frozenset(FORMATS) - {"address"}
_LONGEST: Final[Mapping[str, int]] = {
    "citizen-number": 18,
    "credit-code": 18,
    "mobile-phone": 11,
    "phone": 20,
    "date": 10,
    "month": 7,
    "time-of-day": 5,
    "money": 15,
    "postal-code": 6,
    "email": 254,
    "address": 200,
}


def longest_of(format_name: str) -> int:
    """Most characters a text of this format has."""
    return _LONGEST.get(format_name, 200)


def format_checker() -> FormatChecker:
    """The formats for `jsonschema`; other formats are refused when a form is parsed."""
    checker = FormatChecker(formats=())
    for name, is_right in FORMATS.items():
        checker.checks(name)(_on_texts(is_right))
    return checker


def _on_texts(is_right: Callable[[str], bool]) -> Callable[[object], bool]:
    return lambda value: is_right(value) if isinstance(value, str) else True


def tidy(text: str, *, format_name: str = "", lines: bool = False) -> str:
    """A text as it is kept: no control characters, no space around, closed formats normal.

    NUL and lone surrogates go, because no database keeps them; line ends stay where `lines`.
    """
    kept = "".join(c if _is_kept(c, lines) else _instead(c) for c in text.replace("\r\n", "\n"))
    kept = kept.strip()
    return _normal(kept, format_name) if format_name in _CLOSED else kept


def _is_kept(character: str, lines: bool) -> bool:
    if character == "\n":
        return lines
    return unicodedata.category(character) not in {"Cc", "Cs"}


def _instead(character: str) -> str:
    return " " if character in "\n\r\t" else ""


def _normal(text: str, format_name: str) -> str:
    closed = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if format_name in {"citizen-number", "credit-code"}:
        return closed.upper()
    if format_name == "money":
        return closed.replace(",", "")
    if format_name == "mobile-phone":
        return re.sub(r"^(\+|00)86", "", closed).replace("-", "")
    return closed
