"""Case numbers: when and a chance number, a check digit, and nothing about anybody.

`YYYYDDDSSSSSRRRRC`: year, day of the year, second of the day (district's time), four random
digits, check digit by ISO 7064 MOD 11,10. As text they sort by time to the second.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.utils import timezone

LENGTH: Final = 17
SPREAD: Final = 10_000


def draw_number(at: datetime, *, below: Callable[[int], int] = secrets.randbelow) -> str:
    """A number for a case that is opened now; two in one second may meet, so draw again then."""
    local = timezone.localtime(at)
    second = local.hour * 3600 + local.minute * 60 + local.second
    digits = f"{local.year:04}{local.timetuple().tm_yday:03}{second:05}{below(SPREAD):04}"
    return digits + check_digit(digits)


def check_digit(digits: str) -> str:
    """ISO 7064 MOD 11,10 (hybrid system): finds every single wrong digit and nearly every swap."""
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def is_number(text: str) -> bool:
    """Whether a text can be a case number: its length, digits and check digit."""
    plain = text.isascii() and text.isdecimal() and len(text) == LENGTH
    return plain and check_digit(text[:-1]) == text[-1]
