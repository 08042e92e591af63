"""Events of network servers: the catalogue of The Things Stack, and both servers' documents."""

import json
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.protocols.lorawan.document import parse_event, read_document
from ipudong.protocols.lorawan.events import DeviceEvent, Location, LorawanError

# The Things Stack, "Data formats", uplink message; shortened.
UPLINK = {
    "end_device_ids": {
        "device_id": "dev1",
        "application_ids": {"application_id": "app1"},
        "dev_eui": "0004A30B001C0530",
        "join_eui": "800000000000000C",
        "dev_addr": "00BCB929",
    },
    "correlation_ids": ["as:up:01"],
    "received_at": "2020-02-12T15:15:45.787123Z",
    "uplink_message": {
        "session_key_id": "AXA50",
        "f_cnt": 1,
        "f_port": 1,
        "frm_payload": "gkHe",
        "decoded_payload": {"temperature": 1.0, "luminosity": 0.64},
        "rx_metadata": [
            {"gateway_ids": {"gateway_id": "gtw1"}, "rssi": -35, "channel_rssi": -35, "snr": 5.2},
            {"gateway_ids": {"gateway_id": "gtw2"}, "rssi": -80, "snr": 9.0},
        ],
        "settings": {"data_rate": {"lora": {"bandwidth": 125000, "spreading_factor": 7}}},
        "received_at": "2020-02-12T15:15:45.5Z",
    },
}
# The Things Stack, "Data formats", location solved.
SOLVED = {
    "end_device_ids": {"device_id": "dev1", "dev_eui": "0004a30b001c0530"},
    "received_at": "2020-02-12T15:15:45Z",
    "location_solved": {
        "service": "lora-cloud-geolocation-v3",
        "location": {
            "latitude": 31.23, "longitude": 121.5, "altitude": 10, "accuracy": 14,
        },
    },
}  # fmt: skip
# ChirpStack v4, "Event types"; shortened.
CHIRP_UP = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2022-07-18T09:34:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        "deviceName": "Door lock",
        "devEui": "0101010101010101",
        "tags": {"key": "value"},
    },
    "devAddr": "00189440",
    "adr": True,
    "fCnt": 4,
    "fPort": 1,
    "data": "qg==",
    "object": {"lock": True, "battery": {"volt": 3.6}},
    "rxInfo": [{"gatewayId": "0016c001f153a14c", "rssi": -36, "snr": 10.5}],
    "txInfo": {"frequency": 867100000, "modulation": {"lora": {"spreadingFactor": 11}}},
}
DEVICE = {"deviceInfo": CHIRP_UP["deviceInfo"], "time": CHIRP_UP["time"]}


def read(document: object, kind: str = "") -> DeviceEvent:
    return parse_event(orjson.dumps(document), kind)


def test_an_uplink_of_the_things_stack_has_fields_and_its_best_reception() -> None:
    event = read(UPLINK)
    assert (event.kind, event.dev_eui) == ("up", "0004A30B001C0530")
    assert event.time == "2020-02-12T15:15:45.5Z"
    assert dict(event.fields) == {"temperature": 1.0, "luminosity": 0.64}
    assert event.radio == {"rssi": -35, "snr": 5.2, "spreading_factor": 7, "frame_counter": 1}


def test_an_uplink_that_nobody_decoded_says_so() -> None:
    message = {**UPLINK, "uplink_message": {"frm_payload": "gkHe", "f_cnt": 3}}
    event = read(message)
    assert (dict(event.fields), event.is_decoded) == ({}, False)


def test_a_place_that_was_solved_is_a_location() -> None:
    event = read(SOLVED)
    assert (event.kind, event.dev_eui) == ("location", "0004A30B001C0530")
    assert event.location == Location(121.5, 31.23, 10.0)


def test_an_uplink_of_chirpstack_is_read_alike() -> None:
    event = read(CHIRP_UP, "up")
    assert read(CHIRP_UP) == event  # the fields say what it is where no topic does
    assert (event.kind, event.dev_eui) == ("up", "0101010101010101")
    assert event.fields["battery"] == {"volt": 3.6}
    assert event.radio == {"rssi": -36, "snr": 10.5, "spreading_factor": 11, "frame_counter": 4}


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"devAddr": "00189440"}, "join"),
        ({"acknowledged": True, "fCntDown": 3}, "ack"),
        ({"margin": 10, "externalPowerSource": False, "batteryLevel": 98.4}, "status"),
        ({"location": {"latitude": 31.2, "longitude": 121.5}}, "location"),
        ({"level": "ERROR", "code": "UPLINK_CODEC", "description": "x"}, "other"),
    ],
)
def test_other_events_of_chirpstack_are_told_apart(more: dict, kind: str) -> None:
    event = read({**DEVICE, **more})
    assert (event.kind, event.dev_eui) == (kind, "0101010101010101")


def test_a_status_brings_battery_and_margin() -> None:
    status = {"margin": 10, "batteryLevel": 98.4, "batteryLevelUnavailable": False}
    assert read({**DEVICE, **status}, "status").fields == {"margin": 10, "battery_level": 98.4}
    gone = {**status, "batteryLevelUnavailable": True}
    assert read({**DEVICE, **gone}, "status").fields == {"margin": 10}


def test_every_event_of_the_catalogue_of_the_things_stack_is_read(shared_data: Path) -> None:
    catalogue = json.loads((shared_data / "protocols/mqtt/ttn_lorawan_events.json").read_text())
    device = {"device_ids": {"device_id": "dev1", "dev_eui": "0004A30B001C0530"}}
    kinds = {}
    for name, sample in catalogue.items():
        event = read({**sample, "time": "2026-11-22T00:00:00Z", "identifiers": [device]})
        assert event.dev_eui == "0004A30B001C0530"
        kinds[name] = event.kind
    assert len(kinds) == 212
    assert kinds["as.up.data.forward"] == kinds["ns.up.data.forward"] == "up"
    assert kinds["as.up.join.forward"] == kinds["ns.up.join.accept.forward"] == "join"
    assert kinds["as.up.location.forward"] == "location"
    assert kinds["gs.up.receive"] == kinds["as.mqtt.connect.fail"] == "other"


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "not_json"),
        (b"[]", "not_lorawan"),
        (b'{"a":1}', "not_lorawan"),
        (b"1", "not_lorawan"),
    ],
)
def test_other_documents_are_refused_with_their_reason(payload: bytes, code: str) -> None:
    with pytest.raises(LorawanError) as caught:
        parse_event(payload)
    assert caught.value.code == code


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = sorted({*UPLINK, *UPLINK["uplink_message"], *CHIRP_UP, *SOLVED, "name", "identifiers"})


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.sampled_from(["", "up", "status", "x"]))
def test_no_document_breaks_a_reader(document: dict, kind: str) -> None:
    try:
        event = read_document(document, kind)
    except LorawanError:
        return
    assert event.dev_eui == "" or len(event.dev_eui) == 16
