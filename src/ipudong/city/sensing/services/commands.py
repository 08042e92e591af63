"""The outbox of commands to stations."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import CommandState, StationCommand, Thing

UNTAKEN_AFTER: Final = timedelta(minutes=10)
UNANSWERED_AFTER: Final = timedelta(minutes=30)


@transaction.atomic
def queue_command(
    *, thing: Thing, command: str, by: str, at: datetime, arguments: dict[str, Any] | None = None
) -> StationCommand:
    """Ask a station for something (`read_now`, `set_time`, `set_interval`, `request_history`).

    Raises SensingError `not_commandable` for a thing that speaks no protocol.
    """
    if not thing.identity:
        raise SensingError("not_commandable", thing=thing.pk)
    row = StationCommand.objects.create(
        thing=thing, command=command, arguments=arguments or {}, queued_at=at, queued_by=by
    )
    record(
        actor=by,
        action="sensing.queue_command",
        subject=f"thing:{thing.pk}",
        detail={"command": command, "id": row.pk},
    )
    return row


@transaction.atomic
def take_commands(
    *, at: datetime, things: Iterable[int] | None = None, limit: int = 50
) -> list[StationCommand]:
    """Queued commands, oldest first, now this gateway's to send: each is given out once.

    `things` names the things whose connection this gateway holds; None takes any.
    """
    waiting = StationCommand.objects.select_for_update(skip_locked=True).filter(
        state=CommandState.QUEUED
    )
    if things is not None:
        waiting = waiting.filter(thing_id__in=list(things))
    taken = list(waiting.select_related("thing").order_by("pk")[:limit])
    ids = [row.pk for row in taken]
    StationCommand.objects.filter(pk__in=ids).update(state=CommandState.SENT, taken_at=at)
    for row in taken:
        row.state, row.taken_at = CommandState.SENT, at
    return taken


@transaction.atomic
def finish_command(
    *, command_id: int, state: str, at: datetime, answer: dict[str, Any] | None = None
) -> bool:
    """Note how a command ended (`answered`, `refused`, `timed_out`); False when it had before."""
    open_states = (CommandState.QUEUED, CommandState.SENT)
    if state in open_states or state not in CommandState.values:
        raise SensingError("command_finished", state=state)
    row = StationCommand.objects.filter(pk=command_id, state__in=open_states)
    return bool(row.update(state=state, finished_at=at, answer=answer or {}))


@transaction.atomic
def expire_commands(*, now: datetime) -> int:
    """End what no connected gateway took in ten minutes, or no station answered in thirty."""
    queued = StationCommand.objects.filter(
        state=CommandState.QUEUED, queued_at__lt=now - UNTAKEN_AFTER
    )
    sent = StationCommand.objects.filter(
        state=CommandState.SENT, taken_at__lt=now - UNANSWERED_AFTER
    )
    return queued.update(state=CommandState.EXPIRED, finished_at=now) + sent.update(
        state=CommandState.TIMED_OUT, finished_at=now
    )
