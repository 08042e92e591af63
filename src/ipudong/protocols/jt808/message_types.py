"""What a row of the message tables says, and a message read by it."""

from collections.abc import Callable
from typing import Final

import msgspec

from ipudong.protocols.jt808.editions import Edition
from ipudong.protocols.jt808.fields import Field, Values

PLATFORM_BIT: Final = 0x8000  # set in the ids of what the platform sends


class MessageType(msgspec.Struct, frozen=True):
    """A message: its id, name, fields, and the messages it is the answer to.

    `choose` tells the edition a body was written by where the header does not say, from the body
    and the header's edition. `otherwise` are fields tried if a body does not fit `fields`; where
    it fits them, `otherwise_verdict` says so. `since` is the edition that brought the message,
    `until` the last one with it; devices go on sending what was dropped, so it is read in every
    edition, with a verdict.
    """

    message_id: int
    name: str
    fields: tuple[Field, ...] = ()
    answers: tuple[int, ...] = ()
    choose: Callable[[bytes, Edition], Edition] | None = None
    otherwise: tuple[Field, ...] = ()
    otherwise_verdict: str = ""
    since: Edition = Edition.V2011
    until: Edition = Edition.V2019

    @property
    def is_from_platform(self) -> bool:
        return self.message_id & PLATFORM_BIT != 0


class Message(msgspec.Struct, frozen=True):
    """A message read: its values by field name, and the verdicts on header and body.

    `edition` is the one its body was read by. `tail` holds bytes behind the last field.
    """

    message_id: int
    name: str
    edition: Edition
    values: Values
    defects: tuple[str, ...] = ()
    tail: bytes = b""
