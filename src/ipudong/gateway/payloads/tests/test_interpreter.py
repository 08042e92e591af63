"""What becomes of fields nobody knows, of values that are none, and of devices behind devices."""

import orjson

from ipudong.gateway.payloads.tests.conftest import EUI, Bench
from ipudong.gateway.tests.doubles import NOW_US
from ipudong.protocols.sparkplug.payload import DataType, Metric, Payload, decode, encode

NOW_MS = NOW_US // 1000
UPLINK = {
    "end_device_ids": {"device_id": "dev1", "dev_eui": EUI},
    "uplink_message": {
        "decoded_payload": {"temperature": 21.5, "note": "ok"},
        "rx_metadata": [{"rssi": -70, "snr": 7.5}],
        "received_at": "2026-11-22T07:00:00.123456789Z",
    },
}


async def test_nothing_is_taken_while_a_datastream_is_awaited(bench: Bench) -> None:
    device = bench.device("json", "known")
    taken = bench.send(device, b'{"known": 1, "promised": 2}')
    assert (taken.rows, taken.awaits_channels) == (0, True)
    assert await bench.stored() == []
    assert bench.records._notes.fields == {device.thing_id: {"promised"}}


async def test_a_field_that_no_profile_knows_is_counted_and_kept_raw_once(bench: Bench) -> None:
    device = bench.device("json", "known")
    for _ in range(3):
        assert bench.send(device, b'{"known": 1, "strange": 2, "text": "x"}').rows == 1
    assert bench.counts("unknown_channel") == 3
    [row] = bench.records._notes.rejected
    assert (row.code, row.raw[:8]) == ("has_unknown_channel", b'{"known"')


async def test_a_name_too_long_for_a_channel_is_counted_and_not_offered(bench: Bench) -> None:
    device = bench.device("number")
    assert bench.send(device, b"1", "telemetry/" + "x" * 90).rows == 0
    assert bench.counts("unknown_channel") == 1
    assert bench.records._notes.fields == {}


async def test_values_that_are_no_numbers_are_left_out_and_kept_raw_once(bench: Bench) -> None:
    device = bench.device("number", "a")
    for payload in (b"nan", b"inf", b"-inf", b"1"):
        bench.send(device, payload, "telemetry/a")
    other = bench.device("json", "a", "b", identity="other")
    bench.send(other, b'{"a": "21.5", "b": 1}')
    bench.send(other, b'{"a": null, "b": 2}')  # absent today: no fault
    assert bench.send(other, b'{"a": 1e999, "b": 3}').refusal == "not_json"
    assert [row[1] for row in await bench.stored()] == [1.0, 1.0, 2.0]
    assert bench.counts("not_a_number") == 4
    assert len(bench.records._notes.rejected) == 2


async def test_attributes_are_noted_and_are_no_readings(bench: Bench) -> None:
    device = bench.device("json", "known")
    body = {"fw_version": "1.4.2", "model": "P-7", "nested": {"a": 1}, "slots": 4}
    assert bench.send(device, orjson.dumps(body), "attributes").rows == 0
    [report] = bench.records._notes.attributes.values()
    assert (report.firmware, report.hardware) == ("1.4.2", "P-7")
    assert dict(report.values) == {"fw_version": "1.4.2", "model": "P-7", "slots": 4}
    assert bench.send(device, b"[]", "attributes").refusal == "not_attributes"


async def test_events_are_readings_that_rules_can_watch(bench: Bench) -> None:
    device = bench.device("json", "event.door_opened", "event.tilt")
    bench.send(device, b'{"event": "door_opened"}', "events")
    bench.send(device, b'[{"type": "tilt", "value": 12.5, "ts": 1700000000}]', "events")
    assert [row[:2] for row in await bench.stored()] == [
        ("event.door_opened", 1.0),
        ("event.tilt", 12.5),
    ]
    assert bench.send(device, b"{}", "events").refusal == "not_an_event"
    assert bench.send(device, b"{}", "elsewhere").refusal == "unknown_topic"


# LoRaWAN.


async def test_a_network_server_speaks_for_its_end_devices(bench: Bench) -> None:
    server = bench.device("lorawan", identity="lns")
    bench.device("lorawan", "temperature", "rssi", identity=EUI.lower())
    topic = "v3/app1@tenant/devices/dev1/up"
    assert bench.send(server, orjson.dumps(UPLINK), topic).rows == 2
    assert [row[:2] for row in await bench.stored()] == [("temperature", 21.5), ("rssi", -70.0)]
    assert bench.counts("frames") == 1


async def test_a_strange_end_device_waits_in_quarantine(bench: Bench) -> None:
    server = bench.device("lorawan", identity="lns")
    assert bench.send(server, orjson.dumps(UPLINK), "v3/a/devices/b/up").rows == 0
    [row] = bench.records._notes.quarantined.values()
    assert (row.identity, row.peer) == (EUI, "via lns")
    assert row.fields == ("temperature", "rssi", "snr")


async def test_a_network_server_cannot_speak_for_other_devices(bench: Bench) -> None:
    server = bench.device("lorawan", identity="lns")
    bench.device("json", "temperature", identity=EUI)
    bench.send(server, orjson.dumps(UPLINK), "v3/a/devices/b/up")
    assert await bench.stored() == []
    assert len(bench.records._notes.quarantined) == 1


async def test_a_solved_location_moves_the_end_device(bench: Bench) -> None:
    server = bench.device("lorawan", identity="lns")
    bench.device("lorawan", identity=EUI)
    body = {
        "deviceInfo": {"devEui": EUI.lower()},
        "time": "2026-11-22T07:00:00Z",
        "location": {"latitude": 31.2, "longitude": 121.5, "altitude": 4.0},
    }
    topic = f"application/1/device/{EUI.lower()}/event/location"
    assert bench.send(server, orjson.dumps(body), topic).rows == 1
    [position] = await bench.positions()
    assert (position["lat"], position["lon"], position["altitude"]) == (31.2, 121.5, 4.0)
    assert bench.send(server, b"[]", topic).refusal == "not_lorawan"


# Sparkplug B.


def born(seq: int = 0) -> bytes:
    metrics = (
        Metric("bdSeq", 0, datatype=DataType.INT64),
        Metric("temperature", 20.0, alias=1, datatype=DataType.DOUBLE),
    )
    return encode(Payload(metrics, NOW_MS, seq))


def data(seq: int, value: float) -> bytes:
    return encode(Payload((Metric("", value, 1, NOW_MS - 1000, DataType.DOUBLE),), NOW_MS, seq))


async def test_an_edge_node_reports_by_alias_after_its_birth(bench: Bench) -> None:
    node = bench.device("sparkplug", "temperature", identity="plant/node")
    bench.send(node, born(), "spBv1.0/plant/NBIRTH/node")
    bench.send(node, data(1, 21.0), "spBv1.0/plant/NDATA/node")
    stored = [("temperature", 20.0, 0), ("temperature", 21.0, -1_000_000)]
    assert await bench.stored() == stored
    assert bench.published == []


async def test_a_gap_asks_for_rebirth_once_in_a_while(bench: Bench) -> None:
    node = bench.device("sparkplug", "temperature", identity="node")
    for seq in (5, 9, 20):
        bench.send(node, data(seq, 1.0), "spBv1.0/plant/NDATA/node")
    [(topic, payload)] = bench.published
    assert topic == "spBv1.0/plant/NCMD/node"
    assert decode(payload).metrics[0].name == "Node Control/Rebirth"


async def test_devices_behind_a_node_are_things_or_fields_of_it(bench: Bench) -> None:
    node = bench.device("sparkplug", "fan/temperature", identity="node")
    bench.device("sparkplug", "temperature", identity="node/pump")
    bench.send(node, born(), "spBv1.0/g/NBIRTH/node")
    for seq, name in ((1, "fan"), (2, "pump")):
        bench.send(node, born(seq), f"spBv1.0/g/DBIRTH/node/{name}")
    rows = await bench.stored()
    assert [row[0] for row in rows] == ["fan/temperature", "temperature"]
    bench.send(node, b"", "spBv1.0/g/DDEATH/node/pump")
    assert list(bench.records._notes.gone) == [2]


async def test_a_node_cannot_speak_as_another(bench: Bench) -> None:
    node = bench.device("sparkplug", identity="node")
    assert bench.send(node, born(), "spBv1.0/g/NBIRTH/other").refusal == "not_its_topic"
    assert bench.send(node, b"\xff", "spBv1.0/g/NDATA/node").refusal == "not_sparkplug"


async def test_a_birth_that_waits_for_datastreams_is_counted_once(bench: Bench) -> None:
    node = bench.device("sparkplug", identity="node")
    metrics = (Metric("promised", 1.0, datatype=DataType.DOUBLE),)
    birth = encode(Payload(metrics, NOW_MS, 0))
    for _ in range(3):
        assert bench.send(node, birth, "spBv1.0/g/NBIRTH/node").awaits_channels
    assert bench.published == []


def test_filters_say_what_a_device_may_publish_to(bench: Bench) -> None:
    listed = bench.interpreter.list_filters
    assert listed(bench.device("json")) == ()
    assert listed(bench.device("sparkplug", identity="g/n")) == (
        "spBv1.0/g/+/n",
        "spBv1.0/g/+/n/+",
    )
    assert "application/+/device/+/event/+" in listed(bench.device("lorawan"))


def test_fields_of_a_stranger_are_named_whatever_it_sends(bench: Bench) -> None:
    listed = bench.interpreter.list_fields
    assert listed("v1/devices/x/telemetry", b'{"a":1,"b":{"c":2},"d":"x"}', "") == ("a", "b.c")
    assert listed("v1/devices/x/telemetry/t", b"21", "") == ("t",)
    assert listed("v1/devices/x/telemetry", b"env t=1", "") == ("env.t",)
    assert listed("v1/devices/x/events", b'{"event":"e"}', "") == ("event.e",)
    assert listed("v1/devices/x/telemetry", b"\xff\x01", "") == ()


async def test_messages_read_together_are_not_taken_for_corrections_of_each_other(
    bench: Bench,
) -> None:
    device = bench.device("json", "a")
    for body in (b'{"a": 1}', b'{"a": 2}', b'{"a": 3, "note": "the long way"}'):
        bench.send(device, body)
    assert await bench.stored() == [("a", 1.0, 0), ("a", 2.0, 1), ("a", 3.0, 2)]


async def test_a_clock_that_was_set_back_is_followed(bench: Bench) -> None:
    device = bench.device("json", "a")
    topic, hour_us = f"v1/devices/{device.identity}/telemetry", 3_600_000_000
    for at in (NOW_US, NOW_US - hour_us, NOW_US - hour_us):
        bench.interpreter.take(device, topic, b'{"a": 1}', "", at)
    assert [row[2] for row in await bench.stored()] == [0, -hour_us, 1 - hour_us]
