"""Clients nobody here wrote, through our own broker: paho and mosquitto_pub, to the journal."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import cbor2
import orjson
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ipudong.city.sensing import services
from ipudong.city.sensing.credentials import hash_credential
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import DeviceFacts, Thing
from ipudong.city.sensing.profiles import sync_declared
from ipudong.gateway.conftest import District
from ipudong.gateway.snapshot import load_snapshot
from ipudong.protocols.sparkplug.payload import DataType, Metric, Payload, decode, encode
from ipudong.store import batches

TOKEN = "a-token-for-tests-only"
PROFILES = ("generic_json", "generic_cbor", "generic_senml", "generic_sparkplug")


@dataclass
class Line:
    """The broker of a district, and a device of each format, named after its profile."""

    district: District
    port: int

    @contextmanager
    def client(self, identity: str, token: str = TOKEN) -> Iterator[Client]:
        client = Client(CallbackAPIVersion.VERSION2, client_id=identity)
        client.username_pw_set(identity, token)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        yield client
        client.disconnect()
        client.loop_stop()

    async def publish(self, identity: str, payload: bytes, topic: str = "") -> None:
        """Publish at QoS 1 and wait for the acknowledgement."""

        def work() -> None:
            with self.client(identity) as client:
                where = topic or f"v1/devices/{identity}/telemetry"
                info = client.publish(where, payload, qos=1)
                info.wait_for_publish(15)
                assert info.is_published()

        await asyncio.to_thread(work)

    def stored(self, identity: str) -> dict[str, float]:
        """The last result of each field in the journal, at once: it was acknowledged."""
        thing = Thing.objects.get(identity=identity)
        names = dict(thing.datastreams.values_list("pk", "channel"))
        return {
            names[row["datastream"]]: row["result"]
            for entry in self.district.gateway.journal.read(limit=10_000)
            if entry.kind == batches.OBSERVATIONS
            for row in entry.decode().to_pylist()
            if row["datastream"] in names
        }


def register_devices() -> None:
    sync_declared([HOUSE])
    for name in PROFILES:
        services.register_thing(
            name_zh=name,
            kind="device",
            system="citysense",
            protocol="mqtt",
            identity=name,
            profile=name,
            credential=hash_credential(TOKEN),
            at=datetime(2026, 1, 1, tzinfo=UTC),
        )


@pytest.fixture
async def line(district: District) -> Line:
    await asyncio.to_thread(register_devices)
    district.gateway.use(await asyncio.to_thread(load_snapshot))
    return Line(district, await district.gateway.mqtt.listen("127.0.0.1", 0))


@pytest.mark.parametrize(
    ("identity", "payload"),
    [
        ("generic_json", b'{"temperature": 21.5}'),
        ("generic_cbor", cbor2.dumps({"temperature": 21.5})),
        ("generic_senml", b'[{"bn":"urn:dev:ow:1:","n":"temperature","u":"Cel","v":21.5}]'),
    ],
)
async def test_a_first_message_is_acknowledged_when_its_new_datastream_has_it(
    line: Line, identity: str, payload: bytes
) -> None:
    await line.publish(identity, payload)
    assert await asyncio.to_thread(line.stored, identity) == {"temperature": 21.5}


async def test_mosquitto_pub_sends_a_bare_number(line: Line) -> None:
    if shutil.which("mosquitto_pub") is None:
        pytest.skip("the Debian package mosquitto-clients is not installed")
    command = ["mosquitto_pub", "-p", str(line.port), "-V", "5", "-q", "1"]
    command += ["-u", "generic_json", "-P", TOKEN]
    command += ["-t", "v1/devices/generic_json/telemetry/humidity", "-m", "48"]
    await asyncio.to_thread(subprocess.run, command, check=True, timeout=20)
    assert await asyncio.to_thread(line.stored, "generic_json") == {"humidity": 48.0}


async def test_attributes_reach_the_facts_and_properties_of_the_thing(line: Line) -> None:
    body = orjson.dumps({"firmware": "1.4.2", "model": "P-7", "slots": 4})
    await line.publish("generic_json", body, "v1/devices/generic_json/attributes")
    await asyncio.sleep(1.5)

    def read() -> tuple[str, str, dict]:
        facts = DeviceFacts.objects.get(thing__identity="generic_json")
        return facts.firmware, facts.hardware, facts.thing.properties["reported"]

    reported = {"firmware": "1.4.2", "model": "P-7", "slots": 4}
    assert await asyncio.to_thread(read) == ("1.4.2", "P-7", reported)


async def test_an_edge_node_is_asked_for_rebirth_and_then_understood(line: Line) -> None:
    node = "generic_sparkplug"

    def work() -> None:
        asked = []
        with line.client(node) as client:
            client.on_message = lambda c, u, message: asked.append(message)
            client.subscribe(f"spBv1.0/plant/NCMD/{node}", 1)
            time.sleep(0.5)
            data = Payload((Metric("", 1.0, 1, datatype=DataType.DOUBLE),), 1, 7)
            client.publish(f"spBv1.0/plant/NDATA/{node}", encode(data), qos=0)
            until = time.monotonic() + 10
            while not asked and time.monotonic() < until:
                time.sleep(0.05)
            assert decode(asked[0].payload).metrics[0].name == "Node Control/Rebirth"
            metric = Metric("temperature", 21.5, 1, datatype=DataType.DOUBLE)
            birth = encode(Payload((metric,), int(time.time() * 1000), 0))
            client.publish(f"spBv1.0/plant/NBIRTH/{node}", birth, qos=1).wait_for_publish(15)

    await asyncio.to_thread(work)
    assert await asyncio.to_thread(line.stored, node) == {"temperature": 21.5}
