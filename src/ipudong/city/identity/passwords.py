"""Passwords made for somebody else: easy to read out, hard to guess."""

import secrets
from collections.abc import Callable
from typing import Final

# No i, l, o, 0 and 1: they are mistaken for each other on paper and on the telephone.
LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS: Final = 4
GROUP_LENGTH: Final = 4


def generate_password(choose: Callable[[str], str] = secrets.choice) -> str:
    """Four groups of four characters, 79 random bits: `k7mf-9xqt-hw3e-pz8n`."""
    groups = ("".join(choose(LETTERS) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)
