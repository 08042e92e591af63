"""Req create-update-delete/deep-insert: entities nested in one another are made in one act."""

import asyncio

import pytest

from ipudong.city.sensing.models import Location, Sensor, Thing
from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance.bodies import (
    a_datastream,
    a_feature,
    a_location,
    a_property,
    a_sensor,
    a_thing,
)
from ipudong.gateway.sensorthings.tests.conformance.client import Client


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
