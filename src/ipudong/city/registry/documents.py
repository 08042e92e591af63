"""Identity documents of persons: what can be checked of each kind's number.

The identity card, the residence permit for Hong Kong, Macau and Taiwan residents and the permanent
residence card of 2023 carry the GB 11643 check character; of the others only the shape is fixed.
"""

import datetime as dt
import re
from dataclasses import dataclass

from ipudong.city.registry.codes import CITIZEN
from ipudong.city.registry.identifiers import (
    IdentifierError,
    citizen_check_character,
    parse_citizen_number,
)

MALE, FEMALE = "1", "2"

_SHAPES = {
    # Ordinary (E, then perhaps a letter without I and O; older G), diplomatic, service, SAR.
    "passport": re.compile(r"(?:[EGDSPHK]\d{8}|E[A-HJ-NP-Z]\d{7}|[DSP]E\d{7}|M[AB]\d{7})"),
    # ICAO 9303 leaves nine places; some states print more.
    "foreign_passport": re.compile(r"[A-Z0-9]{5,15}"),
    # H for Hong Kong, M for Macau; two more digits counted the renewals of the older card.
    "hk_macau_permit": re.compile(r"[HM]\d{8}(?:\d{2})?"),
    "taiwan_permit": re.compile(r"\d{8}(?:\d{2})?"),
    "birth_certificate": re.compile(r"[A-Z]\d{9}"),
}
# The GA/T card: 81 Hong Kong, 82 Macau, 83 Taiwan.
_RESIDENCE = re.compile(r"8[123]0000\d{11}[\dX]")
_FOREIGN_NEW = re.compile(r"9\d{16}[\dX]")
_FOREIGN_OLD = re.compile(r"[A-Z]{3}\d{12}")
_FOREIGN_BIRTH = slice(6, 14)


@dataclass(frozen=True, slots=True)
class Document:
    """A document's number, in capitals without spaces, and what it says of its holder."""

    kind: str
    number: str
    born_on: dt.date | None = None
    sex: str = ""


def parse_document(kind: str, text: str) -> Document:
    """Parse the number of a document of `kind`. Raises IdentifierError.

    Codes are those of `identifiers`, and "kind" for a kind that is not in DOCUMENT_KINDS.
    """
    number = plain_number(text)
    if kind == CITIZEN:
        citizen = parse_citizen_number(number)
        return Document(kind, number, citizen.born_on, MALE if citizen.is_male else FEMALE)
    if kind == "residence_permit":
        return _parse_checked(kind, number, _RESIDENCE)
    if kind == "foreign_residence":
        if _FOREIGN_OLD.fullmatch(number):
            return Document(kind, number)
        return _parse_checked(kind, number, _FOREIGN_NEW)
    shape = _SHAPES.get(kind)
    if shape is None:
        raise IdentifierError("kind", kind)
    if not shape.fullmatch(number):
        raise IdentifierError("shape", kind)
    return Document(kind, number)


def plain_number(text: str) -> str:
    """A number as it is stored: capitals, no spaces or hyphens."""
    return re.sub(r"[\s\-()（）]", "", text).upper()


def _parse_checked(kind: str, number: str, shape: re.Pattern[str]) -> Document:
    if not (number.isascii() and shape.fullmatch(number)):
        raise IdentifierError("shape", kind)
    try:
        born_on = dt.datetime.strptime(number[_FOREIGN_BIRTH], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError as error:
        raise IdentifierError("birth_date", kind) from error
    expected = citizen_check_character(number[:17])
    if number[17] != expected:
        raise IdentifierError("check_character", kind, expected)
    return Document(kind, number, born_on, MALE if int(number[16]) % 2 else FEMALE)
