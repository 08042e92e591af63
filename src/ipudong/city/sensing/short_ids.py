"""Short names of things for labels: `7K3-0`, to be typed where no camera is at hand.

The number in Crockford's base 32 (no I, L, O, U) with his check symbol, so that a slip of the
finger leads nowhere instead of to another device.
"""

from typing import Final

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS: Final = _DIGITS + "*~$=U"
_READ_AS: Final = str.maketrans("OILoil", "011011")
# Check symbols that an address would have to escape, written otherwise.
_SAFE_CHECKS: Final = {"*": "UA", "~": "UB", "$": "UC", "=": "UD"}
LENGTH: Final = 5


def short_id_of(number: int) -> str:
    """The short name of a thing's number: at least five digits, a dash, the check."""
    digits, rest = "", number
    while rest:
        rest, digit = divmod(rest, 32)
        digits = _DIGITS[digit] + digits
    check = _CHECKS[number % 37]
    return f"{digits.rjust(LENGTH, '0')}-{_SAFE_CHECKS.get(check, check)}"


def read_short_id(text: str) -> int | None:
    """The number of a short name in any letter case; None where it is none or its check fails."""
    body, dash, _check = text.strip().upper().rpartition("-")
    digits = body.translate(_READ_AS)
    if not dash or not 1 <= len(digits) <= 13 or set(digits) - set(_DIGITS):
        return None
    number = 0
    for digit in digits:
        number = number * 32 + _DIGITS.index(digit)
    written = short_id_of(number).rpartition("-")[2]
    return number if text.strip().upper().rpartition("-")[2] == written else None
