"""What the rest of the gateway hangs on the broker: topic handlers, commands to devices."""

import asyncio
from collections.abc import Callable

from ipudong.gateway.mqtt.intake import Incoming
from ipudong.gateway.mqtt.tests.conftest import TELEMETRY, Door
from ipudong.gateway.outbox import Outgoing
from ipudong.protocols.mqtt import reasons
from ipudong.protocols.mqtt.packets import V311, Acknowledgement, Publish

COMMANDS = "v1/devices/s1/commands/"


class KeepingHandler:
    """Keeps what it gets; `settle` is called by the test, or at once with `reason`."""

    def __init__(self, reason: int | None = None) -> None:
        self.reason = reason
        self.got: list[tuple[Incoming, Callable[[int], None]]] = []

    def receive(self, incoming: Incoming, settle: Callable[[int], None]) -> None:
        self.got.append((incoming, settle))
        if self.reason is not None:
            settle(self.reason)


async def test_a_handler_gets_its_topics_and_acknowledges_when_it_will(door: Door) -> None:
    handler = KeepingHandler()
    door.broker.handle("v1.1/", handler)
    app = await door.integrator()
    topic = "v1.1/Datastreams(1)/Observations"
    app.publish(topic, b'{"result": 1}', 1, 5, properties={"content_type": "application/json"})
    app.publish(TELEMETRY, b'{"t": 1}', 1, 6)
    await app.settle()
    await app.expect_silence()  # acknowledgements keep the order of the messages
    ((incoming, settle),) = handler.got
    assert (incoming.topic, incoming.payload, incoming.qos) == (topic, b'{"result": 1}', 1)
    assert incoming.content_type == "application/json"
    assert incoming.sender.actor is not None
    assert incoming.sender.actor.name == "both"
    settle(reasons.SUCCESS)
    settle(reasons.SUCCESS)  # more than once does no harm
    acks = [await app.expect(Acknowledgement) for _ in range(2)]
    assert [(ack.packet_id, ack.reason) for ack in acks] == [(5, 0), (6, 0)]


async def test_a_handlers_refusal_is_told_to_mqtt_5(door: Door) -> None:
    door.broker.handle("v1.1/", KeepingHandler(reasons.PAYLOAD_FORMAT_INVALID))
    app, old = await door.integrator(), await door.integrator("old", version=V311)
    for qos in (1, 2):
        assert await app.deliver("v1.1/x", b"", qos) == reasons.PAYLOAD_FORMAT_INVALID
        assert await old.deliver("v1.1/x", b"", qos) == 0


async def test_a_fault_of_a_handler_is_an_answer_too(door: Door) -> None:
    class Broken:
        def receive(self, incoming: Incoming, settle: Callable[[int], None]) -> None:
            raise RuntimeError("a fault of ours")

    door.broker.handle("v1.1/", Broken())
    app = await door.integrator()
    assert await app.deliver("v1.1/x", b"") == reasons.IMPLEMENTATION_SPECIFIC


async def test_what_is_subscribed_to_can_be_asked(door: Door) -> None:
    before = door.broker.subscriptions_version
    app = await door.integrator()
    await app.subscribe("v1.1/Things", "$share/g/v1.1/Observations", "v1/devices/+/telemetry")
    assert door.broker.subscriptions_version > before
    found = sorted(door.broker.list_subscribed("v1.1/"))
    assert found == ["v1.1/Observations", "v1.1/Things"]
    door.broker.publish("v1.1/Things", b"{}", content_type="application/json")
    assert (await app.expect(Publish)).properties["content_type"] == "application/json"


async def test_a_command_is_published_and_its_answer_ends_it(door: Door) -> None:
    sensor = await door.device()
    await sensor.subscribe(COMMANDS + "+")
    door.broker.commands.start(Outgoing(7, 1, "set_interval", {"seconds": 30}))
    packet = await sensor.expect(Publish)
    assert (packet.topic, packet.qos) == (COMMANDS + "7", 1)
    assert packet.payload == b'{"id":7,"command":"set_interval","arguments":{"seconds":30}}'
    sensor.send(Acknowledgement(4, packet.packet_id))
    assert await sensor.deliver(COMMANDS + "7/answer", b'{"was": 60}') == 0
    delivered, ended = door.broker.commands.take_ended()
    assert (delivered.id, delivered.state) == (7, "delivered")
    assert (ended.id, ended.state, ended.answer) == (7, "answered", {"was": 60})
    assert door.interpreter.taken == []


async def test_a_device_may_refuse_a_command(door: Door) -> None:
    sensor = await door.device()
    await sensor.subscribe(COMMANDS + "+")
    for number in (7, 8):
        door.broker.commands.start(Outgoing(number, 1, "x", {}))
        await sensor.expect(Publish)
    await sensor.deliver(COMMANDS + "7/answer", b'{"state": "refused", "reason": "busy"}')
    await sensor.deliver(COMMANDS + "8/answer", b"not json at all")
    ended = door.broker.commands.take_ended()
    assert [(row.id, row.state) for row in ended] == [(7, "refused"), (8, "answered")]
    assert ended[1].answer == {"text": "not json at all"}


async def test_a_command_to_a_device_that_does_not_listen_is_refused(door: Door) -> None:
    door.broker.commands.start(Outgoing(7, 1, "x", {}))
    await door.device()
    door.broker.commands.start(Outgoing(8, 1, "x", {}))
    ended = door.broker.commands.take_ended()
    assert [row.answer["reason"] for row in ended] == ["not_connected", "not_subscribed"]


async def test_a_command_without_an_answer_times_out(door: Door, ticks: None) -> None:
    sensor = await door.device()
    await sensor.subscribe(COMMANDS + "+")
    door.broker.commands.start(Outgoing(7, 1, "x", {}))
    await asyncio.sleep(0.6)
    door.broker.commands.start(Outgoing(8, 1, "x", {}))
    sensor.disconnect()
    await sensor.wait_closed()
    ended = door.broker.commands.take_ended()
    assert [(row.id, row.answer["reason"]) for row in ended] == [
        (7, "no_answer"),
        (8, "disconnected"),
    ]
    assert {row.state for row in ended} == {"timed_out"}


async def test_a_command_that_was_delivered_stays_so_without_an_answer(door, ticks) -> None:
    sensor = await door.device()
    await sensor.subscribe(COMMANDS + "+")
    door.broker.commands.start(Outgoing(7, 1, "x", {}))
    packet = await sensor.expect(Publish)
    sensor.send(Acknowledgement(4, packet.packet_id))
    await asyncio.sleep(0.6)
    assert [row.state for row in door.broker.commands.take_ended()] == ["delivered"]


async def test_a_command_waits_for_a_device_that_comes_back_but_not_for_ever(door, ticks) -> None:
    keep = {"properties": {"session_expiry_interval": 60}}
    sensor = await door.device(**keep)
    await sensor.subscribe(COMMANDS + "+")
    for number in (7, 8):
        door.broker.commands.start(Outgoing(number, 1, "x", {}))
    sensor.abort()
    again = await door.device(clean_start=False, **keep)
    assert (await again.expect(Publish)).properties["message_expiry_interval"] == 1
    await again.expect(Publish)
    await again.deliver(COMMANDS + "7/answer", b"{}")
    await asyncio.sleep(0.6)
    ended = door.broker.commands.take_ended()
    assert [(row.id, row.state) for row in ended] == [(7, "answered"), (8, "timed_out")]


async def test_an_answer_to_another_devices_command_counts_for_nothing(door: Door) -> None:
    sensor, other = await door.device(), door.client()
    await sensor.subscribe(COMMANDS + "+")
    await other.connect("s2")
    door.broker.commands.start(Outgoing(7, 1, "x", {}))
    await other.deliver("v1/devices/s2/commands/7/answer", b"{}")
    assert door.broker.commands.take_ended() == []
    assert door.records.take().counts[2, "unmatched_answer"] == 1
