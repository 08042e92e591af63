"""Associations by `$ref`, and where things are: Req historical-location-auto-creation."""

import asyncio

import pytest

from ipudong.city.sensing.models import Thing
from ipudong.gateway.sensorthings.tests.conformance.bodies import (
    a_location,
    a_sensor,
    a_thing,
    a_whole_datastream,
    point,
)
from ipudong.gateway.sensorthings.tests.conformance.client import ROOT, Client


async def ref(client: Client, method: str, path: str, body: object = None) -> int:
    answer = await client.send(method, f"{path}/$ref", body)
    assert answer.status_code in (204, 400, 404, 405), answer.text
    return answer.status_code


async def test_a_thing_that_moves_leaves_a_history(client: Client) -> None:
    thing = await client.create("Things", a_thing(Locations=[a_location()]))
    await client.create(f"{thing}/Locations", a_location(121.8, 31.1))
    [place] = (await client.get(f"{thing}/Locations"))["value"]
    assert place["location"] == point(121.8, 31.1)
    past = (await client.get(f"{thing}/HistoricalLocations?$expand=Locations"))["value"]
    seen = [row["Locations"][0]["location"]["coordinates"] for row in past]
    assert sorted(seen) == [[121.5, 31.2], [121.8, 31.1]]


async def test_a_location_that_changes_moves_its_things(client: Client) -> None:
    thing = await client.create("Things", a_thing(Locations=[a_location()]))
    [place] = (await client.get(f"{thing}/Locations"))["value"]
    await client.change(place["@iot.selfLink"], {"location": point(121.7, 31.3)})
    assert len((await client.get(f"{thing}/HistoricalLocations"))["value"]) == 2
    await client.change(place["@iot.selfLink"], {"name": "same place"})
    assert len((await client.get(f"{thing}/HistoricalLocations"))["value"]) == 2


async def test_a_things_location_is_linked_and_unlinked(client: Client) -> None:
    thing = await client.create("Things", a_thing())
    place = await client.create("Locations", a_location())
    place_id = await client.id_of(place)
    assert await ref(client, "POST", f"{thing}/Locations", {"@iot.id": place_id}) == 204
    assert (await client.get(f"{thing}/Locations"))["value"][0]["@iot.id"] == place_id
    assert len((await client.get(f"{thing}/HistoricalLocations"))["value"]) == 1
    assert await ref(client, "DELETE", f"{thing}/Locations({place_id})") == 204
    assert (await client.get(f"{thing}/Locations"))["value"] == []
    assert await ref(client, "POST", f"{thing}/Locations", {"@iot.selfLink": place}) == 204
    answer = await client.send("DELETE", f"{thing}/Locations/$ref?$id={place}")
    assert answer.status_code == 204, answer.text
    assert (await client.get(f"{place}/Things"))["value"] == []
    thing_id = await client.id_of(thing)
    assert await ref(client, "POST", f"{place}/Things", {"@iot.id": thing_id}) == 204
    assert await ref(client, "DELETE", f"{place}/Things({thing_id})") == 204
    assert (await client.get(f"{thing}/Locations"))["value"] == []


async def test_a_datastream_is_given_another_sensor_and_thing(client: Client) -> None:
    stream = await client.create("Datastreams", a_whole_datastream())
    own_id = await client.id_of(stream)
    sensor = await client.create("Sensors", a_sensor(name="other"))
    sensor_id = await client.id_of(sensor)
    assert await ref(client, "PUT", f"{stream}/Sensor", {"@iot.id": sensor_id}) == 204
    assert (await client.get(f"{sensor}/Datastreams"))["value"][0]["@iot.id"] == own_id
    thing = await client.create("Things", a_thing())
    assert await ref(client, "POST", f"{thing}/Datastreams", {"@iot.id": own_id}) == 204
    assert (await client.get(f"{stream}/Thing"))["@iot.selfLink"] == thing


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("DELETE", "Datastreams(1)/Thing", None, 400),
        ("DELETE", "Things(1)/Datastreams(1)", None, 400),
        ("DELETE", "Things(1)/Locations(99)", None, 404),
        ("PUT", "Things(1)/Locations", {"@iot.id": 1}, 405),
        ("POST", "Datastreams(1)/Thing", {"@iot.id": 1}, 405),
        ("PUT", "Datastreams(1)/Thing", {"@iot.id": 999}, 400),
        ("PUT", "Datastreams(1)/Thing", {}, 400),
        ("PUT", "Datastreams(1)/Thing", {"@iot.selfLink": "Sensors(1)"}, 400),
        ("PUT", "Datastreams(1)/Thing", {"@iot.selfLink": 5}, 400),
        ("PUT", "Datastreams(1)/Thing", [], 400),
        ("POST", "Datastreams(1)/Observations", {"@iot.id": "1-1"}, 400),
        ("POST", "Datastreams(999)/Observations", {"@iot.id": "1-1"}, 404),
        ("POST", "Things", {"@iot.id": 1}, 400),
        ("PATCH", "Datastreams(1)/Thing", {"@iot.id": 1}, 405),
    ],
)
async def test_a_link_that_cannot_be_is_refused(
    client: Client, method: str, path: str, body: object, status: int
) -> None:
    assert await ref(client, method, path, body) == status


async def test_a_history_can_be_told_afterwards(client: Client) -> None:
    """Req historical-location-manual-creation: the newest is where the thing is now."""
    thing = await client.create("Things", a_thing(Locations=[a_location()]))
    old = await client.create("Locations", a_location(121.1, 31.0))
    new = await client.create("Locations", a_location(121.9, 31.4))
    for place, time in ((old, "2020-01-01T00:00:00Z"), (new, "2126-01-01T00:00:00Z")):
        past = await client.create(
            f"{thing}/HistoricalLocations",
            {"time": time, "Locations": [{"@iot.id": await client.id_of(place)}]},
        )
        assert (await client.get(past))["time"] == time
    [now] = (await client.get(f"{thing}/Locations"))["value"]
    assert now["@iot.selfLink"] == new
    await client.change(past, {"time": "2125-01-01T00:00:00Z"})
    await client.refuse("PATCH", past, {"time": "yesterday"}, 400, "bad_property")
    await client.refuse("PATCH", past, {"Locations": []}, 400, "link_required")
    await client.delete(past)
    body = {"time": "2020-01-01T00:00:00Z", "Thing": {"@iot.id": await client.id_of(thing)}}
    await client.refuse("POST", "HistoricalLocations", body, 400, "property_missing")


async def test_the_districts_own_things_are_moved_too(client: Client) -> None:
    """A station of the house is a Thing like any other; its page follows."""
    station = client.district.station
    path = f"{ROOT}/Things({station.pk})".removeprefix(f"{ROOT}/")
    before = await client.get(path)
    await client.create(f"{path}/Locations", a_location(121.77, 31.17))
    assert await asyncio.to_thread(
        Thing.objects.filter(pk=station.pk, lon=121.77, lat=31.17).exists
    )
    assert (await client.change(path, before, "PUT"))["properties"] == before["properties"]
    await station.arefresh_from_db()
    assert station.properties == {}
