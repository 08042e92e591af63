"""Masks: what of a value a reader may see whose purpose does not need the whole."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Final

STAR = "*"
_NUMBERED = re.compile(r"\d")
_LAST = 4


def mask_name(name: str) -> str:
    """First and last character of a Chinese name, the first of two; initials of a Latin one."""
    if " " in name:
        return " ".join(f"{part[0]}{STAR * 2}" for part in name.split())
    if len(name) <= 1:
        return STAR * len(name)
    if len(name) == 2:
        return name[0] + STAR
    return name[0] + STAR * (len(name) - 2) + name[-1]


def mask_number(number: str) -> str:
    """The division and the last four of an 18-character number; two at either end otherwise."""
    ends = (6, _LAST) if len(number) == 18 else (2, 2)
    hidden = len(number) - sum(ends)
    if hidden <= 0:
        return STAR * len(number)
    return number[: ends[0]] + STAR * hidden + number[-ends[1] :]


def mask_phone(phone: str) -> str:
    """The first three and last four digits."""
    if len(phone) < 8:
        return STAR * len(phone)
    return phone[:3] + STAR * (len(phone) - 7) + phone[-4:]


def mask_address(address: str) -> str:
    """The address up to its first number: road or village, no house."""
    found = _NUMBERED.search(address)
    if found is None:
        return address[: max(len(address) - _LAST, 0)] + STAR * min(len(address), 3)
    return address[: found.start()] + STAR * 3


def mask_date(day: str) -> str:
    """The year of an ISO date."""
    return day[:4] + "-**-**" if len(day) == 10 else ""


MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "name": mask_name,
    "document_number": mask_number,
    "phone": mask_phone,
    "address": mask_address,
    "born_on": mask_date,
    "died_on": mask_date,
    "permit_until": mask_date,
    "household_number": mask_number,
}


def mask(field: str, value: object) -> str:
    """`value` of `field` as a reader without need of the whole sees it."""
    text = value.isoformat() if isinstance(value, dt.date) else str(value or "")
    return MASKS[field](text) if field in MASKS and text else text
