"""Data arrays in and out (18-088, 12)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.gateway.sensorthings.instants import parse_plain_times, parse_time
from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.tests.conformance.client import Client


@pytest.fixture
async def streams(client: Client) -> list[int]:
    """Two datastreams of one thing."""
    found = []
    for name in ("a", "b"):
        body = bodies.a_whole_datastream()
        body["ObservedProperty"] = bodies.a_property(name)
        found.append(await client.id_of(await client.create("Datastreams", body)))
    return found


async def test_the_standards_example_makes_observations_of_two_datastreams(
    client: Client, streams: list[int]
) -> None:
    """18-088, 12.3: the second row of the first group cannot be taken."""
    first, second = streams
    document = [
        {
            "Datastream": {"@iot.id": first},
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 2,
            "dataArray": [["2010-12-23T10:20:00-07:00", 20], ["2010-12-23T10:21:00-07:00", "x"]],
        },
        {
            "Datastream": {"@iot.id": second},
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 2,
            "dataArray": [["2010-12-23T10:20:00-07:00", 65], ["2010-12-23T10:21:00-07:00", 60]],
        },
    ]
    answer = await client.send("POST", "CreateObservations", document)
    assert answer.status_code == 201, answer.text
    links = answer.json()
    assert links[1] == "error"
    results = [(await client.get(link))["result"] for link in links if link != "error"]
    assert results == [20, 65, 60]


async def test_arrays_with_more_than_numbers_are_written_too(
    client: Client, streams: list[int]
) -> None:
    feature = await client.id_of(await client.create("FeaturesOfInterest", bodies.a_feature()))
    document = [
        {
            "Datastream": {"@iot.id": streams[0]},
            "components": ["phenomenonTime", "result", "FeatureOfInterest/id", "parameters"],
            "dataArray": [
                ["2010-12-23T10:20:00Z", 20, feature, {"depth": 3}],
                ["2010-12-23T10:21:00Z", 21, None, None],
            ],
        }
    ]
    answer = await client.send("POST", "CreateObservations", document)
    assert answer.status_code == 201, answer.text
    first, second = answer.json()
    assert (await client.get(f"{first}/FeatureOfInterest"))["@iot.id"] == feature
    assert (await client.get(first))["parameters"] == {"depth": 3}
    found = await client.get("Observations?$filter=parameters/depth gt 2&$expand=FeatureOfInterest")
    assert [entity["@iot.selfLink"] for entity in found["value"]] == [first]
    assert found["value"][0]["FeatureOfInterest"]["@iot.id"] == feature
    assert (await client.get(f"FeaturesOfInterest({feature})/Observations"))["value"][0][
        "@iot.selfLink"
    ] == first
    assert (await client.get(second))["result"] == 21


async def test_observations_are_read_as_arrays_by_datastream(
    client: Client, streams: list[int]
) -> None:
    group = {
        "components": ["phenomenonTime", "result"],
        "dataArray": [[f"2010-12-23T10:2{n}:00Z", n] for n in range(3)],
    }
    document = [{**group, "Datastream": {"@iot.id": stream}} for stream in streams]
    assert (await client.send("POST", "CreateObservations", document)).status_code == 201
    found = await client.get("Observations?$resultFormat=dataArray&$count=true")
    assert found["@iot.count"] == 6
    assert [part["dataArray@iot.count"] for part in found["value"]] == [3, 3]
    first = found["value"][0]
    assert first["components"] == ["id", "phenomenonTime", "resultTime", "result", "resultQuality"]
    assert (await client.get(first["Datastream@iot.navigationLink"]))["@iot.id"] == streams[0]
    chosen = await client.get(
        f"Datastreams({streams[1]})/Observations?$resultFormat=dataArray"
        "&$select=result,phenomenonTime&$top=2&$orderby=result desc"
    )
    assert chosen["value"][0]["dataArray"] == [
        [2.0, "2010-12-23T10:22:00Z"],
        [1.0, "2010-12-23T10:21:00Z"],
    ]
    text = (await client.send("GET", "Observations?$resultFormat=CSV&$select=result")).text
    assert text.splitlines() == ["result", "0.0", "0.0", "1.0", "1.0", "2.0", "2.0"]


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        [5],
        [{"Datastream": {"@iot.id": 1}, "components": ["result"], "dataArray": []}],
        [{"Datastream": {"@iot.id": 1}, "components": ["result"], "dataArray": [[1, 2]]}],
        [{"Datastream": {"@iot.id": 1}, "components": ["phenomenonTime"], "dataArray": [["x"]]}],
        [{"Datastream": {"@iot.id": 1}, "components": "result", "dataArray": [[1]]}],
        [{"Datastream": {"@iot.id": 1}, "components": ["result"], "dataArray": [[0]] * 50_001}],
    ],
)
async def test_what_is_no_data_array_is_refused(client: Client, document: object) -> None:
    await client.refuse("POST", "CreateObservations", document, 400, "bad_body")


@given(
    st.lists(st.datetimes(timezones=st.just(UTC)), min_size=1, max_size=20),
    st.sampled_from(["seconds", "milliseconds", "microseconds"]),
)
def test_plain_times_are_read_at_once_as_one_by_one(moments: list[datetime], spec: str) -> None:
    texts = [f"{moment.isoformat(timespec=spec)[:-6]}Z" for moment in moments]
    found = parse_plain_times(texts)
    assert found is not None
    assert found.tolist() == [parse_time(text) for text in texts]


@pytest.mark.parametrize(
    "texts",
    [
        ["2010-12-23T10:20:00Z", "2010-12-23T10:20:00.5Z"],
        ["2010-12-23T10:20:00+08:00"],
        ["2010-12-23T10:20:00"],
        ["2010-13-23T10:20:00Z"],
        ["2010-12-23T25:20:00Z"],
        ["2010-12-23 10:20:00Z"],
        [5, 6],
        [None],
        ["２010-12-23T10:20:00Z"],
        ["", ""],
    ],
)
def test_other_times_are_left_to_be_read_one_by_one(texts: list) -> None:
    assert parse_plain_times(texts) is None


def test_an_hour_of_seconds_is_read_in_order() -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)
    texts = [(began + timedelta(seconds=n)).isoformat().replace("+00:00", "Z") for n in range(3600)]
    found = parse_plain_times(texts)
    assert found is not None
    assert set((found[1:] - found[:-1]).tolist()) == {1_000_000}
