"""The three editions of JT/T 808 a platform meets on one port."""

from enum import IntEnum
from typing import Final


class Edition(IntEnum):
    """2011 and 2013 share the header; a few bodies tell them apart by their length."""

    V2011 = 2011
    V2013 = 2013
    V2019 = 2019


SHORT_PHONE_BYTES: Final = 6
LONG_PHONE_BYTES: Final = 10
