"""Machines ask for addresses: with a token, within limits, in one document."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.roles import ADMINISTRATOR
from ipudong.city.identity.services import create_account, issue_token
from ipudong.city.registry.addresses.store import AddressRow, store_addresses
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.conftest import PASSWORD, District

ASK = "/registry/v1/geocode"
NOW = datetime.now(UTC)
ROW = AddressRow(
    division="310115004000",
    road="张杨路",
    lane="123",
    number="4",
    room="501",
    lon=121.52,
    lat=31.22,
)


def settle() -> dict[str, str]:
    """One address, and the headers of accounts that may and may not ask."""
    load_places(read_places())
    store_addresses([ROW], source="test", by="system:test", at=NOW)
    headers = {}
    resident = create_account(username="r", password=PASSWORD, roles=["resident"], by="tests")
    for account in (Account.objects.get(username="clerk"), resident):
        _, token = issue_token(
            account=account,
            name="geocoding",
            scopes=["registry.geocode"],
            expires_at=NOW + timedelta(hours=1),
            by=Actor("tests", frozenset({ADMINISTRATOR})),
        )
        headers[account.username] = {"Authorization": f"Bearer {token}"}
    return headers


async def test_one_address_and_many_are_answered(district: District) -> None:
    headers = (await asyncio.to_thread(settle))["clerk"]
    one = await district.http.get(ASK, params={"address": "张杨路123弄4号501"}, headers=headers)
    assert one.status_code == 200
    assert (one.json()["grade"], one.json()["point"]) == ("room", {"lon": 121.52, "lat": 31.22})
    assert {"element": "road", "text": "张杨路"} in one.json()["understood"]
    body = {"addresses": ["张杨路123弄", "nowhere"]}
    many = await district.http.post(ASK, json=body, headers=headers)
    assert [row["grade"] for row in many.json()["answers"]] == ["lane", "none"]
    where = {"lon": 121.5201, "lat": 31.22, "limit": 1}
    near = await district.http.get("/registry/v1/reverse", params=where, headers=headers)
    assert [row["text"] for row in near.json()["answers"]] == ["张杨路123弄4号"]


async def test_strangers_and_wrong_roles_are_refused(district: District) -> None:
    headers = (await asyncio.to_thread(settle))["r"]
    for asked in ({}, headers):
        for refused in (
            await district.http.get(ASK, params={"address": "张杨路"}, headers=asked),
            await district.http.post(ASK, json={"addresses": ["张杨路"]}, headers=asked),
            await district.http.get(
                "/registry/v1/reverse", params={"lon": 0, "lat": 0}, headers=asked
            ),
        ):
            assert refused.status_code == (403 if asked else 401)
            assert refused.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"addresses": []},
        {"addresses": ["x"] * 1001},
        {"addresses": ["x" * 201]},
        {"addresses": 1},
    ],
)
async def test_a_batch_beyond_its_limits_is_refused(district: District, body: object) -> None:
    headers = (await asyncio.to_thread(settle))["clerk"]
    refused = await district.http.post(ASK, json=body, headers=headers)
    assert refused.status_code == 400


def test_a_sender_may_ask_so_often() -> None:
    limit = RateLimit(2, clock=lambda: 0.0)
    limit.take("a")
    limit.take("a")
    with pytest.raises(RequestRefused) as refused:
        limit.take("a")
    assert refused.value.status == 429


async def test_the_interface_is_in_the_document(district: District) -> None:
    document = (await district.http.get("/schema/openapi.json")).json()
    assert {"get", "post"} <= set(document["paths"][ASK])
