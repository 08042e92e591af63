"""Devices fetch their firmware whole or in parts, and only their own."""

import asyncio
import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.sensing.firmware_tickets import FirmwareTicket, issue_firmware_ticket
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import FirmwarePackage, Thing
from ipudong.city.sensing.profiles import declare_profiles, sync_declared
from ipudong.city.sensing.services import (
    accept_certificate,
    advance_campaigns,
    issue_credential,
    register_device,
    start_campaign,
    store_firmware,
    withdraw_firmware,
)
from ipudong.gateway.firmware.ranges import NotSatisfiableError, read_range

IMAGE = bytes(range(256)) * 1000


def prepare(gateway) -> tuple[Thing, str, FirmwarePackage]:
    """A sensor with its token, told by a campaign to fetch a package."""
    at = gateway.now()
    sync_declared([HOUSE])
    declare_profiles(HOUSE.device_profiles)
    thing = register_device(
        profile="generic_json", identity="s-1", name_zh="一", by="officer", at=at
    )
    token = issue_credential(thing=thing, by="officer", at=at)
    package = store_firmware(
        profile="generic_json",
        version="2.0",
        name="image.bin",
        content=io.BytesIO(IMAGE),
        by="officer",
        at=at,
    )
    start_campaign(package=package, title="二", things=[thing.pk], by="officer", at=at)
    advance_campaigns(at)
    return thing, token, package


@pytest.fixture
async def told(district):
    return await asyncio.to_thread(prepare, district.gateway)


def address(package: FirmwarePackage, thing_id: int, package_id: int = 0) -> str:
    ticket = issue_firmware_ticket(FirmwareTicket(package_id or package.pk, thing_id))
    return f"/firmware/{package.pk}/image.bin?ticket={ticket}"


async def test_a_device_fetches_what_it_was_told_and_the_campaign_sees_it(district, told) -> None:
    thing, _token, package = told
    answer = await district.http.get(address(package, thing.pk))
    assert answer.status_code == 200
    assert answer.content == IMAGE
    assert answer.headers["etag"] == f'"{hashlib.sha256(IMAGE).hexdigest()}"'
    state = await asyncio.to_thread(thing.campaign_targets.values_list("state", flat=True).get)
    assert state == "downloading"


async def test_a_broken_download_is_resumed(district, told) -> None:
    thing, _token, package = told
    url = address(package, thing.pk)
    first = await district.http.get(url, headers={"Range": "bytes=0-99999"})
    rest = await district.http.get(
        url, headers={"Range": "bytes=100000-", "If-Range": first.headers["etag"]}
    )
    assert (first.status_code, rest.status_code) == (206, 206)
    assert rest.headers["content-range"] == f"bytes 100000-255999/{len(IMAGE)}"
    assert first.content + rest.content == IMAGE
    other = await district.http.get(url, headers={"Range": "bytes=9-", "If-Range": '"other"'})
    assert (other.status_code, len(other.content)) == (200, len(IMAGE))
    beyond = await district.http.get(url, headers={"Range": "bytes=256000-"})
    assert beyond.status_code == 416


async def test_the_size_is_told_without_the_file(district, told) -> None:
    thing, _token, package = told
    answer = await district.http.head(address(package, thing.pk))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(IMAGE))


async def test_a_device_fetches_with_its_own_token(district, told) -> None:
    _thing, token, package = told
    await district.gateway._reload()
    url = f"/firmware/{package.pk}/image.bin?device=s-1"
    answer = await district.http.get(url, headers={"Authorization": f"Bearer {token}"})
    assert answer.content == IMAGE
    for wrong in ("Bearer x", "Bearer", "Basic x"):
        refused = await district.http.get(url, headers={"Authorization": wrong})
        assert (refused.status_code, refused.json()["code"]) == (401, "ticket_needed")


async def test_a_fingerprint_is_no_token(district, told) -> None:
    thing, _token, package = told
    await asyncio.to_thread(
        accept_certificate,
        thing=thing,
        fingerprint="ab" * 32,
        by="officer",
        at=district.gateway.now(),
    )
    await district.gateway._reload()
    url = f"/firmware/{package.pk}/image.bin?device=s-1"
    headers = {"Authorization": f"Bearer x509${'ab' * 32}"}
    assert (await district.http.get(url, headers=headers)).status_code == 401


async def test_nobody_else_fetches(district, told) -> None:
    thing, _token, package = told
    forged = f"/firmware/{package.pk}/image.bin?ticket=forged"
    assert (await district.http.get(forged)).status_code == 401
    other = address(package, thing.pk, package_id=999)
    assert (await district.http.get(other)).status_code == 403
    for path in (f"/firmware/{package.pk}/other.bin", "/firmware/999/image.bin", "/firmware/0/x"):
        assert (await district.http.get(path)).status_code == 404
    huge = f"/firmware/{2**70}/image.bin"
    assert (await district.http.get(huge)).status_code == 404


async def test_a_withdrawn_package_is_given_to_nobody(district, told) -> None:
    thing, _token, package = told

    def withdraw() -> None:
        package.campaigns.update(state="aborted")
        withdraw_firmware(package=package, by="officer", at=district.gateway.now())

    await asyncio.to_thread(withdraw)
    assert (await district.http.get(address(package, thing.pk))).status_code == 404


# RFC 9110, 14.1.2 gives these for a file of 10,000 bytes.
@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 1000),
        ("bytes=-500", 9500, 10000),
        ("bytes=9500-", 9500, 10000),
        ("bytes= 0-99999", 0, 10000),
        ("bytes=-99999", 0, 10000),
    ],
)
def test_ranges_are_those_of_the_standard(header: str, start: int, end: int) -> None:
    found = read_range(header, 10_000)
    assert found is not None
    assert (found.start, found.end) == (start, end)


@pytest.mark.parametrize("header", ["bytes=0-0,-1", "lines=1-2", "bytes=-", "bytes=5-4", "x", ""])
def test_what_cannot_be_read_asks_for_all(header: str) -> None:
    assert read_range(header, 10_000) is None


@given(header=st.text(max_size=40) | st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True))
def test_any_header_gives_a_part_of_the_file_or_none(header: str) -> None:
    try:
        found = read_range(header, 1000)
    except NotSatisfiableError:
        return
    assert found is None or 0 <= found.start < found.end <= 1000
