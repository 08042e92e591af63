"""Updates received over MQTT (18-088, 14.2), with paho."""

import asyncio
from datetime import UTC, datetime

import pytest

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.tests.conformance.client import Client
from ipudong.gateway.sensorthings.tests.conformance.subscriber import Subscriber

AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def stream(district: District) -> int:
    return district.datastreams["2011/a34004-Rtd"]


async def test_what_is_posted_over_http_reaches_both_topics_once_in_its_stored_form(
    client: Client, subscriber: Subscriber, stream: int
) -> None:
    own = f"v1.1/Datastreams({stream})/Observations"
    await subscriber.subscribe(own, "v1.1/Observations")
    link = await client.create(own.removeprefix("v1.1/"), {"result": 5, "phenomenonTime": AT})
    got = {topic: document for topic, document, _ in [await subscriber.next() for _ in range(2)]}
    assert set(got) == {own, "v1.1/Observations"}
    stored = await client.get(link)
    for document in got.values():
        plain = {name: value for name, value in document.items() if "@" not in name}
        assert plain == {name: value for name, value in stored.items() if "@" not in name}
        assert document["@iot.id"] == stored["@iot.id"]
    await subscriber.expect_silence()


async def test_a_publisher_that_subscribes_hears_itself_once(
    subscriber: Subscriber, stream: int
) -> None:
    """FROST #6 and #128: the topic of creation is the topic of updates."""
    topic = f"v1.1/Datastreams({stream})/Observations"
    await subscriber.subscribe(topic)
    assert await subscriber.publish(topic, {"result": 8, "phenomenonTime": AT}) == 0
    name, document, _ = await subscriber.next()
    assert (name, document["result"]) == (topic, 8)
    assert "@iot.id" in document
    await subscriber.expect_silence()


async def test_only_what_was_selected_is_sent(
    client: Client, subscriber: Subscriber, stream: int
) -> None:
    topic = f"v1.1/Datastreams({stream})/Observations?$select=result,phenomenonTime"
    await subscriber.subscribe(topic)
    await client.create(f"Datastreams({stream})/Observations", {"result": 5, "phenomenonTime": AT})
    name, document, _ = await subscriber.next()
    assert name == topic
    assert document == {"result": 5, "phenomenonTime": AT}


async def test_other_datastreams_are_not_heard(
    client: Client, subscriber: Subscriber, district: District, stream: int
) -> None:
    other = district.datastreams["2011/a34002-Rtd"]
    await subscriber.subscribe(f"v1.1/Datastreams({other})/Observations")
    await client.create(f"Datastreams({stream})/Observations", {"result": 5})
    await subscriber.expect_silence()


async def test_who_comes_later_gets_the_newest_observation(
    client: Client, subscriber: Subscriber, broker_port: int, stream: int
) -> None:
    """FROST #2323."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    await client.create(f"Datastreams({stream})/Observations", {"result": 9, "phenomenonTime": now})
    topic = f"v1.1/Datastreams({stream})/Observations"
    await subscriber.subscribe(topic)
    name, document, _ = await subscriber.next()  # within a second: nobody had asked before
    assert (name, document["result"]) == (topic, 9)
    late = await Subscriber(client.district).connect(broker_port)
    try:
        await late.subscribe(topic)
        name, document, is_retained = await late.next()
        assert (document["result"], is_retained) == (9, True)
    finally:
        await late.close()
    await subscriber.expect_silence()


async def test_readings_of_other_doors_are_told_too(
    district: District, subscriber: Subscriber, stream: int
) -> None:
    await subscriber.subscribe("v1.1/#")
    await asyncio.sleep(0)
    client = Client(district)
    group = {
        "Datastream": {"@iot.id": stream},
        "components": ["phenomenonTime", "result"],
        "dataArray": [[AT, 1], ["2026-01-01T00:01:00Z", 2]],
    }
    await client.send("POST", "CreateObservations", [group])
    got = [await subscriber.next() for _ in range(4)]
    assert sorted(document["result"] for _, document, _ in got) == [1, 1, 2, 2]


async def test_entities_and_their_properties_are_told_when_they_change(
    client: Client, subscriber: Subscriber
) -> None:
    await subscriber.subscribe("v1.1/Things")
    key = await client.id_of(await client.create("Things", bodies.a_thing()))
    name, document, _ = await subscriber.next()
    assert (name, document["name"]) == ("v1.1/Things", "Oven")
    own = f"v1.1/Things({key})"
    await subscriber.subscribe(f"{own}/name", f"{own}?$select=description")
    await client.change(f"Things({key})", {"name": "Cold oven"})
    got = {topic: document for topic, document, _ in [await subscriber.next() for _ in range(3)]}
    assert got[f"{own}/name"] == {"name": "Cold oven"}
    assert set(got[f"{own}?$select=description"]) == {"description"}
    assert got["v1.1/Things"]["name"] == "Cold oven"


async def test_observations_that_are_no_numbers_are_told(
    client: Client, subscriber: Subscriber
) -> None:
    body = bodies.a_whole_datastream(observationType=bodies.CATEGORY)
    key = await client.id_of(await client.create("Datastreams", body))
    await subscriber.subscribe(f"v1.1/Datastreams({key})/Observations")
    await client.create(
        f"Datastreams({key})/Observations", {"result": "open", "phenomenonTime": AT}
    )
    _, document, _ = await subscriber.next()
    assert document["result"] == "open"
