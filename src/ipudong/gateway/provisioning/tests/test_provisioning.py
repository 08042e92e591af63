"""A device with a provisioning key registers itself, and nobody else does."""

import asyncio
from datetime import timedelta

import pytest

from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.profiles import declare_profiles, sync_declared
from ipudong.city.sensing.services import make_provisioning_key
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.provisioning import router

ADDRESS = "/devices/provision"


@pytest.fixture(autouse=True)
def fresh_limit(monkeypatch) -> None:
    monkeypatch.setattr(router, "_limit", RateLimit(1000))


@pytest.fixture
async def key(district) -> str:
    def make() -> str:
        sync_declared([HOUSE])
        declare_profiles(HOUSE.device_profiles)
        at = district.gateway.now()
        return make_provisioning_key(
            label="一批",
            profile="generic_json",
            most_uses=2,
            expires_at=at + timedelta(hours=1),
            by="officer",
            at=at,
        )[1]

    return await asyncio.to_thread(make)


async def test_a_device_gets_its_identity_and_a_token_that_opens_the_door(district, key) -> None:
    answer = await district.http.post(ADDRESS, json={"key": key, "identity": "n-1", "name": "一"})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["protocol"], told["identity"]) == ("mqtt", "n-1")
    await district.gateway._reload()
    device = district.gateway.snapshot.directory.find_device("mqtt", "n-1")
    assert device is not None
    assert device.accepts(told["token"])
    assert (
        told["token"] not in (await asyncio.to_thread(Thing.objects.get, identity="n-1")).credential
    )


async def test_the_same_identity_is_not_given_away_twice(district, key) -> None:
    body = {"key": key, "identity": "n-1"}
    assert (await district.http.post(ADDRESS, json=body)).status_code == 201
    again = await district.http.post(ADDRESS, json=body)
    assert (again.status_code, again.json()["code"]) == (409, "identity_taken")


async def test_a_key_is_used_no_more_often_than_it_says(district, key) -> None:
    answers = [(await district.http.post(ADDRESS, json={"key": key})).status_code for _ in range(3)]
    assert answers == [201, 201, 403]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"key": "wrong"}', 403),
        (b'{"key": ""}', 400),
        (b"{}", 400),
        (b"not json", 400),
        (b'{"key": 5}', 400),
        (b'{"key": "x", "role": "administrator"}', 400),
        (b'{"key": "%s"}' % (b"x" * 300), 400),
    ],
)
async def test_anything_else_is_refused(district, key, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await district.http.post(ADDRESS, content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert await asyncio.to_thread(Thing.objects.count) == 1


async def test_a_strange_identity_is_refused(district, key) -> None:
    answer = await district.http.post(ADDRESS, json={"key": key, "identity": "a/b#+"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_identity")


async def test_guessing_is_slowed_down(district, key, monkeypatch) -> None:
    monkeypatch.setattr(router, "_limit", RateLimit(3))
    answers = [
        (await district.http.post(ADDRESS, json={"key": f"guess {n}"})).status_code
        for n in range(4)
    ]
    assert answers == [403, 403, 403, 429]
