"""Numbers of things in registers: projects, parcels, finance institutions, legal entities."""

import re

from ipudong.city.registry.identifiers import PROVINCES, IdentifierError

# 国家投资项目统一代码: year, division, industry, kind of admission, sequence.
_PROJECT = re.compile(r"(?P<year>20\d{2})-(?P<division>\d{6})-\d{2}-(?:01|02|03|04|99)-\d{6}")
# 宗地代码 of the real estate unit code: division, cadastral area and sub-area, class, sequence.
_PARCEL = re.compile(r"(?P<division>\d{6})\d{3}\d{3}[GJZ][ABCDEFGHLNSWXY]\d{5}")
# 金融机构编码 of the People's Bank: class, subclass, institution, place, sequence.
_INSTITUTION = re.compile(r"[A-Z]\d{4}[1-9]\d{6}\d{2}|[A-Z]\d{13}|[A-Z]\d{4}[A-Z]\d{8}")
_LEI = re.compile(r"[A-Z0-9]{18}\d{2}")


def parse_project_code(text: str) -> str:
    """The 24 characters of a national project code. Raises IdentifierError."""
    return _parse(text, _PROJECT, "project_code")


def parse_parcel_code(text: str) -> str:
    """The 19 characters of a parcel code. Raises IdentifierError."""
    return _parse(text, _PARCEL, "parcel_code")


def parse_institution_code(text: str) -> str:
    """The 14 characters of a finance institution's code, unchecked. Raises IdentifierError."""
    return _parse(text, _INSTITUTION, "institution_code")


def parse_lei(text: str) -> str:
    """A legal entity identifier, ISO 17442 with ISO 7064 MOD 97-10. Raises IdentifierError."""
    number = _parse(text, _LEI, "ISO 17442")
    if int("".join(str(int(c, 36)) for c in number)) % 97 != 1:
        raise IdentifierError("check_character", "ISO 17442")
    return number


def _parse(text: str, shape: re.Pattern[str], identifier: str) -> str:
    number = text.strip().upper()
    match = shape.fullmatch(number) if number.isascii() else None
    if match is None:
        raise IdentifierError("shape", identifier)
    division = match.groupdict().get("division")
    if division and division[:2] not in PROVINCES:
        raise IdentifierError("province", identifier)
    return number
