"""Commands on their way out, as every door takes and ends them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ipudong.city.sensing import services

ANSWERED: Final = "answered"
REFUSED: Final = "refused"
TIMED_OUT: Final = "timed_out"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A command of the outbox as plain data, read in the database's thread."""

    id: int
    thing_id: int
    command: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, to be written in the database's thread."""

    id: int
    state: str
    answer: dict[str, Any]


def take_outgoing(things: list[int], at: datetime) -> list[Outgoing]:
    """Commands for these things; call it in a thread."""
    if not things:
        return []
    return [
        Outgoing(row.pk, row.thing_id, row.command, row.arguments)
        for row in services.take_commands(at=at, things=things)
    ]


def write_ended(ended: list[Ended], at: datetime) -> None:
    """Write how commands ended; call it in a thread."""
    for row in ended:
        services.finish_command(command_id=row.id, state=row.state, at=at, answer=row.answer)
