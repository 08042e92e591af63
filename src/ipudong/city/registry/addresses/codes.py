"""The code of a standard address: its division, its level, and a digest that never changes."""

import hashlib
from typing import Final

_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U, which are misread
LEVEL_DIGITS: Final = {
    "community": "1",
    "road": "2",
    "lane": "3",
    "number": "4",
    "building": "5",
    "unit": "6",
    "floor": "7",
    "room": "8",
}
_DIGEST_LETTERS: Final = 12


def make_code(division: str, level: str, path: str) -> str:
    """Division (12 digits), level (1), digest of the first path (12), check letter: 26 characters.

    The same address registered twice has the same code; after that it stays, whatever the address
    is called later. `path` is the key, with the unit where it tells two apart.
    """
    digest = hashlib.blake2b(f"{division}{level}{path}".encode(), digest_size=8).digest()
    number = int.from_bytes(digest) >> 4
    letters = "".join(_LETTERS[number >> 5 * place & 31] for place in range(_DIGEST_LETTERS))
    bare = f"{division}{LEVEL_DIGITS[level]}{letters}"
    return bare + check_letter(bare)


def check_letter(bare: str) -> str:
    """ISO 7064 MOD 37,36 of what stands before it."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    value = 36
    for character in bare:
        value = (value + letters.index(character)) % 36 or 36
        value = value * 2 % 37
    return letters[(37 - value) % 36]


def is_address_code(code: str) -> bool:
    """Whether a text is a well-formed code with a right check letter."""
    if len(code) != 26 or not code[:12].isdigit() or code[12:13] not in LEVEL_DIGITS.values():
        return False
    if any(letter not in _LETTERS for letter in code[13:25]):
        return False
    return check_letter(code[:-1]) == code[-1]
