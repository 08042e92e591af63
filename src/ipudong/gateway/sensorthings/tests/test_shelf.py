"""Large pages from kept texts: the same answer as without them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings import kept, shelf
from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.tests.conformance.client import Client

NEWEST = "Observations($top=1;$orderby=phenomenonTime desc)"


def ago(seconds: float) -> str:
    """An instant not long past: what is months old is no newest reading."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


@pytest.fixture
async def client(district: District) -> Client:
    """A district with numbers and a category observed."""
    client = Client(district)
    for kind, result in ((bodies.MEASUREMENT, 5), (bodies.CATEGORY, "open")):
        body = bodies.a_whole_datastream(observationType=kind)
        key = await client.id_of(await client.create("Datastreams", body))
        for time in (ago(3.5), ago(2)):
            observation = {"result": result, "phenomenonTime": time}
            await client.create(f"Datastreams({key})/Observations", observation)
    hourly = district.datastreams["2061/a34004-Avg"]
    await client.create(
        f"Datastreams({hourly})/Observations",
        {"result": 1, "phenomenonTime": ago(7200)},
    )
    async with asyncio.timeout(15):  # the table of newest readings is written each second
        for awaited in (key, hourly):
            while "phenomenonTime" not in await client.get(f"Datastreams({awaited})"):
                await asyncio.sleep(0.1)
    return client


@pytest.mark.parametrize(
    "query",
    [
        f"Things?$expand=Datastreams($expand={NEWEST})",
        "Things?$expand=Datastreams",
        "Things?$orderby=name desc&$count=true",
        f"Datastreams?$expand={NEWEST}",
        f"Datastreams?$filter=ObservedProperty/name ne 'x'&$skip=3&$expand={NEWEST}",
    ],
)
async def test_a_large_page_is_the_same_with_and_without_the_shelf(
    client: Client, query: str, monkeypatch
) -> None:
    from_texts = await client.get(f"{query}&$top=5000")
    monkeypatch.setattr(shelf, "LEAST_TOP", 10**9)
    assert (await client.get(f"{query}&$top=5000")) == from_texts
    assert from_texts["value"]


async def test_what_changes_is_seen_at_once(client: Client) -> None:
    query = f"Things?$top=5000&$expand=Datastreams($expand={NEWEST})"
    before = await client.get(query)
    thing = next(thing for thing in before["value"] if thing["name"] == "Oven")
    await client.change(f"Things({thing['@iot.id']})", {"name": "Cold oven"})
    stream = thing["Datastreams"][0]["@iot.id"]
    await client.change(f"Datastreams({stream})", {"description": "other"})
    await client.create(
        f"Datastreams({stream})/Observations",
        {"result": 8, "phenomenonTime": ago(0)},
    )
    await client.create("Things", bodies.a_thing(name="new"))
    after = await client.get(query)
    names = [thing["name"] for thing in after["value"]]
    assert ("Cold oven" in names, "new" in names) == (True, True)
    changed = next(thing for thing in after["value"] if thing["name"] == "Cold oven")
    assert changed["Datastreams"][0]["description"] == "other"
    assert changed["Datastreams"][0]["Observations"][0]["result"] == 8


async def test_references_of_a_large_page_are_addresses_alone(client: Client) -> None:
    found = await client.get("Things/$ref?$top=5000")
    assert all(set(reference) == {"@iot.selfLink"} for reference in found["value"])


async def test_too_many_entities_to_keep_are_written_each_time(client: Client, monkeypatch) -> None:
    monkeypatch.setattr(kept, "MAX_KEPT", 1)
    assert (await client.get("Things?$top=5000&$expand=Datastreams"))["value"]
