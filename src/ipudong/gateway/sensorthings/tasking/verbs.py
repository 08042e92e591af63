"""The verbs of actuators, capabilities and tasks."""

from typing import Any, Final

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Task, TaskingCapability
from ipudong.city.sensing.services import tasking
from ipudong.gateway.sensorthings.writes.acts import Act, Attributes, Links, Verbs


def _delete(act: Act, row: Any) -> None:
    tasking.delete_tasking_row(row=row, by=act.by, at=act.at)


def _update(act: Act, row: Any, links: Links, attributes: Attributes) -> None:
    names = {"Thing": "thing", "Actuator": "actuator"}
    moved = {names[name]: target for name, target in links.items() if name in names}
    tasking.update_tasking_row(row=row, by=act.by, **attributes, **moved)


def _create_capability(act: Act, links: Links, attributes: Attributes) -> TaskingCapability:
    return tasking.create_capability(
        by=act.by, thing=links["Thing"], actuator=links["Actuator"], **attributes
    )


def _create_task(act: Act, links: Links, attributes: Attributes) -> Task:
    return tasking.create_task(
        by=act.by, at=act.at, capability=links["TaskingCapability"], **attributes
    )


def _update_task(act: Act, row: Task, links: Links, attributes: Attributes) -> None:
    """What was asked is asked: only the properties of a task can change."""
    if links or attributes.get("parameters", row.parameters) != row.parameters:
        raise SensingError("task_fixed", task=row.pk)
    kept = {name: value for name, value in attributes.items() if name != "parameters"}
    tasking.update_tasking_row(row=row, by=act.by, **kept)


ACTUATOR_VERBS: Final = Verbs(
    lambda act, links, attributes: tasking.create_actuator(by=act.by, **attributes),
    _update,
    _delete,
)
CAPABILITY_VERBS: Final = Verbs(_create_capability, _update, _delete)
TASK_VERBS: Final = Verbs(_create_task, _update_task, _delete)
