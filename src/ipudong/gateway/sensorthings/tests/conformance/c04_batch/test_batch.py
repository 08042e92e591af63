"""Batch requests (18-088, 11), with the standard's own example, and the JSON form of OData 4.01."""

import pytest

from ipudong.gateway.sensorthings.tests.conformance import bodies
from ipudong.gateway.sensorthings.tests.conformance.client import Client

BOUNDARY = "batch_36522ad7-fc75-4b56-8c71-56071383e77b"
KIND = f"multipart/mixed;boundary={BOUNDARY}"
# The standard's example, with keys that are there.
EXAMPLE = """--batch_36522ad7-fc75-4b56-8c71-56071383e77b
Content-Type: application/http
Content-Transfer-Encoding:binary

GET /v1.1/Things({thing})
Host: host

--batch_36522ad7-fc75-4b56-8c71-56071383e77b
Content-Type: multipart/mixed;boundary=changeset_77162fcd-b8da-41ac-a9f8-9357efbbd

--changeset_77162fcd-b8da-41ac-a9f8-9357efbbd
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 1

POST /v1.1/Things HTTP/1.1
Host: host
Content-Type: application/json
Content-Length: ###

{{"name": "oven", "description": "an oven"}}
--changeset_77162fcd-b8da-41ac-a9f8-9357efbbd
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 2

PATCH /v1.1/Things({thing}) HTTP/1.1
Host: host
Content-Type: application/json

{{"name": {name}}}
--changeset_77162fcd-b8da-41ac-a9f8-9357efbbd--
--batch_36522ad7-fc75-4b56-8c71-56071383e77b
Content-Type: application/http
Content-Transfer-Encoding: binary

GET /v1.1/Nothings(3) HTTP/1.1
Host: host

--batch_36522ad7-fc75-4b56-8c71-56071383e77b--
"""


async def send(client: Client, text: str):
    body = text.replace("\n", "\r\n").encode()
    return await client.send("POST", "$batch", content=body, headers={"content-type": KIND})


async def test_the_standards_example_is_answered_part_by_part(client: Client) -> None:
    thing = await client.id_of(await client.create("Things", bodies.a_thing(name="lamp")))
    answer = await send(client, EXAMPLE.format(thing=thing, name='"new"'))
    assert answer.status_code == 200
    kind = answer.headers["content-type"]
    assert kind.startswith("multipart/mixed; boundary=batch_")
    parts = answer.text.split("--" + kind.partition("boundary=")[2])
    assert parts[1].split("\r\n")[1] == "Content-Type: application/http"
    assert "HTTP/1.1 200 OK" in parts[1]
    assert '"name":"lamp"' in parts[1]
    assert "multipart/mixed; boundary=" in parts[2]
    assert "HTTP/1.1 201 Created" in parts[2]
    assert "Content-ID: 2" in parts[2]
    assert "HTTP/1.1 404 Not Found" in parts[3]
    assert parts[4].strip() == "--"
    assert (await client.get(f"Things({thing})"))["name"] == "new"
    assert await client.count("Things") == 3


async def test_of_a_change_set_that_fails_nothing_is_left(client: Client) -> None:
    thing = await client.id_of(await client.create("Things", bodies.a_thing(name="lamp")))
    answer = await send(client, EXAMPLE.format(thing=thing, name="5"))
    assert answer.text.count("HTTP/1.1 400") == 1
    assert "201 Created" not in answer.text
    assert await client.count("Things") == 2
    assert (await client.get(f"Things({thing})"))["name"] == "lamp"


async def run(client: Client, *requests: dict) -> list[dict]:
    answer = await client.send("POST", "$batch", {"requests": list(requests)})
    assert answer.status_code == 200, answer.text
    return answer.json()["responses"]


async def test_a_json_batch_refers_to_what_it_made(client: Client) -> None:
    made = await run(
        client,
        {"id": "t", "method": "post", "url": "Things", "body": bodies.a_thing(name="tree")},
        {
            "id": "d",
            "method": "post",
            "url": "$t/Datastreams",
            "dependsOn": ["t"],
            "body": bodies.a_datastream(
                Sensor=bodies.a_sensor(), ObservedProperty=bodies.a_property()
            ),
        },
        {
            "id": "o",
            "method": "post",
            "url": "Observations",
            "body": {"result": 5, "Datastream": {"@iot.id": "$d"}},
        },
        {"id": "r", "method": "get", "url": "$t?$expand=Datastreams/Observations"},
    )
    assert [response["status"] for response in made] == [201, 201, 201, 200]
    assert made[3]["body"]["Datastreams"][0]["Observations"][0]["result"] == 5
    assert made[0]["headers"]["location"].endswith(f"Things({made[3]['body']['@iot.id']})")


async def test_what_depends_on_a_failure_is_not_tried(client: Client) -> None:
    made = await run(
        client,
        {"id": "1", "method": "post", "url": "Things", "body": {"name": 5}},
        {
            "id": "2",
            "method": "post",
            "url": "Things",
            "body": bodies.a_thing(),
            "dependsOn": ["1"],
        },
        {"id": "3", "method": "get", "url": "/sensorthings/v1.1/Things?$top=1&$select=name"},
    )
    assert [response["status"] for response in made] == [400, 424, 200]
    assert made[0]["body"]["code"]
    assert made[2]["body"]["value"] == [{"name": "陆家嘴站"}]


async def test_an_atomicity_group_stands_or_falls_as_one(client: Client) -> None:
    before = await client.count("Things")
    body = bodies.a_thing()
    made = await run(
        client,
        {"id": "1", "method": "post", "url": "Things", "body": body, "atomicityGroup": "g"},
        {"id": "2", "method": "post", "url": "Things", "body": {}, "atomicityGroup": "g"},
        {"id": "3", "method": "post", "url": "Things", "body": body, "atomicityGroup": "h"},
    )
    assert [response["status"] for response in made] == [424, 400, 201]
    assert await client.count("Things") == before + 1
    made = await run(
        client,
        {"id": "1", "method": "delete", "url": "Things(1)", "atomicityGroup": "g"},
        {"id": "2", "method": "post", "url": "Things", "body": body, "atomicityGroup": "g"},
    )
    assert {response["status"] for response in made} == {501}


async def test_each_request_needs_its_own_permit(client: Client) -> None:
    clerk = Client(client.district, "clerk")
    made = await run(
        clerk,
        {"id": "1", "method": "get", "url": "Things"},
        {"id": "2", "method": "post", "url": "Things", "body": bodies.a_thing()},
        {"id": "3", "method": "post", "url": "CreateObservations", "body": []},
    )
    assert [response["status"] for response in made] == [200, 403, 403]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"requests": []},
        {"requests": [5]},
        {"requests": [{"id": "1", "method": "get"}]},
        {"requests": [{"id": "1", "method": 5, "url": "Things"}]},
        {"requests": [{"id": "1", "method": "get", "url": "Things"}] * 2},
        {"requests": [{"id": str(n), "method": "get", "url": "Things"} for n in range(101)]},
    ],
)
async def test_what_is_no_batch_is_refused(client: Client, body: object) -> None:
    await client.refuse("POST", "$batch", body, 400, "bad_batch")


@pytest.mark.parametrize("url", ["$batch", "http://example.org/Things", "../../x", "http://["])
async def test_a_batch_stays_within_the_service(client: Client, url: str) -> None:
    [response] = await run(client, {"id": "1", "method": "post", "url": url, "body": {}})
    assert response["status"] in (400, 404, 405)


@pytest.mark.parametrize("text", ["", "--x--", "no boundary", "--batch_36522ad7\n\nGET Things\n"])
async def test_a_multipart_body_without_parts_is_refused(client: Client, text: str) -> None:
    answer = await send(client, text)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_batch")
