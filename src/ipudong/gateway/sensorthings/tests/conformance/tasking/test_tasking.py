"""Part 2: Tasking Core: what a thing can be asked, asking it, and how far it came."""

import asyncio
from typing import Any

import pytest

from ipudong.city.sensing.models import StationCommand
from ipudong.city.sensing.services import finish_command
from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance.bodies import a_thing
from ipudong.gateway.sensorthings.tests.conformance.client import Client

# The example of 17-079r1, 8.2: a lamp that can be switched.
SWITCH = {
    "type": "DataRecord",
    "field": [
        {
            "name": "status",
            "label": "On/Off status",
            "description": "Specifies turning the light On or Off",
            "type": "Category",
            "constraint": {"type": "AllowedTokens", "value": ["on", "off"]},
        },
        {
            "name": "level",
            "type": "Quantity",
            "optional": True,
            "constraint": {"type": "AllowedValues", "interval": [[0, 100]]},
        },
    ],
}


def an_actuator(**more: Any) -> dict[str, Any]:
    return {
        "name": "Hue",
        "description": "Lamp with a dimmer",
        "encodingType": "application/pdf",
        "metadata": "http://example.org/hue.pdf",
        **more,
    }


def a_capability(**more: Any) -> dict[str, Any]:
    return {
        "name": "Control Light",
        "description": "Turn the light on and off",
        "properties": {"room": 3},
        "taskingParameters": SWITCH,
        **more,
    }


@pytest.fixture
def admin(district: District) -> Client:
    return Client(district, "administrator")


@pytest.fixture
async def capability(admin: Client) -> str:
    return await admin.create(
        "TaskingCapabilities", a_capability(Thing=a_thing(), Actuator=an_actuator())
    )


async def test_a_capability_links_its_thing_and_actuator(admin: Client, capability: str) -> None:
    found = await admin.get(f"{capability}?$expand=Thing,Actuator,Tasks")
    assert found["taskingParameters"] == SWITCH
    assert found["Thing"]["name"] == "Oven"
    assert found["Actuator"]["metadata"] == an_actuator()["metadata"]
    assert found["Tasks"] == []


async def test_a_task_of_a_thing_without_a_protocol_is_kept(admin: Client, capability: str) -> None:
    body = {"taskingParameters": {"status": "on", "level": 40}}
    task = await admin.create(f"{capability}/Tasks", body)
    found = await admin.get(task)
    assert (found["taskingParameters"], found["state"]) == (body["taskingParameters"], "kept")
    assert found["creationTime"]
    assert not await asyncio.to_thread(StationCommand.objects.exists)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"status": "dim"},
        {"status": True},
        {"status": "on", "level": 101},
        {"status": "on", "level": "high"},
        {"status": "on", "level": True},
        {"status": "on", "color": "red"},
    ],
)
async def test_a_task_its_capability_does_not_allow_is_refused(
    admin: Client, capability: str, arguments: dict[str, Any]
) -> None:
    body = {"taskingParameters": arguments}
    await admin.refuse("POST", f"{capability}/Tasks", body, 400, "bad_task")
    assert await admin.count("Tasks") == 0


@pytest.mark.parametrize(
    "parameters",
    [
        {"type": "DataArray"},
        {"type": "DataRecord", "field": "x"},
        {"type": "DataRecord", "field": [{"name": "a", "type": "Color"}]},
        {"type": "DataRecord", "field": [{"name": "a b", "type": "Text"}]},
        {"type": "DataRecord", "field": [{"name": "a", "type": "Text"}] * 2},
        {
            "type": "DataRecord",
            "field": [{"name": "a", "type": "Count", "constraint": {"interval": [[1]]}}],
        },
        {
            "type": "DataRecord",
            "field": [{"name": "a", "type": "Count", "constraint": {"value": 1}}],
        },
    ],
)
async def test_parameters_that_describe_nothing_are_refused(
    admin: Client, parameters: dict[str, Any]
) -> None:
    body = a_capability(taskingParameters=parameters, Thing=a_thing(), Actuator=an_actuator())
    await admin.refuse("POST", "TaskingCapabilities", body, 400, "bad_tasking_parameters")
    assert await admin.count("Actuators") == 0


async def test_a_task_of_a_station_goes_through_the_outbox(admin: Client) -> None:
    """The command goes to the station over its own protocol; its end is seen on the Task."""
    station = admin.district.station
    body = a_capability(
        name="Time",
        properties={"command": "set_time"},
        taskingParameters={},
        Thing={"@iot.id": station.pk},
        Actuator=an_actuator(),
    )
    capability = await admin.create("TaskingCapabilities", body)
    task = await admin.create(
        "Tasks",
        {
            "taskingParameters": {},
            "TaskingCapability": {"@iot.id": await admin.id_of(capability)},
        },
    )
    assert (await admin.get(task))["state"] == "queued"
    command = await asyncio.to_thread(StationCommand.objects.get)
    assert (command.thing_id, command.command, command.arguments) == (station.pk, "set_time", {})
    await asyncio.to_thread(
        finish_command,
        command_id=command.pk,
        state="answered",
        at=admin.district.gateway.now(),
        answer={"ExeRtn": 1},
    )
    found = await admin.get(task)
    assert (found["state"], found["answer"]) == ("answered", {"ExeRtn": 1})


async def test_a_deleted_task_that_waits_is_not_sent(admin: Client) -> None:
    station = admin.district.station
    body = a_capability(Thing={"@iot.id": station.pk}, Actuator=an_actuator())
    capability = await admin.create("TaskingCapabilities", body)
    await admin.create(f"{capability}/Tasks", {"taskingParameters": {"status": "off"}})
    await admin.delete(capability)
    command = await asyncio.to_thread(StationCommand.objects.get)
    assert (command.command, command.state) == ("control_light", "canceled")
    assert await admin.count("Tasks") == 0
    assert await admin.count("Actuators") == 1


async def test_what_was_asked_does_not_change(admin: Client, capability: str) -> None:
    task = await admin.create(f"{capability}/Tasks", {"taskingParameters": {"status": "on"}})
    change = {"taskingParameters": {"status": "off"}}
    await admin.refuse("PATCH", task, change, 409, "task_fixed")
    await admin.change(task, {"properties": {"note": "evening"}})
    assert (await admin.get(task))["properties"] == {"note": "evening"}
    await admin.change(capability, {"description": "Lamp"})
    await admin.delete(task)
    await admin.get(task, 404)


async def test_capabilities_go_with_their_thing(admin: Client, capability: str) -> None:
    thing = (await admin.get(f"{capability}/Thing"))["@iot.selfLink"]
    task = await admin.create(f"{capability}/Tasks", {"taskingParameters": {"status": "on"}})
    await admin.delete(thing)
    for address in (capability, task):
        await admin.get(address, 404)
