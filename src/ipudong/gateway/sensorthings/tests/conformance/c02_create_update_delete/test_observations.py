"""Observations: every kind of result, what is said beside it, changing and deleting them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ipudong.city.sensing.models import Latest, ObservationDetail
from ipudong.gateway.sensorthings.tests.conformance.bodies import (
    ANY,
    CATEGORY,
    COUNT,
    TRUTH,
    a_feature,
    a_location,
    a_multi_datastream,
    a_property,
    a_sensor,
    a_thing,
    a_whole_datastream,
    point,
)
from ipudong.gateway.sensorthings.tests.conformance.client import Client

# Not long ago: a reading off by more than a day is marked as such, and is nobody's latest.
START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=12)


def hour(count: int) -> str:
    return (START + timedelta(hours=count)).isoformat().replace("+00:00", "Z")


AT = hour(0)


async def a_stream(client: Client, **more: Any) -> str:
    return await client.create("Datastreams", a_whole_datastream(**more))


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        (COUNT, 7),
        (TRUTH, True),
        (TRUTH, False),
        (CATEGORY, "good"),
        (CATEGORY, "良"),
        (CATEGORY, {"code": 3, "label": ["x"]}),
        (ANY, 1.5),
        (ANY, "text"),
        (ANY, [1, 2, {"a": None}]),
    ],
)
async def test_every_kind_of_result_is_read_back(client: Client, kind: str, result: Any) -> None:
    stream = await a_stream(client, observationType=kind)
    body = {"phenomenonTime": AT, "result": result}
    own = await client.create(f"{stream}/Observations", body)
    found = await client.get(own)
    assert (found["result"], type(found["result"])) == (result, type(result))
    [listed] = (await client.get(f"{stream}/Observations"))["value"]
    assert listed["result"] == result
    await client.district.gateway._write_latest()
    assert (await client.get(stream))["phenomenonTime"] == f"{AT}/{AT}"


@pytest.mark.parametrize(
    ("kind", "result"),
    [(COUNT, 1.5), (COUNT, "7"), (TRUTH, 2), (TRUTH, "yes"), (CATEGORY, None), (ANY, None)],
)
async def test_a_result_of_another_kind_is_refused(client: Client, kind: str, result: Any) -> None:
    stream = await a_stream(client, observationType=kind)
    await client.refuse("POST", f"{stream}/Observations", {"result": result}, 400, "bad_result")


async def test_all_that_is_said_beside_the_result_is_read_back(client: Client) -> None:
    stream = await a_stream(client)
    said = {
        "phenomenonTime": "2026-03-01T00:00:00Z/2026-03-01T00:10:00Z",
        "resultTime": "2026-03-01T00:20:00Z",
        "validTime": "2026-03-01T00:00:00Z/2026-04-01T00:00:00Z",
        "result": 7.5,
        "resultQuality": {"DQ_Status": "ok"},
        "parameters": {"depth": 3, "operator": "王"},
    }
    own = await client.create(f"{stream}/Observations", said)
    found = await client.get(own)
    assert {name: found[name] for name in said} == said


async def test_an_observation_without_a_feature_is_of_its_things_place(client: Client) -> None:
    """8.2.8: the feature is made of the Thing's Location, and stays when the Thing moves."""
    stream = await a_stream(client)
    thing = (await client.get(f"{stream}/Thing"))["@iot.selfLink"]
    first = await client.create(f"{stream}/Observations", {"phenomenonTime": AT, "result": 1})
    here = await client.get(f"{first}/FeatureOfInterest")
    assert here["feature"] == a_location()["location"]
    same = await client.create(f"{stream}/Observations", {"result": 2})
    assert (await client.get(f"{same}/FeatureOfInterest"))["@iot.id"] == here["@iot.id"]

    await client.create(f"{thing}/Locations", a_location(121.9, 31.0))
    later = hour(5)  # long before the move was told
    moved = await client.create(f"{stream}/Observations", {"phenomenonTime": later, "result": 3})
    assert (await client.get(f"{moved}/FeatureOfInterest"))["feature"] == point(121.9, 31.0)
    now = await client.create(f"{stream}/Observations", {"result": 4})
    assert (await client.get(f"{now}/FeatureOfInterest"))["feature"] == point(121.9, 31.0)
    assert (await client.get(f"{first}/FeatureOfInterest"))["@iot.id"] == here["@iot.id"]


async def test_observations_are_posted_to_a_feature(client: Client) -> None:
    stream = await a_stream(client)
    feature = await client.create("FeaturesOfInterest", a_feature())
    link = {"@iot.id": await client.id_of(stream)}
    own = await client.create(f"{feature}/Observations", {"result": 1, "Datastream": link})
    assert (await client.get(f"{own}/FeatureOfInterest"))["@iot.selfLink"] == feature
    found = (await client.get(f"{feature}/Observations"))["value"]
    assert [row["@iot.selfLink"] for row in found] == [own]


async def test_an_observation_is_changed(client: Client) -> None:
    stream = await a_stream(client)
    own = await client.create(
        f"{stream}/Observations",
        {"phenomenonTime": AT, "result": 1, "parameters": {"a": 1}, "resultQuality": "raw"},
    )
    await client.change(own, {"result": 2})
    found = await client.get(own)
    assert (found["result"], found["parameters"], found["resultQuality"]) == (2, {"a": 1}, "raw")
    await client.change(own, {"parameters": {"b": 2}})
    found = await client.get(own)
    assert (found["result"], found["parameters"]) == (2, {"b": 2})
    await client.change(own, {"phenomenonTime": AT, "result": 3}, "PUT")
    found = await client.get(own)
    assert (found["result"], "parameters" in found) == (3, False)
    assert found["resultQuality"]["valid"] is True
    assert len((await client.get(f"{stream}/Observations"))["value"]) == 1


async def test_a_text_is_changed_into_another(client: Client) -> None:
    stream = await a_stream(client, observationType=CATEGORY)
    own = await client.create(f"{stream}/Observations", {"phenomenonTime": AT, "result": "good"})
    await client.change(own, {"result": "bad"})
    assert (await client.get(own))["result"] == "bad"
    await client.change(own, {"parameters": {"why": "smoke"}})
    found = await client.get(own)
    assert (found["result"], found["parameters"]) == ("bad", {"why": "smoke"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"phenomenonTime": "2026-03-02T00:00:00Z"}, "time_fixed"),
        ({"Datastream": {"@iot.id": 1}}, "owner_fixed"),
        ({"result": "x"}, "bad_result"),
        ({"colour": 1}, "unknown_property"),
        ({"parameters": 1}, "bad_property"),
        ({"FeatureOfInterest": {"@iot.id": 99999}}, "no_such_link"),
        ({"FeatureOfInterest": {"name": "x"}}, "no_deep_update"),
        ([], "bad_body"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(client: Client, change: Any, code: str) -> None:
    stream = await a_stream(client)
    own = await client.create(f"{stream}/Observations", {"phenomenonTime": AT, "result": 1})
    await client.refuse("PATCH", own, change, 400, code)
    assert (await client.get(own))["result"] == 1


async def test_a_deleted_observation_is_in_no_answer(client: Client) -> None:
    stream = await a_stream(client)
    own_id = await client.id_of(stream)
    await client.district.gateway.reloads.catch_up()
    times = [hour(count) for count in range(3)]
    made = [
        await client.create(
            f"{stream}/Observations",
            {"phenomenonTime": at, "result": n, "parameters": {"n": n}},
        )
        for n, at in enumerate(times)
    ]
    await client.delete(made[2])
    await client.get(made[2], 404)
    await client.refuse("DELETE", made[2], None, 404, "no_such_entity")
    found = await client.get(f"{stream}/Observations?$count=true")
    assert (found["@iot.count"], [row["result"] for row in found["value"]]) == (2, [0, 1])
    latest = await client.get(f"{stream}/Observations?$orderby=phenomenonTime desc&$top=1")
    assert latest["value"][0]["result"] == 1
    await client.district.gateway._write_latest()
    span = (await client.get(stream))["phenomenonTime"]
    assert span == f"{times[0]}/{times[1]}"
    assert await asyncio.to_thread(ObservationDetail.objects.count) == 2
    await client.delete(made[0])
    assert (await client.get(stream))["phenomenonTime"] == f"{times[1]}/{times[1]}"
    await client.delete(made[1])
    assert "phenomenonTime" not in await client.get(stream)
    assert not await asyncio.to_thread(Latest.objects.filter(pk=own_id).exists)
    again = await client.create(f"{stream}/Observations", {"phenomenonTime": AT, "result": 9})
    assert (await client.get(again))["result"] == 9


async def test_the_span_of_a_datastream_grows_with_late_readings(client: Client) -> None:
    stream = await a_stream(client)
    for at in (hour(5), hour(2), hour(9)):
        await client.create(f"{stream}/Observations", {"phenomenonTime": at, "result": 1})
    await client.district.gateway._write_latest()
    assert (await client.get(stream))["phenomenonTime"] == f"{hour(2)}/{hour(9)}"


async def test_a_multi_datastream_has_several_results_at_once(client: Client) -> None:
    multi = await client.create(
        "MultiDatastreams",
        a_multi_datastream(
            Thing=a_thing(Locations=[a_location()]),
            Sensor=a_sensor(),
            ObservedProperties=[a_property("speed"), a_property("direction")],
        ),
    )
    found = await client.get(f"{multi}?$expand=ObservedProperties")
    assert {row["name"] for row in found["ObservedProperties"]} == {"speed", "direction"}
    assert found["unitOfMeasurements"] == a_multi_datastream()["unitOfMeasurements"]
    body = {"phenomenonTime": AT, "result": [3.5, 270], "parameters": {"mast": 1}}
    own = await client.create(f"{multi}/Observations", body)
    seen = await client.get(own)
    assert (seen["result"], seen["parameters"]) == ([3.5, 270], {"mast": 1})
    assert len((await client.get("Observations"))["value"]) in (0, 1)
    half = await client.create(f"{multi}/Observations", {"result": [None, 90]})
    assert (await client.get(half))["result"] == [None, 90]
    for result in (3.5, [1], [1, "x"], [1, 2, 3]):
        await client.refuse("POST", f"{multi}/Observations", {"result": result}, 400, "bad_result")
    await client.change(own, {"result": [4, 180]})
    assert (await client.get(own))["result"] == [4, 180]
    await client.delete(own)
    await client.get(own, 404)
    await client.delete(multi)
    await client.get(half, 404)


@pytest.mark.parametrize(
    "change",
    [
        {"unitOfMeasurements": [a_multi_datastream()["unitOfMeasurements"][0]]},
        {"multiObservationDataTypes": []},
        {"multiObservationDataTypes": ["x", "y"]},
        {"ObservedProperties": [a_property()]},
        {"ObservedProperties": []},
        {"observationType": CATEGORY},
    ],
)
async def test_an_uneven_multi_datastream_is_refused(client: Client, change: Any) -> None:
    body = a_multi_datastream(
        Thing=a_thing(), Sensor=a_sensor(), ObservedProperties=[a_property(), a_property("b")]
    )
    answer = await client.send("POST", "MultiDatastreams", {**body, **change})
    assert answer.status_code == 400, answer.text
    assert await client.count("Things") == 1


async def test_a_span_that_was_not_kept_yet_is_learned_from_the_history(client: Client) -> None:
    """A district of an earlier release has readings, and no record of when they began."""
    stream = await a_stream(client)
    for at in (hour(1), hour(4)):
        await client.create(f"{stream}/Observations", {"phenomenonTime": at, "result": 1})
    gateway = client.district.gateway
    await gateway._write_latest()
    await asyncio.to_thread(Latest.objects.update, first_us=None)
    assert (await client.get(stream))["phenomenonTime"] == f"{hour(4)}/{hour(4)}"
    await gateway.restore()
    assert (await client.get(stream))["phenomenonTime"] == f"{hour(1)}/{hour(4)}"
