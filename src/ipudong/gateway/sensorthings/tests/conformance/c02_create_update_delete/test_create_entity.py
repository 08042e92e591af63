"""Req create-update-delete/create-entity: every set, its mandatory properties, its refusals."""

from typing import Any

import pytest

from ipudong.gateway.sensorthings.tests.conformance.bodies import (
    CATEGORY,
    a_datastream,
    a_feature,
    a_location,
    a_property,
    a_sensor,
    a_thing,
    a_whole_datastream,
)
from ipudong.gateway.sensorthings.tests.conformance.client import Client

PLAIN = {
    "Things": a_thing(),
    "Locations": a_location(),
    "Sensors": a_sensor(),
    "ObservedProperties": a_property(),
    "FeaturesOfInterest": a_feature(),
    "Datastreams": a_whole_datastream(),
}
MANDATORY = [
    (name, part)
    for name, body in PLAIN.items()
    for part in body
    if part not in ("properties", "Locations")
]


@pytest.mark.parametrize("name", PLAIN)
async def test_what_was_sent_is_read_back(client: Client, name: str) -> None:
    made = await client.create(name, PLAIN[name])
    found = await client.get(made)
    for part, value in PLAIN[name].items():
        if part not in ("Thing", "Sensor", "ObservedProperty"):
            assert found[part] == value


@pytest.mark.parametrize("name", ["Things", "Locations", "Sensors", "FeaturesOfInterest"])
async def test_properties_are_any_json_object(client: Client, name: str) -> None:
    properties = {"a": [1, 2.5, None, {"b": True}], "文字": "中文", "": 0}
    made = await client.create(name, {**PLAIN[name], "properties": properties})
    assert (await client.get(made))["properties"] == properties


@pytest.mark.parametrize(("name", "part"), MANDATORY)
async def test_a_mandatory_property_that_is_missing_is_refused(
    client: Client, name: str, part: str
) -> None:
    body = {key: value for key, value in PLAIN[name].items() if key != part}
    before = await client.count(name)
    await client.refuse("POST", name, body, 400, "property_missing")
    assert await client.count(name) == before


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("Things", {"name": 1}, "bad_property"),
        ("Things", {"name": " "}, "bad_property"),
        ("Things", {"name": "x" * 200}, "bad_property"),
        ("Things", {"properties": [1]}, "bad_property"),
        ("Things", {"colour": "red"}, "unknown_property"),
        ("Things", {"@iot.id": 7}, "id_is_ours"),
        ("Things", {"Locations": a_location()}, "bad_property"),
        ("Things", {"Locations": [7]}, "bad_property"),
        ("Things", {"Locations": [{"@iot.id": "7"}]}, "bad_property"),
        ("Things", {"Locations": [{"@iot.id": 2**70}]}, "bad_property"),
        ("Things", {"Locations": [{"@iot.id": 2**40}]}, "no_such_link"),
        ("Things", {"Locations": [{"@iot.id": -1}]}, "no_such_link"),
        ("Things", {"description": "a\u0000b"}, "bad_body"),
        ("Locations", {"location": "here"}, "bad_property"),
        ("Locations", {"location": {"type": "Point"}}, "bad_property"),
        ("Locations", {"location": {"type": "Point", "coordinates": []}}, "bad_property"),
        ("Locations", {"location": {"type": "Point", "coordinates": ["a", 1]}}, "bad_property"),
        ("Locations", {"location": {"type": "Point", "coordinates": [31, 121]}}, "bad_property"),
        ("Locations", {"location": {"type": "Circle", "coordinates": [1, 1]}}, "bad_property"),
        (
            "Locations",
            {
                "location": {
                    "type": "Polygon",
                    "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]],
                }
            },
            "bad_property",
        ),
        ("Locations", {"encodingType": "text/plain"}, "bad_property"),
        ("Sensors", {"metadata": None}, "property_missing"),
        ("Datastreams", {"observationType": "OM_Measurement"}, "bad_property"),
        ("Datastreams", {"unitOfMeasurement": "C"}, "bad_property"),
        ("Datastreams", {"unitOfMeasurement": {"sign": "C"}}, "bad_property"),
        ("Datastreams", {"unitOfMeasurement": {"symbol": 1}}, "bad_property"),
        ("Datastreams", {"observedArea": {"type": "Polygon"}}, "bad_property"),
        ("Datastreams", {"Thing": [a_thing()]}, "bad_property"),
        ("ObservedProperties", {"definition": 5}, "bad_property"),
    ],
)
async def test_a_body_that_cannot_be_kept_is_refused(
    client: Client, name: str, change: dict[str, Any], code: str
) -> None:
    before = await client.count(name)
    await client.refuse("POST", name, {**PLAIN[name], **change}, 400, code)
    assert await client.count(name) == before


async def test_json_nested_too_deep_or_too_large_is_refused(client: Client) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = {"a": deep}
    body = a_thing(properties={"deep": deep})
    await client.refuse("POST", "Things", body, 400, "bad_property")
    large = a_thing(properties={"large": ["x" * 1000] * 300})
    await client.refuse("POST", "Things", large, 413, "body_too_large")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'"x"', b'{"name": NaN}', b"\xff\xfe", b"[" * 100_000]
)
async def test_what_is_no_json_object_is_refused(client: Client, content: bytes) -> None:
    answer = await client.district.http.post(
        "/sensorthings/v1.1/Things", content=content, headers=client.district.headers("integrator")
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_body")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "Nothings", 404, "no_such_resource"),
        ("POST", "Things(1)", 405, "method_not_allowed"),
        ("POST", "Things(99999)/Datastreams", 404, "no_such_entity"),
        ("POST", "Things(1)/Nothings", 404, "no_such_resource"),
        ("POST", "Datastreams(1)/Thing", 405, "method_not_allowed"),
        ("PATCH", "Things", 400, "bad_path"),
        ("PATCH", "Things(99999)", 404, "no_such_entity"),
        ("PATCH", "Things('a')", 404, "no_such_entity"),
        ("PUT", "Things(99999)", 404, "no_such_entity"),
        ("DELETE", "Things(99999)", 404, "no_such_entity"),
        ("DELETE", "Things", 400, "bad_path"),
        ("DELETE", "Observations", 400, "bad_path"),
        ("DELETE", "Observations('1-5')", 404, "no_such_entity"),
        ("PATCH", "Observations('x')", 404, "no_such_entity"),
    ],
)
async def test_a_path_that_leads_nowhere_is_refused(
    client: Client, method: str, path: str, status: int, code: str
) -> None:
    body = None if method == "DELETE" else a_thing()
    await client.refuse(method, path, body, status, code)


async def test_a_unit_may_be_none_for_a_category(client: Client) -> None:
    none = {"name": None, "symbol": None, "definition": None}
    body = a_whole_datastream(unitOfMeasurement=none, observationType=CATEGORY)
    made = await client.create("Datastreams", body)
    found = await client.get(made)
    assert (found["unitOfMeasurement"], found["observationType"]) == (none, CATEGORY)


async def test_two_observed_properties_of_one_name_are_two(client: Client) -> None:
    ids = [await client.id_of(await client.create("ObservedProperties", a_property("湿度")))]
    ids += [await client.id_of(await client.create("ObservedProperties", a_property("湿度")))]
    assert len(set(ids)) == 2


async def test_two_datastreams_of_one_name_stand_side_by_side(client: Client) -> None:
    thing = await client.create("Things", a_thing())
    links = {"Sensor": a_sensor(), "ObservedProperty": a_property()}
    for _ in range(2):
        await client.create(f"{thing}/Datastreams", a_datastream(**links))
    assert len((await client.get(f"{thing}/Datastreams"))["value"]) == 2
