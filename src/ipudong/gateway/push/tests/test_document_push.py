"""CSV and JSON over HTTP."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.sensing.models import QuarantinedDevice
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.push.tables import parse_table
from ipudong.gateway.push.tests.conftest import Push

NOW_S = int(time.time())
NOW_US = NOW_S * 1_000_000
ISO = datetime.fromtimestamp(NOW_S, UTC).isoformat()


async def post(push: Push, path: str, content: str, headers=None, **more):
    headers = push.token("integrator") if headers is None else headers
    return await push.district.http.post(path, content=content, headers=headers, **more)


async def test_a_wide_table_has_a_column_for_each_field(push: Push) -> None:
    text = f"device,time,temperature,humidity\npole-1,{ISO},21.5,60\npole-2,{NOW_S},,55\n"
    answer = await post(push, "/push/csv", text)
    assert answer.status_code == 204, answer.text
    assert await asyncio.to_thread(push.stored) == [
        ("pole-1:temperature", 21.5, NOW_US),
        ("pole-1:humidity", 60.0, NOW_US),
        ("pole-2:humidity", 55.0, NOW_US),
    ]


async def test_a_long_table_has_a_row_for_each_reading(push: Push) -> None:
    text = f"time;field;value\n{NOW_S}000;temperature;-3.5\n{NOW_S};humidity;70\n"
    answer = await post(push, "/push/csv", text, push.own)
    assert answer.status_code == 204, answer.text
    assert await asyncio.to_thread(push.stored) == [
        ("pole-1:temperature", -3.5, NOW_US),
        ("pole-1:humidity", 70.0, NOW_US),
    ]


async def test_rows_that_cannot_be_read_are_named_and_the_others_kept(push: Push) -> None:
    text = f"device,time,temperature\npole-1,{NOW_S},1\npole-1,tomorrow,2\npole-1,3\nx,{NOW_S},4\n"
    answer = await post(push, "/push/csv", text)
    assert answer.status_code == 400
    body = answer.json()
    assert (body["code"], body["refused"]) == ("partial_write", 3)
    assert [(row.get("line"), row["code"]) for row in body["lines"]] == [
        (3, "bad_time"),
        (4, "bad_row"),
        (None, "unknown_device"),
    ]
    assert await asyncio.to_thread(push.stored) == [("pole-1:temperature", 1.0, NOW_US)]
    await asyncio.sleep(1.3)
    device = await asyncio.to_thread(QuarantinedDevice.objects.get, identity="x")
    assert device.fields == ["temperature"]


@pytest.mark.parametrize("text", ["", "\n", ",,", "a,a\n1,2", ",".join(map(str, range(600)))])
def test_a_table_without_a_header_is_refused(text: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        parse_table(text)
    assert caught.value.code == "bad_header"


@given(st.text(alphabet='a,;"\n\r\t1. ', max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    with contextlib.suppress(RequestRefused):
        table = parse_table("device,time,a\n" + text)
        assert table.bad_count >= len(table.bad)


async def test_a_device_pushes_the_json_it_would_publish(push: Push) -> None:
    document = [{"ts": NOW_S * 1000, "values": {"temperature": 21.5, "humidity": 50}}]
    answer = await post(push, "/push/json", orjson.dumps(document), push.own)
    assert answer.status_code == 204, answer.text
    assert await asyncio.to_thread(push.stored) == [
        ("pole-1:temperature", 21.5, NOW_US),
        ("pole-1:humidity", 50.0, NOW_US),
    ]


async def test_what_curl_calls_a_form_is_read_as_json(push: Push) -> None:
    headers = {**push.own, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await post(push, "/push/json", '{"temperature": 3}', headers)
    assert answer.status_code == 204, answer.text


async def test_a_collector_names_the_device_in_each_object(push: Push) -> None:
    document = [
        {"device": "pole-1", "time": ISO, "temperature": 1},
        {"device": "pole-2", "time": ISO, "humidity": 2},
        {"time": ISO, "humidity": 3},
    ]
    answer = await post(push, "/push/json", orjson.dumps(document))
    assert answer.status_code == 400
    assert answer.json()["lines"][0]["code"] == "no_device"
    assert await asyncio.to_thread(push.stored) == [
        ("pole-1:temperature", 1.0, NOW_US),
        ("pole-2:humidity", 2.0, NOW_US),
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [("{", "not_json"), ("[1]", "not_readings"), ('{"time":"x","a":1}', "bad_time")],
)
async def test_a_body_without_readings_is_refused(push: Push, body: str, code: str) -> None:
    answer = await post(push, "/push/json", body, push.own)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
