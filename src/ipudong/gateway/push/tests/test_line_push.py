"""Line protocol over HTTP, as Telegraf and the client of InfluxData send it."""

import asyncio
import base64
import gzip
import time

import pytest
from influxdb_client import InfluxDBClient, Point
from influxdb_client.client.write_api import SYNCHRONOUS

from ipudong.city.sensing.models import QuarantinedDevice, RejectedFrame
from ipudong.gateway.push.bodies import MAX_INFLATED_BYTES
from ipudong.gateway.push.tests.conftest import TOKEN, Push

NOW_S = int(time.time())
NOW_US = NOW_S * 1_000_000


async def test_a_line_is_durable_before_it_is_answered(push: Push) -> None:
    answer = await push.write(f"env,device=pole-1 temperature=21.5 {NOW_S}", "precision=s")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await asyncio.to_thread(push.stored) == [("pole-1:env.temperature", 21.5, NOW_US)]


async def test_a_newcomers_first_message_waits_for_its_datastreams(push: Push) -> None:
    """`humidity` is in the profile and has no datastream yet: it is made, then taken once."""
    body = f"env,device=pole-1 temperature=20,humidity=455i {NOW_S}000\n"
    answer = await push.write(body, "precision=ms")
    assert answer.status_code == 204
    assert await asyncio.to_thread(push.stored) == [
        ("pole-1:env.temperature", 20.0, NOW_US),
        ("pole-1:env.humidity", 45.5, NOW_US),
    ]


async def test_the_client_of_influxdata_writes_unmodified(push: Push) -> None:
    def write() -> None:
        url = str(push.district.http.base_url)
        with InfluxDBClient(url=url, token=TOKEN, org="any", enable_gzip=True) as client:
            assert client.ping()
            point = Point("env").tag("device", "pole-1").field("temperature", 22.25)
            writer = client.write_api(write_options=SYNCHRONOUS)
            writer.write(bucket="any", record=[point.time(NOW_S * 10**9)] * 2)

    await asyncio.to_thread(write)
    assert await asyncio.to_thread(push.stored) == [("pole-1:env.temperature", 22.25, NOW_US)] * 2


async def test_telegrafs_own_metrics_go_by_host_and_tags_tell_series_apart(push: Push) -> None:
    """The documented output of the cpu plugin; only what the profile knows is kept."""
    lines = [
        "cpu,cpu=cpu0,host=pole-2 load=0.5,time_user=202224.15 {0}",
        "cpu,cpu=cpu1,host=pole-2 load=0.7 {0}",
        'system,host=pole-2 uptime_format="0:23",load1=0.1 {0}',
    ]
    body = "\n".join(lines).format(NOW_S * 10**9)
    answer = await push.write(body, "org=o&bucket=b&precision=ns")
    assert answer.status_code == 204
    assert await asyncio.to_thread(push.stored) == [
        ("pole-2:cpu,cpu=cpu0.load", 0.5, NOW_US),
        ("pole-2:cpu.load", 0.7, NOW_US),
    ]


@pytest.mark.parametrize("way", ["query", "basic", "token_pair"])
async def test_influxdb_1_is_written_with_each_kind_of_credentials(push: Push, way: str) -> None:
    headers, query = {}, "db=telegraf&rp=&precision=s"
    if way == "query":
        query += f"&u=pole-1&p={TOKEN}"
    elif way == "basic":
        pair = base64.b64encode(f"pole-1:{TOKEN}".encode()).decode()
        headers["Authorization"] = f"Basic {pair}"
    else:
        headers["Authorization"] = f"Token pole-1:{TOKEN}"
    http = push.district.http
    made = await http.post("/query", params={"q": 'CREATE DATABASE "telegraf"'}, headers=push.own)
    assert made.json() == {"results": [{"statement_id": 0}]}
    answer = await http.post(
        f"/write?{query}", content=f"env temperature=1 {NOW_S}", headers=headers
    )
    assert answer.status_code == 204
    assert await asyncio.to_thread(push.stored) == [("pole-1:env.temperature", 1.0, NOW_US)]


async def test_good_lines_are_kept_beside_bad_ones_which_are_named(push: Push) -> None:
    body = (
        f"env,device=pole-1 temperature=1 {NOW_S}\n"
        "env,device=pole-1 temperature=\n"
        f"env,device=nobody temperature=2 {NOW_S}\n"
        f"env temperature=3 {NOW_S}\n"
        "env,device=pole-1 temperature=4 999999999999999999\n"
    )
    answer = await push.write(body, "precision=s")
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "invalid",
        "message": "partial write: line 2: missing value of field 'temperature'; "
        "line 3: device 'nobody' is not known; line 4: no tag device or host; "
        "line 5: timestamp out of range dropped=4",
    }
    assert await asyncio.to_thread(push.stored) == [("pole-1:env.temperature", 1.0, NOW_US)]
    older = await push.district.http.post("/write", content="env temperature=", headers=push.own)
    assert older.status_code == 400
    assert "unable to parse: line 1" in older.json()["error"]
    assert older.headers["X-Influxdb-Error"] == older.json()["error"]


async def test_a_stranger_waits_in_quarantine_with_its_fields(push: Push) -> None:
    await push.write('env,device=nobody,area=x temperature=2,text="a"')
    await asyncio.sleep(1.3)
    device = await asyncio.to_thread(QuarantinedDevice.objects.get, identity="nobody")
    assert (device.protocol, device.fields) == ("http", ["env,area=x.temperature"])


async def test_unknown_fields_are_kept_raw_once_and_answered_well(push: Push) -> None:
    for _ in range(3):
        assert (await push.write("env,device=pole-1 strange=2")).status_code == 204
    await asyncio.sleep(1.3)
    assert await asyncio.to_thread(RejectedFrame.objects.count) == 1


async def test_a_device_speaks_for_itself_only(push: Push) -> None:
    answer = await push.write("env,device=pole-2 temperature=2", headers=push.own)
    assert answer.status_code == 400
    assert "names another device" in answer.json()["message"]
    assert await asyncio.to_thread(push.stored) == []


@pytest.mark.parametrize("path", ["/api/v2/write", "/write", "/push/csv", "/push/json", "/query"])
async def test_nobody_and_the_wrong_role_are_refused(push: Push, path: str) -> None:
    http = push.district.http
    for headers, status in (
        ({}, 401),
        ({"Authorization": "Token wrong"}, 401),
        ({"Authorization": "Basic !!!"}, 401),
        (push.token("clerk"), 403),
    ):
        answer = await http.post(path, content="env temperature=1", headers=headers)
        assert answer.status_code == status
        assert answer.json()


async def test_bad_bodies_have_the_errors_of_influxdb(push: Push) -> None:
    bomb = gzip.compress(b"a" * (MAX_INFLATED_BYTES + 1))
    for body, headers, status in (
        (b"not gzip", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"env temperature=1")[:-6], {"Content-Encoding": "gzip"}, 400),
        (bomb, {"Content-Encoding": "gzip"}, 413),
        (b"x", {"Content-Encoding": "br"}, 415),
        (b"a\xff b=1", {}, 400),
        (b"x" * (4 * 1024 * 1024 + 1), {}, 413),
    ):
        answer = await push.write(body, headers={**push.own, **headers})
        assert answer.status_code == status, answer.text
        assert set(answer.json()) == {"code", "message"}
    wrong = await push.write("env temperature=1", "precision=h", headers=push.own)
    assert wrong.status_code == 400


async def test_a_journal_in_trouble_is_answered_with_when_to_try_again(
    push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(push.district.gateway.journal, "append_mixed", fail)
    monkeypatch.setattr(push.district.gateway.journal, "append", fail)
    answer = await push.write("env temperature=1", headers=push.own)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    health = await push.district.http.get("/health")
    assert (health.status_code, health.json()["status"]) == (503, "fail")
    monkeypatch.undo()
    assert (await push.write("env temperature=1", headers=push.own)).status_code == 204
    assert (await push.district.http.get("/health")).json()["status"] == "pass"


@pytest.fixture
def two_posts_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPUDONG_GATEWAY_POSTS_PER_MINUTE", "2")


async def test_too_fast_is_told_when_to_come_back(two_posts_a_minute: None, push: Push) -> None:
    answers = [await push.write("env temperature=1", headers=push.own) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].json()["code"] == "too many requests"


async def test_a_large_body_is_taken_whole(push: Push) -> None:
    lines = [f"env,device=pole-1 temperature={n % 50}.5 {NOW_S - n}" for n in range(20_000)]
    answer = await push.write(gzip.compress("\n".join(lines).encode()), "precision=s",
                              headers={**push.own, "Content-Encoding": "gzip"})  # fmt: skip
    assert answer.status_code == 204
    assert len(await asyncio.to_thread(push.stored)) == 20_000
