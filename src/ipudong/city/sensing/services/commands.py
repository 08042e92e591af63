"""The outbox of commands to devices, whatever they speak."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q

from ipudong.city.audit.services import record
from ipudong.city.sensing.command_kinds import check_arguments, find_command_kind
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import CommandState, StationCommand, Status, Thing

UNTAKEN_AFTER: Final = timedelta(minutes=10)
UNANSWERED_AFTER: Final = timedelta(minutes=30)
LONGEST_WAIT: Final = timedelta(days=30)
OPEN_STATES: Final = (CommandState.QUEUED, CommandState.SENT, CommandState.DELIVERED)


@transaction.atomic
def queue_command(
    *,
    thing: Thing,
    command: str,
    by: str,
    at: datetime,
    arguments: dict[str, Any] | None = None,
    wait: timedelta | None = None,
    retry_of: StationCommand | None = None,
) -> StationCommand:
    """Ask a device for something: a command of `COMMAND_KINDS`, or one its door knows besides.

    It waits ten minutes for the device's connection, or as long as `wait` says. Raises
    SensingError `not_commandable` for a thing that speaks no protocol, `bad_argument`.
    """
    if not thing.identity or thing.status in (Status.RETIRED, Status.SUSPENDED):
        raise SensingError("not_commandable", thing=thing.pk)
    kind = find_command_kind(thing.protocol, command)
    if kind is not None:
        check_arguments(kind, arguments or {})
    row = StationCommand.objects.create(
        thing=thing,
        command=command,
        arguments=arguments or {},
        queued_at=at,
        queued_by=by,
        expires_at=at + min(wait, LONGEST_WAIT) if wait else None,
        retry_of=retry_of,
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
        Q(expires_at=None) | Q(expires_at__gt=at), state=CommandState.QUEUED
    )
    if things is not None:
        # Few wait and many are connected: ask for those few, not for the many.
        asked = set(waiting.order_by().values_list("thing_id", flat=True))
        waiting = waiting.filter(thing_id__in=asked.intersection(things))
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
    """Note how a command ended (`answered`, `refused`, `timed_out`); False when it had before.

    `delivered` is no end: the device confirmed that it came, and may still answer.
    """
    if state == CommandState.DELIVERED:
        sent = StationCommand.objects.filter(pk=command_id, state=CommandState.SENT)
        return bool(sent.update(state=state, delivered_at=at))
    if state in OPEN_STATES or state not in CommandState.values:
        raise SensingError("command_finished", state=state)
    row = StationCommand.objects.filter(pk=command_id, state__in=OPEN_STATES)
    return bool(row.update(state=state, finished_at=at, answer=answer or {}))


@transaction.atomic
def expire_commands(*, now: datetime) -> int:
    """End what waited too long for a connection, and what no device answered in thirty minutes.

    A command that was delivered, and whose device says nothing more, stays as delivered.
    """
    queued = StationCommand.objects.filter(state=CommandState.QUEUED).filter(
        Q(expires_at__lte=now) | Q(expires_at=None, queued_at__lt=now - UNTAKEN_AFTER)
    )
    sent = StationCommand.objects.filter(
        state=CommandState.SENT, taken_at__lt=now - UNANSWERED_AFTER
    )
    delivered = StationCommand.objects.filter(
        state=CommandState.DELIVERED,
        finished_at=None,
        delivered_at__lt=now - UNANSWERED_AFTER,
    )
    delivered.update(finished_at=F("delivered_at"))
    return queued.update(state=CommandState.EXPIRED, finished_at=now) + sent.update(
        state=CommandState.TIMED_OUT, finished_at=now
    )


@transaction.atomic
def cancel_command(*, command_id: int, by: str, at: datetime) -> bool:
    """Take back a command that no gateway has taken yet; False when it is too late."""
    row = StationCommand.objects.filter(pk=command_id, state=CommandState.QUEUED)
    if not row.update(state=CommandState.CANCELED, finished_at=at):
        return False
    record(actor=by, action="sensing.cancel_command", subject=f"command:{command_id}")
    return True


@transaction.atomic
def retry_command(*, command: StationCommand, by: str, at: datetime) -> StationCommand:
    """Send a command that ended without success once more.

    Raises SensingError `command_open` while it is under way, and those of `queue_command`.
    """
    if command.state in OPEN_STATES:
        raise SensingError("command_open", command=command.pk)
    return queue_command(
        thing=command.thing,
        command=command.command,
        arguments=command.arguments,
        by=by,
        at=at,
        retry_of=command,
    )
