"""Clients we did not write: paho in both versions, mosquitto's, each with a real conversation."""

import asyncio
import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from paho.mqtt.client import Client as Paho
from paho.mqtt.client import MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from ipudong.gateway.mqtt.tests.certificates import Certificates
from ipudong.gateway.mqtt.tests.conftest import SECRET, TELEMETRY, Door

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
OWN = "v1/devices/s1/"
VERSIONS = pytest.mark.parametrize("version", [MQTTv311, MQTTv5])


class PahoDouble:
    """A paho client whose network loop is its own thread; every wait is blocking."""

    def __init__(self, version: int, client_id: str = "paho", **more: Any) -> None:
        self.messages: list[MQTTMessage] = []
        self.codes: list[Any] = []
        self._changed = threading.Condition()
        self.client = Paho(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, **more
        )
        self.client.on_connect = lambda _c, _u, _f, code, _p: self._note(self.codes, code)
        self.client.on_message = lambda _c, _u, message: self._note(self.messages, message)
        self.granted: list[Any] = []
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: self._note(self.granted, codes)
        self.acks: list[Any] = []
        self.client.on_publish = lambda _c, _u, mid, code, _p: self._note(self.acks, (mid, code))
        self.lost: list[Any] = []
        self.client.on_disconnect = lambda _c, _u, _f, code, _p: self._note(self.lost, code)

    def _note(self, kept: list[Any], row: Any) -> None:
        with self._changed:
            kept.append(row)
            self._changed.notify_all()

    def wait(self, is_true: Callable[[], Any], timeout_s: float = 5.0) -> None:
        with self._changed:
            assert self._changed.wait_for(is_true, timeout_s)

    def connect(self, port: int, username: str = "s1", password: str = SECRET, **more: Any) -> Any:
        self.client.username_pw_set(username, password)
        self.client.connect("127.0.0.1", port, **more)
        self.client.loop_start()
        self.wait(lambda: self.codes)
        return self.codes[-1]

    def subscribe(self, topic: str, qos: int = 1, **more: Any) -> None:
        before = len(self.granted)
        self.client.subscribe(topic, **(more or {"qos": qos}))
        self.wait(lambda: len(self.granted) > before)

    def publish(self, topic: str, payload: bytes, qos: int = 1, **more: Any) -> None:
        self.client.publish(topic, payload, qos, **more).wait_for_publish(5)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def make_paho() -> Iterator[Callable[..., PahoDouble]]:
    made: list[PahoDouble] = []

    def make(*given: Any, **more: Any) -> PahoDouble:
        made.append(PahoDouble(*given, **more))
        return made[-1]

    yield make
    for double in made:
        double.close()


def in_thread(function: Callable[..., Any], *given: Any, **more: Any) -> Any:
    return asyncio.to_thread(function, *given, **more)


@VERSIONS
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_paho_publishes_readings_and_an_integrator_sees_them(
    door: Door, make_paho, version: int, qos: int
) -> None:
    app, sensor = make_paho(version, "app"), make_paho(version, "sensor")
    assert (await in_thread(app.connect, door.port, "token", "both")).value == 0
    assert (await in_thread(sensor.connect, door.port)).value == 0
    await in_thread(app.subscribe, "v1/devices/+/telemetry", 2)
    for number in range(20):
        await in_thread(sensor.publish, TELEMETRY, b'{"t": %d}' % number, qos)
    await in_thread(app.wait, lambda: len(app.messages) == 20)
    assert [message.payload for message in app.messages] == [b'{"t": %d}' % n for n in range(20)]
    assert {message.qos for message in app.messages} == {qos}
    assert [result for _, result in door.rows()] == [float(number) for number in range(20)]


@VERSIONS
async def test_paho_is_refused_with_a_wrong_password(door: Door, make_paho, version: int) -> None:
    paho = make_paho(version)
    paho.client.reconnect_delay_set(30, 30)
    code = await in_thread(paho.connect, door.port, "s1", "wrong")
    assert code.is_failure
    assert code.getName() == "Bad user name or password"


@VERSIONS
async def test_paho_gets_a_retained_message_and_what_came_while_it_was_away(
    door: Door, make_paho, version: int
) -> None:
    door.broker.publish(OWN + "state", b"on", retain=True)
    if version == MQTTv5:
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 60
        kept, keep = {}, {"clean_start": False, "properties": properties}
    else:
        kept, keep = {"clean_session": False}, {}
    first = make_paho(version, "kept", **kept)
    await in_thread(first.connect, door.port, **keep)
    await in_thread(first.subscribe, OWN + "#", 2)
    await in_thread(first.wait, lambda: first.messages)
    assert (first.messages[0].payload, first.messages[0].retain) == (b"on", True)
    await in_thread(first.close)
    for number in range(5):
        door.broker.publish(OWN + "commands/1", b"%d" % number, qos=2)
    second = make_paho(version, "kept", **kept)
    await in_thread(second.connect, door.port, **keep)
    await in_thread(second.wait, lambda: len(second.messages) == 5)
    assert [message.payload for message in second.messages] == [b"0", b"1", b"2", b"3", b"4"]


async def test_paho_5_hears_why_a_payload_was_refused(door: Door, make_paho) -> None:
    paho = make_paho(MQTTv5)
    await in_thread(paho.connect, door.port)
    await in_thread(paho.client.publish, TELEMETRY, b"rubbish", 1)
    await in_thread(paho.wait, lambda: paho.acks)
    assert paho.acks[0][1].getName() == "Payload format invalid"


async def test_paho_5_uses_options_identifiers_and_aliases(door: Door, make_paho) -> None:
    app, sensor = make_paho(MQTTv5, "app"), make_paho(MQTTv5, "sensor")
    await in_thread(app.connect, door.port, "token", "both")
    await in_thread(sensor.connect, door.port)
    identifier = Properties(PacketTypes.SUBSCRIBE)
    identifier.SubscriptionIdentifier = 9
    options = SubscribeOptions(1, noLocal=True, retainAsPublished=True)
    await in_thread(app.subscribe, TELEMETRY, options=options, properties=identifier)
    for topic in (TELEMETRY, ""):
        properties = Properties(PacketTypes.PUBLISH)
        properties.TopicAlias = 3
        properties.ContentType = "application/json"
        properties.UserProperty = ("unit", "℃")
        await in_thread(sensor.publish, topic, b'{"t": 1}', retain=True, properties=properties)
    await in_thread(app.wait, lambda: len(app.messages) == 2)
    for message in app.messages:
        assert (message.topic, message.retain) == (TELEMETRY, True)
        found = message.properties
        assert found.SubscriptionIdentifier == [9]
        assert found.ContentType == "application/json"
        assert found.UserProperty == [("unit", "℃")]


@VERSIONS
async def test_paho_shares_a_subscription(door: Door, make_paho, version: int) -> None:
    members = [make_paho(version, f"m{number}") for number in range(2)]
    for member in members:
        await in_thread(member.connect, door.port, "token", "both")
        await in_thread(member.subscribe, "$share/g/v1/devices/+/telemetry")
    for number in range(10):
        door.broker.publish(TELEMETRY, b"%d" % number, qos=1)
    for member in members:
        await in_thread(member.wait, lambda member=member: len(member.messages) == 5)


async def test_paho_5_is_told_that_its_session_was_taken_over(door: Door, make_paho) -> None:
    first, second = make_paho(MQTTv5, "same"), make_paho(MQTTv5, "same")
    first.client.reconnect_delay_set(30, 30)
    await in_thread(first.connect, door.port)
    await in_thread(second.connect, door.port)
    await in_thread(first.wait, lambda: first.lost)
    assert first.lost[0].getName() == "Session taken over"


async def test_paho_over_tls_with_a_certificate_of_its_own(
    door: Door, make_paho, certificates: Certificates
) -> None:
    port = await door.server.listen("127.0.0.1", 0, certificates.context())
    paho = make_paho(MQTTv5)
    context = certificates.client_context("sensor")
    context.check_hostname = False
    paho.client.tls_set_context(context)
    assert (await in_thread(paho.connect, port)).value == 0
    await in_thread(paho.publish, TELEMETRY, b'{"t": 1}')
    assert door.rows() == [(1, 1.0)]


# mosquitto's own clients.


def find_program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian package mosquitto-clients)")
    return found


async def run(name: str, port: int, *given: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        find_program(name), "-h", "127.0.0.1", "-p", str(port), *given,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 20)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        raise
    return process.returncode or 0, output.decode()


DEVICE = ("-u", "s1", "-P", SECRET)
APP = ("-u", "token", "-P", "both")


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
@pytest.mark.parametrize("qos", ["0", "1", "2"])
async def test_mosquitto_pub_stores_a_reading(door: Door, version: str, qos: str) -> None:
    code, said = await run(
        "mosquitto_pub", door.port, *DEVICE, "-V", version, "-q", qos, "-t", TELEMETRY,
        "-m", '{"t": 21.5}',
    )  # fmt: skip
    assert (code, said) == (0, "")
    for _ in range(100):
        if door.rows():
            break
        await asyncio.sleep(0.02)
    assert door.rows() == [(1, 21.5)]


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_sub_sees_readings(door: Door, version: str) -> None:
    watching = asyncio.create_task(
        run("mosquitto_sub", door.port, *APP, "-V", version, "-q", "1", "-C", "3", "-v",
            "-t", "v1/devices/+/telemetry")
    )  # fmt: skip
    while not len(door.broker.subscriptions):
        await asyncio.sleep(0.02)
        assert not watching.done() or watching.result()
    sensor = await door.device()
    for number in range(3):
        await sensor.deliver(TELEMETRY, b'{"t": %d}' % number)
    code, said = await watching
    assert code == 0
    assert said.splitlines() == [f'{TELEMETRY} {{"t": {number}}}' for number in range(3)]


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
async def test_mosquitto_pub_says_why_it_was_refused(door: Door, version: str) -> None:
    code, said = await run(
        "mosquitto_pub", door.port, "-u", "nobody", "-P", "x", "-V", version, "-t", "a", "-m", ""
    )
    assert code != 0
    assert "bad user name or password" in said.lower()


async def test_mosquitto_pub_hears_that_a_topic_is_not_its_own(door: Door) -> None:
    code, said = await run(
        "mosquitto_pub", door.port, *DEVICE, "-V", "mqttv5", "-q", "1",
        "-t", "v1/devices/s2/telemetry", "-m", "{}",
    )  # fmt: skip
    assert "Not authorized" in said
    assert door.rows() == []
    assert code in (0, 135)
