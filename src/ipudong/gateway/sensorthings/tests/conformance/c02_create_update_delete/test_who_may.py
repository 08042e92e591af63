"""Who may write what, and that it is written down who did."""

import asyncio

import pytest

from ipudong.city.audit.models import Entry
from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance.bodies import (
    a_thing,
    a_whole_datastream,
)
from ipudong.gateway.sensorthings.tests.conformance.client import ROOT, Client

WRITES = [
    ("POST", "Things"),
    ("PATCH", "Things(1)"),
    ("PUT", "Things(1)"),
    ("DELETE", "Things(1)"),
    ("POST", "Things(1)/Locations/$ref"),
    ("DELETE", "Things(1)/Locations(1)/$ref"),
    ("POST", "Observations"),
    ("POST", "Datastreams(1)/Observations"),
    ("PATCH", "Observations('1-1')"),
    ("DELETE", "Observations('1-1')"),
    ("POST", "Tasks"),
    ("DELETE", "Tasks(1)"),
]


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_whoever_may_not_is_turned_away(district: District, method: str, path: str) -> None:
    for headers, status in (({}, 401), (district.headers("clerk"), 403)):
        answer = await district.http.request(method, f"{ROOT}/{path}", json={}, headers=headers)
        assert answer.status_code == status, answer.text


async def test_each_write_needs_its_own_permit(district: District) -> None:
    integrator, officer = Client(district), Client(district, "duty_officer")
    await officer.refuse("POST", "Things", a_thing(), 403, "not_permitted")
    await officer.refuse("POST", "Observations", {}, 403, "not_permitted")
    await integrator.refuse("POST", "Tasks", {}, 403, "not_permitted")
    nested = a_thing(
        TaskingCapabilities=[
            {
                "name": "x",
                "description": "",
                "taskingParameters": {},
                "Actuator": {"@iot.id": 1},
                "Tasks": [{"taskingParameters": {}}],
            }
        ]
    )
    await integrator.refuse("POST", "Things", nested, 403, "not_permitted")
    await Client(district, "administrator").refuse("POST", "Things", nested, 400, "no_such_link")


async def test_every_entity_made_is_in_the_audit(district: District) -> None:
    before = await asyncio.to_thread(Entry.objects.count)
    await Client(district).create("Datastreams", a_whole_datastream())
    entries = await asyncio.to_thread(
        lambda: list(Entry.objects.order_by("sequence").values_list("actor", "action"))[before:]
    )
    assert {action for _, action in entries} == {
        "sensing.create_thing",
        "sensing.create_location",
        "sensing.move_thing",
        "sensing.create_sensor",
        "sensing.create_observed_property",
        "sensing.create_datastream",
    }
    assert all(actor.startswith("integrator/") for actor, _ in entries)


async def test_who_changes_or_deletes_a_reading_is_in_the_audit(district: District) -> None:
    client = Client(district)
    stream = district.datastreams["2011/a34004-Rtd"]
    own = await client.create(f"Datastreams({stream})/Observations", {"result": 1})
    before = await asyncio.to_thread(Entry.objects.count)
    await client.change(own, {"result": 2})
    await client.delete(own)
    actions = await asyncio.to_thread(
        lambda: list(Entry.objects.order_by("sequence").values_list("action", flat=True))[before:]
    )
    assert actions == ["sensing.change_observation", "sensing.withdraw_observation"]
