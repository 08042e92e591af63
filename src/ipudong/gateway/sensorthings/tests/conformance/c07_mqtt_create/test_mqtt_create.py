"""Observations created over MQTT (18-088, 14.1), with paho."""

import pytest

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance.client import Client
from ipudong.gateway.sensorthings.tests.conformance.subscriber import Subscriber

AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def stream(district: District) -> int:
    return district.datastreams["2011/a34004-Rtd"]


async def test_an_observation_of_a_datastream_is_durable_when_it_is_acknowledged(
    client: Client, subscriber: Subscriber, stream: int
) -> None:
    topic = f"v1.1/Datastreams({stream})/Observations"
    assert await subscriber.publish(topic, {"result": 5, "phenomenonTime": AT}) == 0
    assert client.district.gateway.journal.stats().rows == 1
    found = await client.get(f"Datastreams({stream})/Observations")
    assert [entity["result"] for entity in found["value"]] == [5]


async def test_an_observation_may_name_its_datastream_itself(
    client: Client, subscriber: Subscriber, stream: int
) -> None:
    body = {"result": 6.5, "phenomenonTime": AT, "Datastream": {"@iot.id": stream}}
    assert await subscriber.publish("v1.1/Observations", body) == 0
    assert (await client.get("Observations"))["value"][0]["result"] == 6.5


async def test_what_is_more_than_a_number_is_kept_too(
    client: Client, subscriber: Subscriber, stream: int
) -> None:
    body = {"result": 7, "phenomenonTime": AT, "parameters": {"by": "hand"}}
    assert await subscriber.publish(f"v1.1/Datastreams({stream})/Observations", body) == 0
    found = await client.get("Observations")
    assert found["value"][0]["parameters"] == {"by": "hand"}


@pytest.mark.parametrize(
    ("topic", "body", "reason"),
    [
        ("v1.1/Observations", b"{", 0x99),
        ("v1.1/Observations", {"result": 1}, 0x99),
        ("v1.1/Observations", {"result": 1, "Datastream": {"@iot.id": 10**8}}, 0x99),
        ("v1.1/Datastreams(1)/Observations", {"result": 1, "phenomenonTime": "now"}, 0x99),
        ("v1.1/Datastreams(1)/Observations", [], 0x99),
        ("v1.1/Things", {"name": "x"}, 0x90),
        ("v1.1/Datastreams(0)/Observations", {"result": 1}, 0x90),
    ],
)
async def test_what_cannot_be_taken_is_refused_with_a_reason_and_kept_raw(
    district: District, subscriber: Subscriber, topic: str, body: object, reason: int
) -> None:
    assert await subscriber.publish(topic, body) == reason
    assert district.gateway.journal.stats().rows == 0
