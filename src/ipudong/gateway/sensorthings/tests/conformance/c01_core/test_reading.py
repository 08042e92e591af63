"""Reading entities (18-088, 8, 9): addresses, shapes, pages, expansions."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.tests.conformance.client import Client


@pytest.fixture
async def stream(client: Client) -> int:
    """A datastream with five observations, a minute apart, the last now."""
    key = await client.id_of(await client.create("Datastreams", bodies.a_whole_datastream()))
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    rows = [[f"{(began + timedelta(minutes=n)).isoformat()[:19]}Z", n] for n in range(5)]
    group = {
        "Datastream": {"@iot.id": key},
        "components": ["phenomenonTime", "result"],
        "dataArray": rows,
    }
    answer = await client.send("POST", "CreateObservations", [group])
    assert answer.status_code == 201, answer.text
    return key


async def test_every_address_of_an_entity_can_be_asked(client: Client, stream: int) -> None:
    thing = (await client.get(f"Datastreams({stream})/Thing"))["@iot.id"]
    assert (await client.get(f"Things({thing})/name")) == {"name": "Oven"}
    text = await client.send("GET", f"Things({thing})/name/$value")
    assert (text.text, text.headers["content-type"]) == ("Oven", "text/plain; charset=utf-8")
    assert (await client.get(f"Things({thing})/properties/color")) == {"color": "Black"}
    assert (await client.send("GET", f"Things({thing})/properties/$value")).json()["color"]
    references = await client.get(f"Things({thing})/Datastreams/$ref")
    assert references["value"] == [
        {"@iot.selfLink": (await client.get(f"Datastreams({stream})"))["@iot.selfLink"]}
    ]
    assert set(await client.get(f"Datastreams({stream})/Thing/$ref")) == {"@iot.selfLink"}
    way = f"Things({thing})/Datastreams({stream})/ObservedProperty/name"
    assert (await client.get(way)) == {"name": "DewPoint Temperature"}
    newest = await client.get(f"Datastreams({stream})/Observations?$orderby=resultTime desc&$top=1")
    key = newest["value"][0]["@iot.id"]
    way = f"Datastreams({stream})/Observations('{key}')/Datastream/Thing/name/$value"
    assert (await client.send("GET", way)).text == "Oven"
    assert (await client.get(f"Observations('{key}')/result")) == {"result": 4}
    assert (await client.send("GET", f"Observations('{key}')/validTime")).status_code == 204
    assert (await client.get(f"Observations('{key}')/FeatureOfInterest"))["feature"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Things(999999)", 404),
        ("Things(1)/nothing", 404),
        ("Things(1)/name/part", 404),
        ("Things(1)/properties/nothing", 404),
        ("Things(1)/Datastreams(999999)", 404),
        ("Things(1)/Thing", 404),
        ("Things/name", 400),
        ("Things(1)/name?$select=name", 400),
        ("Observations('m1-1')", 404),
        ("Observations('1-1')/Datastream", 404),
        ("Observations(1)", 404),
        ("Things(1)/Datastreams?$resultFormat=dataArray", 400),
        ("Observations?$resultFormat=GeoJSON", 400),
        ("Observations?$skiptoken=5", 400),
        ("Things?$top=-1", 400),
        ("$metadata", 404),
    ],
)
async def test_what_is_not_there_is_said_so(client: Client, path: str, status: int) -> None:
    answer = await client.send("GET", path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_expansions_nest_with_options_of_their_own(client: Client, stream: int) -> None:
    path = (
        f"Things?$filter=Datastreams/id eq {stream}&$select=name"
        "&$expand=Datastreams($select=name;$expand=Observations($filter=result lt 4;$count=true;"
        "$orderby=phenomenonTime desc;$top=2;$select=result;$expand=FeatureOfInterest($select=name)"
        "),ObservedProperty/Datastreams),Locations"
    )
    [thing] = (await client.get(path))["value"]
    assert set(thing) == {"name", "Datastreams", "Locations"}
    [datastream] = thing["Datastreams"]
    assert datastream["Observations@iot.count"] == 4
    assert [entity["result"] for entity in datastream["Observations"]] == [3, 2]
    assert datastream["Observations"][0]["FeatureOfInterest"] == {"name": "CCIT"}
    assert datastream["ObservedProperty"]["Datastreams"][0]["@iot.id"] == stream
    onward = await client.get(datastream["Observations@iot.nextLink"])
    assert [entity["result"] for entity in onward["value"]] == [1, 0]


async def test_an_expansion_has_a_page_of_its_own(client: Client, district: District) -> None:
    path = f"Things({district.station.pk})?$expand=Datastreams($top=3;$skip=2;$orderby=id desc)"
    thing = await client.get(path)
    ids = [entity["@iot.id"] for entity in thing["Datastreams"]]
    onward = await client.get(thing["Datastreams@iot.nextLink"])
    ids += [entity["@iot.id"] for entity in onward["value"]]
    every = sorted(district.datastreams.values(), reverse=True)
    assert ids == every[2:8]


async def test_the_newest_observation_comes_out_of_the_live_state(
    client: Client, stream: int
) -> None:
    newest = "Observations($top=1;$orderby=phenomenonTime desc)"
    found = await client.get(f"Datastreams?$expand={newest}&$filter=id eq {stream}")
    [observation] = found["value"][0]["Observations"]
    assert observation["result"] == 4
    history = await client.get(f"Datastreams({stream})/Observations?$filter=result eq 4")
    assert history["value"] == [observation]


async def test_pages_of_observations_go_on_by_time(client: Client, stream: int) -> None:
    for direction, results in (("asc", [0, 1, 2, 3, 4]), ("desc", [4, 3, 2, 1, 0])):
        path = f"Datastreams({stream})/Observations?$top=2&$orderby=phenomenonTime {direction}"
        found: list[float] = []
        while path:
            page = await client.get(path)
            found += [entity["result"] for entity in page["value"]]
            path = page.get("@iot.nextLink", "")
            assert "$skip=" not in path
        assert found == results


async def test_entities_are_ordered_by_ways_and_by_values_the_database_cannot_order(
    client: Client,
) -> None:
    for number in (2, 10, 1):
        body = bodies.a_thing(name=f"n{number}", properties={"n": number})
        await client.create("Things", {**body, "Locations": [bodies.a_location(lon=number)]})
    own = "startswith(name,'n')"
    for order, names in {
        "properties/n": ["n1", "n2", "n10"],
        "properties/n desc": ["n10", "n2", "n1"],
        "name": ["n1", "n10", "n2"],
        "length(name) desc,name desc": ["n10", "n2", "n1"],
        "geo.distance(Locations/location,geography'POINT(9 31.2)')": ["n10", "n2", "n1"],
    }.items():
        found = await client.get(f"Things?$filter={own}&$orderby={order}&$select=name")
        assert [entity["name"] for entity in found["value"]] == names, order
    found = await client.get("Datastreams?$orderby=Thing/name desc,ObservedProperty/id&$top=1")
    assert found["value"]


async def test_places_are_read_as_geo_json_and_tables(client: Client) -> None:
    await client.create("Locations", bodies.a_location(lon=8, lat=52, name="=here"))
    path = "Locations?$filter=name eq '%3Dhere'"
    found = await client.get(f"{path}&$resultFormat=GeoJSON")
    assert found["type"] == "FeatureCollection"
    assert found["features"][0]["geometry"] == bodies.point(8, 52)
    assert found["features"][0]["properties"]["name"] == "=here"
    text = (await client.send("GET", f"{path}&$resultFormat=CSV")).text
    [row] = csv.DictReader(io.StringIO(text))
    assert row["name"] == "'=here"  # no formula for whoever opens it


async def test_an_answer_of_too_many_entities_is_refused(client: Client, monkeypatch) -> None:
    monkeypatch.setattr("ipudong.gateway.sensorthings.router.Context", _small_context)
    await client.refuse("GET", "Things?$expand=Datastreams", None, 400, "expand_too_large")


def _small_context(*arguments, **more) -> Context:
    return Context(*arguments, **more, entities_left=5, candidates_left=0)


async def test_a_filter_that_must_try_too_many_entities_is_refused(
    client: Client, monkeypatch
) -> None:
    monkeypatch.setattr("ipudong.gateway.sensorthings.router.Context", _small_context)
    path = "Datastreams?$filter=tolower(name) eq 'x'"
    await client.refuse("GET", path, None, 400, "filter_too_wide")


async def test_the_root_says_where_mqtt_is_spoken(client: Client) -> None:
    settings = (await client.get(""))["serverSettings"]
    creation = [name for name in settings["conformance"] if "observations-creation" in name]
    assert settings[creation[0]]["endpoints"][0].startswith("mqtt://127.0.0.1:")
