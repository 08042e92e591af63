"""Req create-update-delete/deep-insert: entities nested in one another are made in one act."""

import asyncio

import pytest

from ipudong.city.audit.models import Entry
from ipudong.gateway.sensorthings.tests.conformance.bodies import (
    a_datastream,
    a_feature,
    a_location,
    a_property,
    a_sensor,
    a_thing,
    a_whole_datastream,
)
from ipudong.gateway.sensorthings.tests.conformance.client import Client
from ipudong.gateway.sensorthings.writes.bodies import MAX_ENTITIES


async def test_a_thing_comes_with_all_that_is_nested_in_it(client: Client) -> None:
    body = a_thing(
        Locations=[a_location()],
        Datastreams=[
            a_datastream(
                Sensor=a_sensor(),
                ObservedProperty=a_property(),
                Observations=[
                    {"phenomenonTime": "2026-03-01T00:00:00Z", "result": 100},
                    {
                        "phenomenonTime": "2026-03-01T01:00:00Z",
                        "result": 200,
                        "FeatureOfInterest": a_feature(),
                    },
                ],
            )
        ],
    )
    thing = await client.create("Things", body)
    found = await client.get(f"{thing}?$expand=Locations,HistoricalLocations,Datastreams")
    assert found["properties"] == body["properties"]
    [location] = found["Locations"]
    assert location["location"] == a_location()["location"]
    assert len(found["HistoricalLocations"]) == 1
    [stream] = found["Datastreams"]
    observations = (await client.get(f"Datastreams({stream['@iot.id']})/Observations"))["value"]
    assert [row["result"] for row in observations] == [100, 200]
    features = [
        (await client.get(f"Observations('{row['@iot.id']}')/FeatureOfInterest"))
        for row in observations
    ]
    assert features[0]["feature"] == location["location"]
    assert features[1]["name"] == a_feature()["name"]


async def test_a_datastream_comes_with_what_it_needs(client: Client) -> None:
    stream = await client.create("Datastreams", a_whole_datastream())
    found = await client.get(f"{stream}?$expand=Thing,Sensor,ObservedProperty")
    assert found["Sensor"]["metadata"] == a_sensor()["metadata"]
    assert found["ObservedProperty"]["definition"] == a_property()["definition"]
    assert found["unitOfMeasurement"]["symbol"] == "Cel"
    assert found["Thing"]["name"] == "Oven"


async def test_an_observation_comes_with_its_datastream_and_feature(client: Client) -> None:
    """Manual creation of everything by one POST Observations."""
    own = await client.create(
        "Observations",
        {
            "phenomenonTime": "2026-03-01T00:00:00Z",
            "result": 3,
            "FeatureOfInterest": a_feature(),
            "Datastream": a_whole_datastream(),
        },
    )
    found = await client.get(f"{own}?$expand=Datastream,FeatureOfInterest")
    assert found["Datastream"]["name"] == "oven temperature"
    assert found["FeatureOfInterest"]["feature"] == a_feature()["feature"]


async def test_of_a_deep_insert_that_fails_nothing_is_made(client: Client) -> None:
    sets = ("Things", "Locations", "Datastreams", "Sensors", "ObservedProperties")
    before = [await client.count(name) for name in sets]
    entries = await asyncio.to_thread(Entry.objects.count)
    body = a_thing(
        Locations=[a_location()],
        Datastreams=[
            a_datastream(Sensor=a_sensor(), ObservedProperty=a_property()),
            a_datastream(Sensor=a_sensor(), ObservedProperty={"@iot.id": "not_there"}),
        ],
    )
    await client.refuse("POST", "Things", body, 400, "no_such_link")
    del body["Datastreams"][1]["ObservedProperty"]
    await client.refuse("POST", "Things", body, 400, "property_missing")
    body["Datastreams"][1] = a_datastream(
        Sensor=a_sensor(), ObservedProperty=a_property(), Observations=[{"result": "warm"}]
    )
    await client.refuse("POST", "Things", body, 400, "bad_result")
    assert [await client.count(name) for name in sets] == before
    assert await asyncio.to_thread(Entry.objects.count) == entries


async def test_links_to_what_is_there_are_taken_by_id(client: Client) -> None:
    sensor = await client.id_of(await client.create("Sensors", a_sensor()))
    observed = await client.id_of(await client.create("ObservedProperties", a_property()))
    thing = await client.create("Things", a_thing())
    links = {"Sensor": {"@iot.id": sensor}, "ObservedProperty": {"@iot.id": observed}}
    stream = await client.create(f"{thing}/Datastreams", a_datastream(**links))
    assert (await client.get(f"{stream}/Sensor"))["@iot.id"] == sensor
    assert (await client.get(f"{stream}/ObservedProperty"))["@iot.id"] == observed
    assert (await client.get(f"{stream}/Thing"))["@iot.selfLink"] == thing


@pytest.mark.parametrize(
    ("count", "status"), [(MAX_ENTITIES - 1, 201), (MAX_ENTITIES, 413), (5 * MAX_ENTITIES, 413)]
)
async def test_a_deep_insert_is_bounded(client: Client, count: int, status: int) -> None:
    body = a_thing(Locations=[a_location() for _ in range(count)])
    answer = await client.send("POST", "Things", body)
    assert answer.status_code == status, answer.text


async def test_entities_are_not_nested_without_end(client: Client) -> None:
    body = a_thing()
    for _ in range(20):
        body = a_thing(Locations=[a_location(Things=[body])])
    await client.refuse("POST", "Things", body, 400, "nested_too_deep")
