"""SensorThings over HTTP: reading, posting, and who may."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from ipudong.city.sensing.models import Thing
from ipudong.gateway.conftest import District
from ipudong.gateway.tests.doubles import FACTORS
from ipudong.store.errors import JournalFull

ROOT = "/sensorthings/v1.1"


async def get(district: District, path: str, status: int = 200) -> dict:
    answer = await district.http.get(ROOT + path)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    return answer.json()


async def post(district: District, path: str, body: object, role: str = "integrator"):
    return await district.http.post(ROOT + path, json=body, headers=district.headers(role))


def observation(stream: int, result: float, at: datetime) -> dict:
    time = at.isoformat()
    return {"result": result, "phenomenonTime": time, "Datastream": {"@iot.id": stream}}


@pytest.fixture
def stream(district: District) -> int:
    return district.datastreams["2011/a34004-Rtd"]


async def fill(district: District, stream: int, count: int) -> datetime:
    """Post results 0, 1, 2 ... a minute apart; the first one's time."""
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=count)
    rows = [[(first + timedelta(minutes=n)).isoformat(), float(n)] for n in range(count)]
    group = {
        "Datastream": {"@iot.id": stream},
        "components": ["phenomenonTime", "result"],
        "dataArray@iot.count": count,
        "dataArray": rows,
    }
    answer = await post(district, "/CreateObservations", [group])
    assert answer.status_code == 201, answer.text
    assert len(answer.json()) == count
    return first


async def test_the_root_lists_sets_and_requirements(district: District) -> None:
    root = await get(district, "/")
    assert "Observations" in {row["name"] for row in root["value"]}
    conformance = root["serverSettings"]["conformance"]
    assert all(
        name.startswith(("http://www.opengis.net/spec/iot_", "https://")) for name in conformance
    )
    for row in root["value"]:
        assert (await district.http.get(row["url"])).status_code == 200


async def test_entities_link_to_each_other(district: District) -> None:
    thing = await get(district, f"/Things({district.station.pk})")
    assert (thing["@iot.id"], thing["name"]) == (district.station.pk, "陆家嘴站")
    assert "credential" not in str(thing)
    seen = {thing["@iot.selfLink"]}
    waiting = [value for key, value in thing.items() if key.endswith("navigationLink")]
    while waiting:
        link = waiting.pop()
        if link in seen or len(seen) > 40:
            continue
        seen.add(link)
        answer = await district.http.get(link)
        assert answer.status_code == 200, link
        for entity in answer.json().get("value", [answer.json()])[:1]:
            waiting += [value for key, value in entity.items() if key.endswith("navigationLink")]
    assert any("ObservedProperty" in link for link in seen)


async def test_pages_follow_each_other_without_gap_or_overlap(district: District) -> None:
    link = f"{district.http.base_url}{ROOT}/Datastreams?$top=5&$count=true&$orderby=name desc"
    ids = []
    while link:
        page = (await district.http.get(link)).json()
        assert page["@iot.count"] == 2 * len(FACTORS)
        ids += [entity["@iot.id"] for entity in page["value"]]
        link = page.get("@iot.nextLink")
    assert len(ids) == len(set(ids)) == 2 * len(FACTORS)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/Things?$filter=name eq '陆家嘴站'", 1),
        ("/Things?$filter=properties/system eq 'traffic' or id lt 0", 0),
        ("/Things?$filter=not (name eq '陆家嘴站')", 0),
        (
            "/Datastreams?$filter=ObservedProperty/name eq '因子a34004' and id gt 8",
            1,
        ),
        ("/Datastreams?$filter=Thing/name ne 'x'&$top=3", 3),
        ("/ObservedProperties('test_a34004')/Datastreams", 2),
        ("/Locations", 1),
        ("/FeaturesOfInterest", 1),
        ("/Sensors", 1),
    ],
)
async def test_filters_and_navigation_find_what_is_there(
    district: District, path: str, count: int
) -> None:
    assert len((await get(district, path))["value"]) == count


async def test_expand_and_select_shape_an_entity(district: District) -> None:
    path = (
        f"/Things({district.station.pk})?$expand=Datastreams,Locations&$select=name,id,Datastreams"
    )
    thing = await get(district, path)
    assert set(thing) == {"@iot.id", "name", "Datastreams", "Locations"}
    assert len(thing["Datastreams"]) == 2 * len(FACTORS)
    stream = await get(district, "/Datastreams?$expand=Thing,ObservedProperty&$top=1")
    assert stream["value"][0]["Thing"]["name"] == "陆家嘴站"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/Things(99999)", 404, "no_such_entity"),
        ("/Things('x')", 404, "no_such_entity"),
        ("/Nothings", 404, "no_such_resource"),
        ("/Things/Datastreams", 400, "bad_path"),
        ("/Things?$filter=secret eq 1", 400, "unknown_property"),
        ("/Things?$filter=credential eq 'a'", 400, "unknown_property"),
        ("/Things?$filter=id eq true", 400, "bad_expression"),
        ("/Things?$filter=name eq 2026-01-01T00:00:00Z", 400, "bad_expression"),
        ("/Things?$orderby=nothing", 400, "unknown_property"),
        ("/Things?$select=nothing", 400, "unknown_property"),
        ("/Things?$expand=nothing", 400, "unknown_property"),
        ("/Datastreams?$expand=Observations($expand=Sensor)", 400, "unknown_property"),
        ("/Things?top=1", 400, "unknown_option"),
        ("/Observations('1-x')", 404, "no_such_entity"),
        ("/Observations?$filter=phenomenonTime eq 'x'", 400, "bad_expression"),
        ("/Observations?$filter=Thing/id eq 1", 400, "unknown_property"),
    ],
)
async def test_what_cannot_be_answered_is_a_problem_with_a_code(
    district: District, path: str, status: int, code: str
) -> None:
    assert (await get(district, path, status))["code"] == code


async def test_a_posted_observation_is_durable_and_readable(
    district: District, stream: int
) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    answer = await post(district, "/Observations", observation(stream, 7.25, at))
    assert answer.status_code == 201
    assert district.gateway.journal.stats().rows == 1
    own_id = answer.json()["@iot.id"]
    found = (await district.http.get(answer.headers["location"])).json()
    assert (found["@iot.id"], found["result"]) == (own_id, 7.25)
    assert datetime.fromisoformat(found["phenomenonTime"]) == at
    assert found["resultQuality"] == {"mark": 0, "valid": True}
    owner = (await district.http.get(found["Datastream@iot.navigationLink"])).json()
    assert owner["@iot.id"] == stream


async def test_a_reading_of_an_hour_says_its_interval(district: District) -> None:
    hourly = district.datastreams["2061/a34004-Avg"]
    at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    answer = await post(
        district,
        f"/Datastreams({hourly})/Observations",
        {
            "result": 3,
            "phenomenonTime": f"{at.isoformat()}/{(at + timedelta(hours=1)).isoformat()}",
        },
    )
    found = (await district.http.get(answer.headers["location"])).json()
    begin, _, end = found["phenomenonTime"].partition("/")
    assert datetime.fromisoformat(end) - datetime.fromisoformat(begin) == timedelta(hours=1)


async def test_observations_are_filtered_ordered_counted_and_paged(
    district: District, stream: int
) -> None:
    first = await fill(district, stream, 30)
    path = f"/Datastreams({stream})/Observations"
    newest = await get(district, f"{path}?$orderby=phenomenonTime desc&$top=2&$count=true")
    assert newest["@iot.count"] == 30
    assert [entity["result"] for entity in newest["value"]] == [29, 28]
    second_page = (await district.http.get(newest["@iot.nextLink"])).json()
    assert [entity["result"] for entity in second_page["value"]] == [27, 26]
    bound = quote((first + timedelta(minutes=10)).isoformat().replace("+00:00", "Z"))
    found = await get(
        district,
        f"{path}?$filter=phenomenonTime ge {bound} and (result lt 12 or result eq 20)"
        "&$select=result",
    )
    assert found["value"] == [{"result": 10.0}, {"result": 11.0}, {"result": 20.0}]
    everything = await get(district, f"/Observations?$filter=Datastream/id eq {stream}&$count=true")
    assert everything["@iot.count"] == 30


async def test_the_same_instant_twice_is_one_observation(district: District, stream: int) -> None:
    at = datetime.now(UTC)
    for result in (1.0, 2.0):
        await post(district, "/Observations", observation(stream, result, at))
    found = await get(district, f"/Datastreams({stream})/Observations?$count=true")
    assert (found["@iot.count"], found["value"][0]["result"]) == (1, 2.0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], "bad_body"),
        ({"result": 1}, "datastream_missing"),
        ({"result": 1, "Datastream": {"@iot.id": 10**6}}, "no_such_datastream"),
        ({"result": 1, "Datastream": {"@iot.id": 2**40}}, "no_such_datastream"),
        ({"result": 1, "Datastream": {"@iot.id": True}}, "datastream_missing"),
        ({"Datastream": {"@iot.id": 1}}, "bad_result"),
        ({"result": 1, "phenomenonTime": "now", "Datastream": {"@iot.id": 1}}, "bad_time"),
        ({"result": 1, "phenomenonTime": "2026-01-01", "Datastream": {"@iot.id": 1}}, "bad_time"),
    ],
)
async def test_a_body_that_is_no_observation_is_refused(
    district: District, body: object, code: str
) -> None:
    answer = await post(district, "/Observations", body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert district.gateway.journal.stats().rows == 0


async def test_of_a_group_what_is_wrong_is_an_error_in_its_place(
    district: District, stream: int
) -> None:
    group = {
        "Datastream": {"@iot.id": stream},
        "components": ["phenomenonTime", "result"],
        "dataArray": [
            ["2026-01-01T00:00:00Z", "x"],
            ["2026-01-01T00:01:00Z", 1],
            ["yesterday", 2],
            ["2026-01-01T08:02:00.5+08:00", 3],
        ],
    }
    answer = await post(district, "/CreateObservations", [group])
    assert answer.status_code == 201
    first, second, third, fourth = answer.json()
    assert (first, third) == ("error", "error")
    assert [(await district.http.get(link)).json()["result"] for link in (second, fourth)] == [1, 3]
    assert district.gateway.journal.stats().rows == 2
    group["dataArray"] = group["dataArray"][:1]
    answer = await post(district, "/CreateObservations", [group])
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_result")


async def test_no_json_a_wrong_method_and_a_huge_body_are_problems(district: District) -> None:
    headers = district.headers("integrator")
    for content, status in ((b"{", 400), (b"[" + b" " * 5_000_000 + b"]", 413)):
        answer = await district.http.post(f"{ROOT}/Observations", content=content, headers=headers)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
    answer = await district.http.options(f"{ROOT}/Things(1)", headers=headers)
    assert answer.status_code in (204, 405)
    answer = await district.http.request("TRACE", f"{ROOT}/Things(1)", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    answer = await post(district, "/Things", {"name": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "property_missing")


@pytest.mark.parametrize("path", ["/Observations", "/CreateObservations"])
async def test_posting_takes_a_token_of_a_role_that_may(district: District, path: str) -> None:
    nobody = await district.http.post(ROOT + path, json={})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "token_needed")
    assert nobody.headers["www-authenticate"] == "Bearer"
    stranger = await district.http.post(
        ROOT + path, json={}, headers={"Authorization": "Bearer ipd_none"}
    )
    assert (stranger.status_code, stranger.json()["code"]) == (401, "bad_token")
    clerk = await post(district, path, {}, role="clerk")
    assert (clerk.status_code, clerk.json()["code"]) == (403, "not_permitted")


async def test_a_journal_that_cannot_is_503_and_the_next_post_works(
    district: District, stream: int, monkeypatch
) -> None:
    def refuse(items: object) -> None:
        raise JournalFull("journal.sqlite3", "disk is full")

    body = observation(stream, 1.0, datetime.now(UTC))
    with monkeypatch.context() as patch:
        patch.setattr(district.gateway.journal, "append_mixed", refuse)
        answer = await post(district, "/Observations", body)
        assert (answer.status_code, answer.json()["code"]) == (503, "not_stored")
        assert answer.headers["retry-after"] == "10"
    assert (await post(district, "/Observations", body)).status_code == 201


async def test_a_retired_thing_is_no_longer_shown(district: District) -> None:
    await asyncio.to_thread(Thing.objects.update, status="retired")
    assert (await get(district, "/Things"))["value"] == []
    assert (await get(district, "/Datastreams"))["value"] == []
