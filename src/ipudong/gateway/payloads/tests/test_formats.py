"""What each format of payload becomes."""

import contextlib
from datetime import UTC, datetime

import cbor2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.formats import decode, find_format
from ipudong.gateway.payloads.objects import MAX_DEPTH, read_document
from ipudong.gateway.payloads.tests.conftest import FORMATS, Bench
from ipudong.gateway.payloads.times import read_time_us
from ipudong.gateway.tests.doubles import NOW_US

SECOND = 1_000_000
NOW_S = NOW_US // SECOND


async def test_flat_json_is_readings_of_now(bench: Bench) -> None:
    device = bench.device("json", "temperature", "humidity", "open")
    taken = bench.send(device, b'{"temperature": 21.5, "humidity": 60}')
    assert taken.rows == 2
    assert bench.send(device, b'{"open": true, "temperature": -1}').rows == 2
    assert await bench.stored() == [
        ("temperature", 21.5, 0),
        ("humidity", 60.0, 0),
        ("open", 1.0, 1),
        ("temperature", -1.0, 1),
    ]


async def test_nested_json_has_dotted_paths(bench: Bench) -> None:
    device = bench.device("json", "env.air.t", "probes.1.value", scale=0.5)
    bench.send(device, b'{"env":{"air":{"t":4}},"probes":[{"id":"a"},{"value":6}]}')
    assert await bench.stored() == [("env.air.t", 2.0, 0), ("probes.1.value", 3.0, 0)]


async def test_the_forms_of_thingsboard_are_read(bench: Bench) -> None:
    device = bench.device("json", "t")
    ms = NOW_US // 1000
    bench.send(device, orjson.dumps({"ts": ms - 5000, "values": {"t": 1}}))
    rows = [{"ts": ms - 4000, "values": {"t": 2}}, {"ts": ms - 3000, "values": {"t": 3}}]
    bench.send(device, orjson.dumps(rows))
    bench.send(device, b'[{"t": 4}, {"t": 5}]')
    assert await bench.stored() == [
        ("t", 1.0, -5 * SECOND),
        ("t", 2.0, -4 * SECOND),
        ("t", 3.0, -3 * SECOND),
        ("t", 4.0, 1),
        ("t", 5.0, 2),
    ]


@pytest.mark.parametrize(
    "time",
    [
        NOW_S,
        float(NOW_S),
        NOW_S * 1000,
        NOW_US,
        NOW_US * 1000,
        str(NOW_S),
        str(NOW_S * 1000),
        datetime.fromtimestamp(NOW_S, UTC).isoformat(),
        datetime.fromtimestamp(NOW_S, UTC).strftime("%Y-%m-%dT%H:%M:%S.000000000Z"),
        datetime.fromtimestamp(NOW_S + 8 * 3600, UTC).strftime("%Y-%m-%d %H:%M:%S"),
        datetime.fromtimestamp(NOW_S + 8 * 3600, UTC).strftime("%Y%m%dT%H%M%S"),
    ],
)
def test_an_instant_is_read_however_it_is_written(time: object) -> None:
    """A text without a zone is the time on the district's walls, UTC+8."""
    assert read_time_us(time) == NOW_S * SECOND


@pytest.mark.parametrize(
    "time", ["", "soon", "--1.5", "-", ".", None, True, float("nan"), 1e30, [], "9" * 50]
)
def test_what_is_no_instant_is_refused(time: object) -> None:
    with pytest.raises(PayloadError):
        read_time_us(time)


async def test_cbor_says_the_same_as_json(bench: Bench) -> None:
    device = bench.device("cbor", "a.b", "c")
    assert bench.send(device, cbor2.dumps({"a": {"b": 1.5}, "c": 2**70})).rows == 2
    when = datetime.fromtimestamp(NOW_S - 60, UTC)
    assert bench.send(device, cbor2.dumps({"time": when, "c": 3})).rows == 1
    assert (await bench.stored())[-1] == ("c", 3.0, -60 * SECOND)
    assert bench.send(device, b"\xff\xff").refusal == "not_cbor"


async def test_numbers_stand_alone_with_the_field_in_the_topic(bench: Bench) -> None:
    device = bench.device("number", "value", "temperature", "env.noise")
    bench.send(device, b"1")
    bench.send(device, b" 21.5\n", "telemetry/temperature")
    bench.send(device, b"-4e1", "telemetry/env/noise")
    bench.send(device, b"ON", "telemetry/temperature")
    assert await bench.stored() == [
        ("value", 1.0, 0),
        ("temperature", 21.5, 1),
        ("env.noise", -40.0, 2),
        ("temperature", 1.0, 3),
    ]
    assert bench.send(device, b"warm").refusal == "not_a_number"


async def test_a_content_type_goes_before_the_profile(bench: Bench) -> None:
    device = bench.device("json", "a")
    bench.send(device, cbor2.dumps({"a": 1}), content_type="application/cbor")
    bench.send(device, b'[{"n":"a","v":2,"t":-1}]', content_type="application/senml+json")
    assert await bench.stored() == [("a", 1.0, 0), ("a", 2.0, -SECOND)]
    assert find_format("line", "text/plain; charset=utf-8") == "line"
    assert find_format("", "text/plain") == "number"


async def test_senml_has_fields_by_their_own_names_and_a_place(bench: Bench) -> None:
    device = bench.device("senml", "temp", "open")
    pack = [
        {"bn": "urn:dev:mac:0024befffe804ff1:", "bt": NOW_S, "n": "temp", "u": "Cel", "v": 23.1},
        {"n": "open", "vb": True, "t": -60},
        {"n": "label", "vs": "Machine Room"},
        {"n": "a", "u": "lon", "v": 121.5},
        {"n": "b", "u": "lat", "v": 31.2},
    ]
    assert bench.send(device, orjson.dumps(pack)).rows == 3
    assert await bench.stored() == [("temp", 23.1, 0), ("open", 1.0, -60 * SECOND)]
    [position] = await bench.positions()
    assert (position["lon"], position["lat"]) == (121.5, 31.2)


async def test_lines_of_one_device_are_its_fields(bench: Bench) -> None:
    device = bench.device("line", "env.t", "env.h")
    body = f'env,x=y t=1.5,h=2i,s="x" {(NOW_S - 5) * 10**9}\nenv t=3\n'
    assert bench.send(device, body.encode()).rows == 3
    assert await bench.stored() == [
        ("env.t", 1.5, -5 * SECOND),
        ("env.h", 2.0, -5 * SECOND),
        ("env.t", 3.0, 0),
    ]
    assert bench.send(device, b"env t=").refusal == "bad_field"


async def test_a_moving_device_has_positions_and_keeps_its_other_readings(bench: Bench) -> None:
    device = bench.device("json", "speed", "gps.speed")
    body = {"ts": NOW_S, "latitude": 31.2, "longitude": 121.5, "speed": 36, "course": 90}
    bench.send(device, orjson.dumps(body))
    bench.send(device, b'{"gps":{"lat":31.3,"lng":121.6,"speed":40}}')
    bench.send(device, b'{"lat":null,"lon":null,"speed":1}')
    bench.send(device, b'{"lat":91,"lon":0.5,"speed":2}')
    assert [row[:2] for row in await bench.stored()] == [
        ("speed", 36.0),
        ("gps.speed", 40.0),
        ("speed", 1.0),
        ("speed", 2.0),
    ]
    first, second = await bench.positions()
    assert (first["lat"], first["lon"], first["speed"], first["heading"]) == (31.2, 121.5, 36, 90)
    assert (second["lat"], second["lon"], second["speed"]) == (31.3, 121.6, 40)
    assert bench.counts("bad_position") == 1


async def test_a_device_with_a_registered_place_stays_there(bench: Bench) -> None:
    device = bench.device("json", "t", lon=121.5, lat=31.2)
    assert bench.send(device, b'{"lat":31.3,"lon":121.6,"t":1}').rows == 1
    assert await bench.positions() == []


async def test_owntracks_is_known_by_its_mark(bench: Bench) -> None:
    """The location publication of the OwnTracks Booklet, shortened."""
    device = bench.device("json", "battery", "barometric_pressure")
    location = {
        "_type": "location", "tid": "ne", "lat": 31.2, "lon": 121.5, "tst": NOW_S, "alt": 12,
        "vel": 50, "cog": 270, "batt": 77, "p": 101.3, "conn": "w", "BSSID": "x",
    }  # fmt: skip
    assert bench.send(device, orjson.dumps(location), "owntracks/a/phone").rows == 3
    assert bench.send(device, b'{"_type":"lwt","tst":1}', "owntracks/a/phone").rows == 0
    [position] = await bench.positions()
    assert (position["speed"], position["heading"], position["altitude"]) == (50, 270, 12)
    assert [row[:2] for row in await bench.stored()] == [
        ("battery", 77.0),
        ("barometric_pressure", 1013.0),
    ]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'"21.5"', "not_readings"),
        (b"null", "not_readings"),
        (b"[1,2]", "not_readings"),
        (b"[]", "not_readings"),
        (b'{"ts":"x","values":{"t":1}}', "bad_time"),
        (b'{"a":' * 20 + b"1" + b"}" * 20, "too_deep"),
        (orjson.dumps({str(n): n for n in range(2000)}), "too_many_fields"),
        (orjson.dumps([{"t": 1}] * 20_000), "too_many_readings"),
    ],
)
async def test_what_is_no_reading_is_refused_with_its_code(
    bench: Bench, payload: bytes, code: str
) -> None:
    assert bench.send(bench.device("json", "t"), payload).refusal == code
    assert await bench.stored() == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["ts", "time", "values", "lat", "lon", "a", "b"]), inner)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_document_is_read_or_refused(document: object) -> None:
    with contextlib.suppress(PayloadError):
        content = read_document(document, ("a",))
        assert all(
            len(name.split(".")) <= MAX_DEPTH + 1 for s in content.samples for name in s.values
        )


@given(st.sampled_from([*FORMATS, "senml+cbor"]), st.binary(max_size=64))
def test_any_bytes_are_read_or_refused(kind: str, payload: bytes) -> None:
    with contextlib.suppress(PayloadError):
        assert decode(kind, payload, (), "", NOW_US) is not None
