"""The door in a whole gateway: its database, its journal, its reading of payloads."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import orjson
import pytest

from ipudong.city.sensing import services
from ipudong.city.sensing.credentials import hash_credential
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import (
    ObservedProperty,
    QuarantinedDevice,
    RejectedFrame,
    StationCommand,
    Thing,
)
from ipudong.city.sensing.profiles import Channel, sync_declared
from ipudong.gateway.mqtt.tests.client_double import ClientDouble
from ipudong.protocols.mqtt import reasons
from ipudong.protocols.mqtt.packets import V5, V311, Acknowledgement, Publish

SECRET = "a secret of the test"
TELEMETRY = "v1/devices/meter-1/telemetry"


def register_meter() -> Thing:
    ObservedProperty.objects.create(code="test_power", name_zh="功率", name_en="p", unit="kW")
    return services.register_thing(
        name_zh="电表",
        name_en="Meter",
        kind="meter",
        system="grid",
        protocol="mqtt",
        identity="meter-1",
        credential=hash_credential(SECRET),
        expected_interval_s=60,
        at=datetime.now(UTC),
        channels=[Channel(field="power", property="test_power", scale=0.001)],
    )


def order_restart(thing: Thing) -> None:
    services.queue_command(
        thing=thing, command="restart", by="tests", at=datetime.now(UTC), arguments={"in_s": 5}
    )


async def wait_until(is_true, timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not await asyncio.to_thread(is_true):
            await asyncio.sleep(0.05)


@dataclass
class Line:
    """Clients of the door, all cut at the end of the test."""

    port: int
    made: list[ClientDouble] = field(default_factory=list)

    def client(self, version: int = V5) -> ClientDouble:
        self.made.append(ClientDouble(self.port, version))
        return self.made[-1]


@pytest.fixture
async def line(district) -> AsyncIterator[Line]:
    opened = Line(await district.gateway.mqtt.listen("127.0.0.1", 0))
    yield opened
    for client in opened.made:
        client.abort()
    await asyncio.sleep(0.05)


async def connect(line: Line, **more) -> ClientDouble:
    client = line.client()
    ack = await client.connect("meter-1", username="meter-1", password=SECRET, **more)
    assert ack.reason == 0
    return client


async def test_a_reading_is_in_the_journal_before_its_acknowledgement(district, line: Line) -> None:
    thing = await asyncio.to_thread(register_meter)
    await district.gateway._reload()
    client = await connect(line)
    before = district.gateway.journal.stats().rows
    assert await client.deliver(TELEMETRY, b'{"power": 1500}') == 0
    assert district.gateway.journal.stats().rows == before + 1
    (stream,) = await asyncio.to_thread(
        lambda: list(thing.datastreams.values_list("pk", flat=True))
    )
    rows = district.gateway.latest.take(np.array([stream], np.int32))
    assert rows.result.tolist() == [1.5]
    assert await client.deliver(TELEMETRY, b"rubbish") == reasons.PAYLOAD_FORMAT_INVALID
    await wait_until(RejectedFrame.objects.filter(thing=thing, protocol="mqtt").exists)


async def test_a_stranger_waits_for_adoption(district, line: Line) -> None:
    client = line.client(V311)
    ack = await client.connect("new-sensor", username="new-sensor", password="p")
    assert ack.reason == 4
    await wait_until(lambda: QuarantinedDevice.objects.filter(protocol="mqtt").exists())


async def test_an_api_token_opens_what_its_permits_open(district, line: Line) -> None:
    await asyncio.to_thread(register_meter)
    await district.gateway._reload()
    app, clerk = line.client(), line.client()
    token = district.tokens["integrator"]
    assert (await app.connect("app", username="token", password=token)).reason == 0
    assert await app.subscribe("v1/devices/+/telemetry") == (2,)
    app.publish(TELEMETRY, b'{"power": 2}', 1, 5)
    seen, ack = await app.receive(), await app.receive()
    assert (seen.topic, ack.packet_id, ack.reason) == (TELEMETRY, 5, 0)
    token = district.tokens["clerk"]
    assert (await clerk.connect("clerk", username="token", password=token)).reason == 0
    assert await clerk.deliver(TELEMETRY, b'{"power": 2}') == reasons.NOT_AUTHORIZED


async def test_a_command_of_the_outbox_reaches_its_device(district, line: Line) -> None:
    thing = await asyncio.to_thread(register_meter)
    await district.gateway._reload()
    client = await connect(line)
    await client.subscribe("v1/devices/meter-1/commands/+")
    await asyncio.to_thread(order_restart, thing)
    packet = await client.expect(Publish, 10)
    body = orjson.loads(packet.payload)
    assert (body["command"], body["arguments"]) == ("restart", {"in_s": 5})
    await client.deliver(packet.topic + "/answer", json.dumps({"done": True}).encode())
    await wait_until(lambda: StationCommand.objects.get().state == "answered")
    assert (await asyncio.to_thread(StationCommand.objects.get)).answer == {"done": True}


def adopt(identity: str) -> None:
    sync_declared([HOUSE])
    services.adopt_device(
        quarantined=QuarantinedDevice.objects.get(identity=identity),
        name_zh="温度计",
        profile="generic_json",
        by="tests",
        at=datetime.now(UTC),
    )


async def test_an_adopted_stranger_is_understood_at_its_first_message(district, line: Line) -> None:
    who = {"username": "new-sensor", "password": "its own secret"}
    refused = line.client(V311)
    assert (await refused.connect("new-sensor", **who)).reason == 4
    await wait_until(QuarantinedDevice.objects.filter(identity="new-sensor").exists)
    await asyncio.to_thread(adopt, "new-sensor")
    await district.gateway._reload()
    client = line.client(V311)
    assert (await client.connect("new-sensor", **who)).reason == 0
    client.publish("v1/devices/new-sensor/telemetry", b'{"temperature": 21.5}', 1, 5)
    ack = await client.expect(Acknowledgement, 15)  # its datastream is made meanwhile
    assert ack.packet_id == 5
    thing = await asyncio.to_thread(Thing.objects.get, identity="new-sensor")
    (stream,) = await asyncio.to_thread(lambda: [row.pk for row in thing.datastreams.all()])
    rows = district.gateway.latest.take(np.array([stream], np.int32))
    assert rows.result.tolist() == [21.5]
    wrong = line.client(V311)
    assert (await wrong.connect("other", username="new-sensor", password="x")).reason == 4
