"""The same topics through a real Mosquitto: acknowledged there when durable here."""

import asyncio
import shutil
import subprocess
from threading import Event

import orjson
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ipudong.city.sensing.models import QuarantinedDevice
from ipudong.gateway.bridge.door import BridgeDoor
from ipudong.gateway.bridge.options import URL, Address, list_filters, read_address
from ipudong.gateway.bridge.tests.conftest import SENSOR, Bridged, Mosquitto
from ipudong.gateway.conftest import District
from ipudong.gateway.outbox import Outgoing
from ipudong.options import OptionError

TOPIC = f"v1/devices/{SENSOR}/telemetry"


def send(publisher: Client, *numbers: int, topic: str = TOPIC) -> None:
    for number in numbers:
        publisher.publish(topic, orjson.dumps({"n": number}), qos=1)


async def test_readings_come_through_another_broker(bridged: Bridged, publisher: Client) -> None:
    send(publisher, 1, 2, 3)
    publisher.publish(f"{TOPIC}/n", b"4", qos=0)
    assert sorted(await bridged.wait_for(4)) == [1, 2, 3, 4]


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPUDONG_GATEWAY_MQTT_BRIDGE_GROUP", "ipudong")


@pytest.fixture
def version_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPUDONG_GATEWAY_MQTT_BRIDGE_VERSION", "3.1.1")


async def test_shared_subscriptions_divide_the_messages(
    shared: None, bridged: Bridged, publisher: Client, mosquitto: Mosquitto
) -> None:
    others = []
    other = Client(CallbackAPIVersion.VERSION2, client_id="another-gateway")
    other.on_message = lambda client, userdata, message: others.append(message.payload)
    other.connect("127.0.0.1", mosquitto.port)
    other.subscribe("$share/ipudong/v1/devices/+/#", 1)
    other.loop_start()
    await asyncio.sleep(0.5)
    send(publisher, *range(20))
    async with asyncio.timeout(10):
        while len(await asyncio.to_thread(bridged.stored)) + len(others) < 20:
            await asyncio.sleep(0.05)
    other.disconnect()
    other.loop_stop()
    assert len(await asyncio.to_thread(bridged.stored)) == 20 - len(others)
    assert 0 < len(others) < 20


async def test_brokers_of_the_older_version_are_spoken_to(
    version_3: None, bridged: Bridged, publisher: Client
) -> None:
    send(publisher, 1)
    assert await bridged.wait_for(1) == [1]


async def test_mosquitto_pub_reaches_us(bridged: Bridged, mosquitto: Mosquitto) -> None:
    if shutil.which("mosquitto_pub") is None:
        pytest.skip("the Debian package mosquitto-clients is not installed")
    command = ["mosquitto_pub", "-V", "5", "-p", str(mosquitto.port), "-t", TOPIC, "-q", "1"]
    await asyncio.to_thread(subprocess.run, [*command, "-m", '{"n": 21.5}'], check=True, timeout=10)
    assert await bridged.wait_for(1) == [21.5]


async def test_a_newcomers_message_is_held_until_its_datastream_exists(
    bridged: Bridged, publisher: Client
) -> None:
    publisher.publish(TOPIC, b'{"n": 1, "promised": 2}', qos=1)
    assert await bridged.wait_for(2) == [1, 2]


async def test_what_the_journal_refused_is_stored_later_and_once(
    bridged: Bridged, publisher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    journal = bridged.district.gateway.journal
    monkeypatch.setattr(journal, "append_mixed", fail)
    monkeypatch.setattr(journal, "append", fail)
    send(publisher, 1, 2)
    await asyncio.sleep(1.0)
    assert await asyncio.to_thread(bridged.stored) == []
    monkeypatch.undo()
    assert sorted(await bridged.wait_for(2)) == [1, 2]


async def test_a_killed_broker_loses_nothing_and_doubles_nothing(
    bridged: Bridged, publisher: Client, mosquitto: Mosquitto
) -> None:
    send(publisher, *range(200))
    await bridged.wait_for(200)  # Mosquitto itself forgets what it was sent within its last second
    await asyncio.to_thread(mosquitto.kill)
    send(publisher, *range(200, 300))
    async with asyncio.timeout(10):
        while not bridged.door.warning:
            await asyncio.sleep(0.05)
    ready = await bridged.district.http.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["mqtt_bridge"].startswith("warning: connection lost")
    await asyncio.to_thread(mosquitto.start)
    await bridged.wait_connected()
    await bridged.wait_for(300)
    await asyncio.sleep(1.0)
    assert sorted(await asyncio.to_thread(bridged.stored)) == list(range(300))
    assert (await bridged.district.http.get("/readyz")).json()["mqtt_bridge"] == "ok"


async def test_what_was_durable_when_the_broker_died_is_not_stored_twice(
    bridged: Bridged, publisher: Client, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The acknowledgement finds no connection: the broker sends again what we have."""
    pipeline, gate = bridged.district.gateway.pipeline, asyncio.Event()
    submit = pipeline._committer.submit_batch

    def slowly(kind, batch):
        async def commit() -> None:
            await gate.wait()
            await submit(kind, batch)

        return asyncio.ensure_future(commit())

    monkeypatch.setattr(pipeline._committer, "submit_batch", slowly)
    send(publisher, 1, 2, 3)
    await asyncio.sleep(2.5)  # Mosquitto has written that it delivered them
    await asyncio.to_thread(mosquitto.kill)
    async with asyncio.timeout(10):
        while not bridged.door.warning:
            await asyncio.sleep(0.05)
    gate.set()
    assert len(await bridged.wait_for(3)) == 3
    await asyncio.to_thread(mosquitto.start)
    await bridged.wait_connected()
    send(publisher, 4)
    await bridged.wait_for(4)
    await asyncio.sleep(1.0)
    assert sorted(await asyncio.to_thread(bridged.stored)) == [1, 2, 3, 4]


async def test_strangers_wait_in_quarantine(bridged: Bridged, publisher: Client) -> None:
    send(publisher, 1, topic="v1/devices/nobody/telemetry")
    await asyncio.sleep(2.0)
    device = await asyncio.to_thread(QuarantinedDevice.objects.get, identity="nobody")
    assert (device.protocol, device.peer, device.fields) == ("mqtt", "bridge", ["n"])


async def test_a_command_goes_down_and_its_answer_comes_up(
    bridged: Bridged, publisher: Client
) -> None:
    arrived, bodies = Event(), []

    def answer(client, userdata, message) -> None:
        bodies.append(orjson.loads(message.payload))
        client.publish(f"{message.topic}/answer", b'{"state": "answered", "did": true}', qos=1)
        arrived.set()

    publisher.on_message = answer
    publisher.subscribe(f"v1/devices/{SENSOR}/commands/+", 1)
    send(publisher, 1)
    await bridged.wait_for(1)
    assert bridged.door.list_connected() == [bridged.thing.pk]
    bridged.door.start_command(Outgoing(7, bridged.thing.pk, "reboot", {"in_s": 5}))
    assert await asyncio.to_thread(arrived.wait, 10)
    assert bodies == [{"id": 7, "command": "reboot", "arguments": {"in_s": 5}}]
    async with asyncio.timeout(10):
        while not (ended := bridged.door.take_ended()):
            await asyncio.sleep(0.05)
    assert [(row.id, row.state) for row in ended] == [(7, "answered")]


async def test_a_command_without_a_broker_is_refused(district: District) -> None:
    [door] = [door for door in district.gateway.doors if isinstance(door, BridgeDoor)]
    assert door.check() == "ok"
    assert door.list_connected() == []
    door.connect(Address("127.0.0.1", 1, False))
    assert door.check().startswith("warning: ")
    door.start_command(Outgoing(7, 1, "reboot", {}))
    assert [(row.id, row.state) for row in door.take_ended()] == [(7, "refused")]


def test_filters_are_shared_where_a_group_is_set(monkeypatch) -> None:
    assert list_filters() == ("v1/devices/+/#",)
    monkeypatch.setenv("IPUDONG_GATEWAY_MQTT_BRIDGE_GROUP", "ipudong")
    assert list_filters() == ("$share/ipudong/v1/devices/+/#",)


def test_an_address_says_whether_it_is_encrypted() -> None:
    assert read_address("mqtt://broker") == Address("broker", 1883, False)
    assert read_address("mqtts://broker:9999") == Address("broker", 9999, True)


@pytest.mark.parametrize("url", ["http://x", "mqtt://", "mqtt://user:secret@x"])
def test_an_address_that_will_not_do_is_refused_at_the_start(url: str, monkeypatch) -> None:
    monkeypatch.setenv(URL.environment_name, url)
    with pytest.raises(OptionError):
        URL.get()
