"""Req update-entity, update-entity-put, update-entity-jsonpatch, delete-entity."""

import asyncio

import pytest

from ipudong.city.sensing.models import Rule
from ipudong.gateway.sensorthings.tests.conformance.bodies import (
    a_feature,
    a_location,
    a_property,
    a_sensor,
    a_thing,
    a_whole_datastream,
    point,
)
from ipudong.gateway.sensorthings.tests.conformance.client import Client

PATCH_JSON = {"content-type": "application/json-patch+json"}


async def test_a_patch_changes_what_it_names(client: Client) -> None:
    thing = await client.create("Things", a_thing())
    answer = await client.change(thing, {"description": "warm"})
    assert (answer["name"], answer["description"]) == ("Oven", "warm")
    assert (await client.get(thing))["properties"] == a_thing()["properties"]


@pytest.mark.parametrize(
    ("name", "body", "change"),
    [
        ("Sensors", a_sensor(), {"metadata": {"any": "json"}}),
        ("ObservedProperties", a_property(), {"definition": "http://example.org/x"}),
        ("Locations", a_location(), {"location": point(121.9, 31.1)}),
        ("FeaturesOfInterest", a_feature(), {"feature": point(121.9, 31.1)}),
        ("Datastreams", a_whole_datastream(), {"observedArea": point(121.9, 31.1)}),
        (
            "Datastreams",
            a_whole_datastream(),
            {"unitOfMeasurement": {"name": "Kelvin", "symbol": "K", "definition": "http://x/K"}},
        ),
    ],
)
async def test_every_set_is_patched(client: Client, name: str, body: dict, change: dict) -> None:
    made = await client.create(name, body)
    await client.change(made, change)
    found = await client.get(made)
    assert {part: found[part] for part in change} == change


async def test_a_put_replaces_everything(client: Client) -> None:
    thing = await client.create("Things", a_thing())
    await client.refuse("PUT", thing, {"name": "Stove"}, 400, "property_missing")
    await client.change(thing, {"name": "Stove", "description": ""}, "PUT")
    found = await client.get(thing)
    assert (found["name"], found["properties"]) == ("Stove", {})


async def test_what_was_read_can_be_put_back(client: Client) -> None:
    for name, body in (("Things", a_thing()), ("Datastreams", a_whole_datastream())):
        made = await client.create(name, body)
        found = await client.get(made)
        answer = await client.change(made, found, "PUT")
        assert answer.items() <= found.items()


async def test_a_json_patch_changes_parts(client: Client) -> None:
    thing = await client.create("Things", a_thing())
    steps = [
        {"op": "replace", "path": "/properties/color", "value": "Blue"},
        {"op": "remove", "path": "/properties/owner"},
        {"op": "add", "path": "/properties/size", "value": 3},
    ]
    answer = await client.send("PATCH", thing, steps, headers=PATCH_JSON)
    assert answer.status_code == 200, answer.text
    assert (await client.get(thing))["properties"] == {"color": "Blue", "size": 3}


@pytest.mark.parametrize(
    "steps",
    [
        {"op": "add"},
        [1],
        [{"op": "fly", "path": "/name"}],
        [{"op": "replace", "path": "/nothing", "value": 1}],
        [{"op": "replace", "path": "name", "value": 1}],
        [{"op": "remove", "path": "/name"}],
        [{"op": "replace", "path": "", "value": []}],
        [{"op": "add", "path": "/colour", "value": 1}],
        [{"op": "test", "path": "/name", "value": "other"}],
    ],
)
async def test_a_json_patch_that_cannot_be_applied_is_refused(client: Client, steps) -> None:
    thing = await client.create("Things", a_thing())
    answer = await client.send("PATCH", thing, steps, headers=PATCH_JSON)
    assert answer.status_code == 400, answer.text
    assert (await client.get(thing))["properties"] == a_thing()["properties"]


async def test_a_json_patch_does_not_grow_without_end(client: Client) -> None:
    thing = await client.create("Things", a_thing())
    doubling = [
        {"op": "copy", "from": "/properties", "path": f"/properties/{n}"} for n in range(60)
    ]
    answer = await client.send("PATCH", thing, doubling, headers=PATCH_JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_nothing_is_made_by_a_change(client: Client) -> None:
    thing = await client.create("Things", a_thing())
    change = {"Locations": [a_location()]}
    await client.refuse("PATCH", thing, change, 400, "no_deep_update")


async def test_a_change_may_link_to_what_is_there(client: Client) -> None:
    stream = await client.create("Datastreams", a_whole_datastream())
    other = await client.id_of(await client.create("Sensors", a_sensor(name="other")))
    await client.change(stream, {"Sensor": {"@iot.id": other}})
    assert (await client.get(f"{stream}/Sensor"))["name"] == "other"
    await client.refuse("PATCH", stream, {"Thing": {"@iot.id": 99999}}, 400, "no_such_link")


@pytest.mark.parametrize("owner", ["Thing", "Sensor", "ObservedProperty"])
async def test_datastreams_go_with_what_they_need(client: Client, owner: str) -> None:
    """Table 26: deleting a Thing, Sensor or ObservedProperty deletes its Datastreams."""
    stream = await client.create("Datastreams", a_whole_datastream())
    own_id = await client.id_of(stream)
    posted = await client.create(f"Datastreams({own_id})/Observations", {"result": 1})
    others = {"Thing", "Sensor", "ObservedProperty"} - {owner}
    kept = [(await client.get(f"{stream}/{name}"))["@iot.selfLink"] for name in sorted(others)]
    gone = (await client.get(f"{stream}/{owner}"))["@iot.selfLink"]
    await client.delete(gone)
    for address in (gone, stream, posted):
        await client.get(address, 404)
    for address in kept:
        await client.get(address)
    found = await client.get(f"Observations?$filter=Datastream/id eq {own_id}")
    assert found["value"] == []
    body = {"result": 1, "Datastream": {"@iot.id": own_id}}
    await client.refuse("POST", "Observations", body, 400, "no_such_datastream")


async def test_historical_locations_go_with_their_thing(client: Client) -> None:
    thing = await client.create("Things", a_thing(Locations=[a_location()]))
    [past] = (await client.get(f"{thing}/HistoricalLocations"))["value"]
    [place] = (await client.get(f"{thing}/Locations"))["value"]
    await client.delete(thing)
    await client.get(past["@iot.selfLink"], 404)
    assert (await client.get(f"{place['@iot.selfLink']}/Things"))["value"] == []


async def test_historical_locations_go_with_their_location(client: Client) -> None:
    thing = await client.create("Things", a_thing(Locations=[a_location()]))
    [past] = (await client.get(f"{thing}/HistoricalLocations"))["value"]
    [place] = (await client.get(f"{thing}/Locations"))["value"]
    await client.delete(place["@iot.selfLink"])
    await client.get(past["@iot.selfLink"], 404)
    assert (await client.get(f"{thing}/Locations"))["value"] == []
    await client.get(thing)


async def test_observations_go_with_their_feature(client: Client) -> None:
    stream = await client.create("Datastreams", a_whole_datastream())
    one = await client.create(
        f"{stream}/Observations", {"result": 1, "FeatureOfInterest": a_feature()}
    )
    two = await client.create(f"{stream}/Observations", {"result": 2})
    await client.delete((await client.get(f"{one}/FeatureOfInterest"))["@iot.selfLink"])
    await client.get(one, 404)
    assert (await client.get(two))["result"] == 2
    await client.delete((await client.get(f"{two}/FeatureOfInterest"))["@iot.selfLink"])
    await client.get(two, 404)
    three = await client.create(f"{stream}/Observations", {"result": 3})
    assert (await client.get(f"{three}/FeatureOfInterest"))["feature"] == a_location()["location"]


async def test_an_entity_is_reached_for_a_change_by_its_links_too(client: Client) -> None:
    stream = await client.create("Datastreams", a_whole_datastream())
    await client.change(f"{stream}/Thing", {"name": "Stove"})
    assert (await client.get(f"{stream}/Thing"))["name"] == "Stove"
    thing = (await client.get(f"{stream}/Thing"))["@iot.selfLink"]
    own_id = await client.id_of(stream)
    await client.delete(f"{thing}/Datastreams({own_id})")
    await client.get(stream, 404)


async def test_what_alarms_and_rules_refer_to_is_not_deleted(client: Client) -> None:
    """The district's own records stand: a property that a rule judges, a thing's own alarms."""

    def declare() -> None:
        Rule.objects.create(
            code="t", name_zh="t", kind="threshold", observed_property_id="test_a34004", limit=1.0
        )

    await asyncio.to_thread(declare)
    await client.refuse("DELETE", "ObservedProperties('test_a34004')", None, 409, "property_in_use")
