"""What things can be asked to do, and asking them (SensorThings Part 2: Tasking Core 1.0)."""

from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.text import slugify

from ipudong.city.audit.services import record
from ipudong.city.sensing.models import Actuator, CommandState, Task, TaskingCapability, Thing
from ipudong.city.sensing.parameters import check_arguments, check_description
from ipudong.city.sensing.services.commands import queue_command

_COMMAND_CHARS: Final = 40


@transaction.atomic
def create_actuator(*, by: str, **facts: Any) -> Actuator:
    """An actuator of `name`, `description`, `encoding_type`, `metadata`, `properties`."""
    row = Actuator.objects.create(**facts)
    record(actor=by, action="sensing.create_actuator", subject=f"actuator:{row.pk}")
    return row


@transaction.atomic
def create_capability(*, by: str, **facts: Any) -> TaskingCapability:
    """What a thing's actuator can be asked. Raises SensingError `bad_tasking_parameters`."""
    check_description(facts["tasking_parameters"])
    row = TaskingCapability.objects.create(**facts)
    record(
        actor=by,
        action="sensing.create_capability",
        subject=f"capability:{row.pk}",
        detail={"thing": row.thing_id},
    )
    return row


@transaction.atomic
def update_tasking_row(*, row: Actuator | TaskingCapability | Task, by: str, **facts: Any) -> None:
    """Change what is said of an actuator, a capability or a task.

    Raises SensingError `bad_tasking_parameters`.
    """
    if "tasking_parameters" in facts:
        check_description(facts["tasking_parameters"])
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()
    record(
        actor=by,
        action=f"sensing.update_{row._meta.model_name}",
        subject=f"{row._meta.model_name}:{row.pk}",
        detail={"changed": sorted(facts)},
    )


@transaction.atomic
def delete_tasking_row(*, row: Actuator | TaskingCapability | Task, by: str, at: datetime) -> None:
    """Delete an actuator or a capability with its tasks, or a task.

    What waits in the outbox for a deleted task is not sent any more.
    """
    tasks = _tasks_of(row)
    waiting = [task.command for task in tasks if task.command]
    for command in waiting:
        if command.state == CommandState.QUEUED:
            command.state, command.finished_at = CommandState.CANCELED, at
            command.save(update_fields=["state", "finished_at"])
    record(
        actor=by,
        action=f"sensing.delete_{row._meta.model_name}",
        subject=f"{row._meta.model_name}:{row.pk}",
    )
    row.delete()


def _tasks_of(row: Actuator | TaskingCapability | Task) -> list[Task]:
    if isinstance(row, Task):
        return [row]
    key = "capability" if isinstance(row, TaskingCapability) else "capability__actuator"
    return list(Task.objects.filter(**{key: row}).select_related("command"))


@transaction.atomic
def create_task(
    *,
    capability: TaskingCapability,
    parameters: dict[str, Any],
    by: str,
    at: datetime,
    **facts: Any,
) -> Task:
    """Ask a thing for an act: a row of the outbox where the thing speaks a protocol.

    Raises SensingError `bad_task` where the arguments are not those of the capability.
    """
    check_arguments(capability.tasking_parameters, parameters)
    thing = Thing.objects.get(pk=capability.thing_id)
    command = None
    if thing.identity:
        command = queue_command(
            thing=thing, command=command_of(capability), by=by, at=at, arguments=parameters
        )
    row = Task.objects.create(
        capability=capability, parameters=parameters, created_at=at, command=command, **facts
    )
    record(
        actor=by,
        action="sensing.create_task",
        subject=f"task:{row.pk}",
        detail={"capability": capability.pk, "thing": thing.pk},
    )
    return row


def command_of(capability: TaskingCapability) -> str:
    """The word of the outbox: `properties.command`, or else the name in one word."""
    given = capability.properties.get("command")
    word = given if isinstance(given, str) and given else slugify(capability.name, True)
    return word.replace("-", "_")[:_COMMAND_CHARS] or "task"
