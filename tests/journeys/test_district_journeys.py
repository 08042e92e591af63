"""What people come to the district for, from the first page to the last, on running processes."""

import csv
import io
import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect
from tests.journeys.conftest import ComeIn, sign_in
from tests.journeys.station_on_wire import StationOnWire
from tests.running import District, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

NAME_ZH = "张江旅程站"
NAME_EN = "Zhangjiang journey station"
MN = "PUDONG0JOURNEY0000000001"
ALARM = "hourly mean above 150"
LIVE_MS = 20_000
Answer = tuple[int, dict[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def stranger(district: District) -> Iterator[StationOnWire]:
    """A station nobody has entered anywhere, on a connection that lasts for all journeys."""
    station = StationOnWire(district.station_port, MN)
    yield station
    assert station.is_connected
    station.close()


@pytest.fixture(scope="module")
def staff(chromium: Browser, district: District) -> Iterator[Page]:
    """An administrator at work."""
    context = chromium.new_context(base_url=district.portal_url, locale="en-US")
    page = context.new_page()
    sign_in(page, "admin")
    yield page
    context.close()


@pytest.fixture(scope="module")
def adopted(stranger: StationOnWire, staff: Page) -> StationOnWire:
    """The stranger, adopted as an air station from the staff page."""
    assert not stranger.upload_instant(17.0)

    def is_listed() -> bool:
        staff.goto("/devices/")
        return staff.get_by_role("link", name=MN).count() == 1

    wait_for(is_listed, within_s=15, what="the stranger among the devices")
    staff.get_by_role("link", name=MN).click()
    expect(staff.locator("h1")).to_have_text(f"Stranger {MN}")
    staff.fill("[name=name_zh]", NAME_ZH)
    staff.fill("[name=name_en]", NAME_EN)
    staff.select_option("[name=profile]", "hj212-air")
    staff.fill("[name=lon]", "121.59")
    staff.fill("[name=lat]", "31.21")
    staff.get_by_role("button", name="Adopt").click()
    expect(staff.locator("h1")).to_have_text(NAME_EN)
    wait_for(lambda: stranger.upload_instant(18.0), within_s=20, what="frames taken after adoption")
    assert stranger.upload_hour(20.0, hours_ago=5)  # from now on it is known to send hours
    return stranger


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def ask(url: str, *, token: str = "", body: object = None) -> Answer:
    """Status, headers and JSON of an interface's answer."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, _lower(answer.headers), json.loads(answer.read() or b"{}")
    except urllib.error.HTTPError as error:
        return error.code, _lower(error.headers), json.loads(error.read() or b"{}")


def shows_after_reload(page: Page, place: Locator, text: str) -> bool:
    """Whether a freshly loaded page shows a text at a place."""
    page.reload()
    return place.count() == 1 and place.inner_text() == text


def find_instant(page: Page) -> Locator:
    """The value of the only factor whose name says neither period nor statistic."""
    name = page.locator("th", has_text=re.compile("^[^·]*$"))
    return page.locator("tr", has=name).locator("[data-live]").first


def send_command(page: Page, title: str, **arguments: str) -> None:
    """Unfold a command of the device's page, fill it in, and send it."""
    command = page.locator("#commands details", has=page.get_by_text(title, exact=True))
    command.locator("summary").click()
    for name, value in arguments.items():
        command.locator(f"[name={name}]").fill(value)
    command.get_by_role("button", name="Send").click()


def test_an_adopted_stranger_is_heard_on_the_connection_it_had(
    adopted: StationOnWire, staff: Page
) -> None:
    reading = find_instant(staff)
    wait_for(lambda: shows_after_reload(staff, reading, "18"), within_s=15, what="18 on its page")
    expect(staff.locator("[data-live-word]")).to_have_attribute(
        "data-live-state", "live", timeout=LIVE_MS
    )
    assert adopted.upload_instant(23.0)
    expect(reading).to_have_text("23", timeout=LIVE_MS)
    assert adopted.is_connected


def test_a_command_goes_out_and_its_answer_comes_back(adopted: StationOnWire, staff: Page) -> None:
    adopted.instrument.pm25 = 29.0
    send_command(staff, "Read now")
    wait_for(lambda: "2011" in adopted.executed, within_s=20, what="the station was asked")
    send_command(staff, "Set the interval of instant readings", interval_s="120")
    wait_for(lambda: adopted.session.settings.rtd_interval_s == 120, within_s=20, what="1062")

    def are_answered() -> bool:
        staff.reload()
        return staff.locator(".trail li", has_text="Answered").count() == 2

    wait_for(are_answered, within_s=15, what="both commands answered")
    reading = find_instant(staff)
    wait_for(lambda: shows_after_reload(staff, reading, "29"), within_s=15, what="29 on its page")


def test_a_resident_reads_the_air_near_her_on_a_phone(district: District, come_in: ComeIn) -> None:
    page = come_in(width=360, language="zh-hans")

    def has_air() -> bool:
        page.goto("/")
        return page.locator(".tile .env-badge").count() > 0

    wait_for(has_air, within_s=60, what="an hour of air on the home page")
    expect(page.locator("h1")).to_have_text("浦东此刻")
    page.locator("a.tile", has=page.locator(".env-badge")).click()
    page.select_option("#env-place", label="张江镇")
    page.wait_for_url(re.compile("place="))
    advice = page.locator(".env-advice li")
    expect(advice).to_have_count(3)
    assert all(len(text) > 3 for text in advice.all_inner_texts())
    page.locator(".env-hero a").first.click()
    expect(page.locator(".env-factors li")).not_to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.locator("summary[aria-label='全部栏目']").click()
    page.locator("details[open] nav").get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_text("Hour by hour").first).to_be_visible()


def read_on_map(page: Page, answers: list[Response], value: str) -> list[str]:
    """What the page, left alone, comes to fetch of our station for its map, until `value`."""
    told: list[str] = []
    for _ in range(LIVE_MS // 250):
        page.wait_for_timeout(250)
        while answers:
            answer = answers.pop(0)
            if "stations.geojson" in answer.url:
                rows = [feature["properties"] for feature in answer.json()["features"]]
                told += [row["value"] for row in rows if row["title"] == NAME_EN]
        if told and told[-1].startswith(value):
            break
    return told


def test_an_hour_above_a_limit_reaches_the_wall_and_the_officer_without_a_reload(
    adopted: StationOnWire, come_in: ComeIn
) -> None:
    assert adopted.upload_hour(12.0, hours_ago=2)
    wall, officer = come_in("leader", width=1920), come_in("duty")
    answers: list[Response] = []
    wall.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks it
    wall.goto("/plan/wall/")
    wall.wait_for_selector(".map-canvas[data-drawn]", timeout=60_000)
    officer.goto("/alarms/")
    for page in (wall, officer):
        page.evaluate("window.neverReloaded = true")
        word = page.locator("[data-live-word]")
        expect(word).to_have_attribute("data-live-state", "live", timeout=LIVE_MS)
    assert read_on_map(wall, answers, "") == ["silent"]  # nothing came for the newest hour
    assert adopted.upload_hour(180.0, hours_ago=1)
    told = read_on_map(wall, answers, "AQI 2")
    assert told  # the map asked again by itself
    assert told[-1].startswith("AQI 2"), told  # 180 µg/m³ of PM2.5 is heavy pollution
    row = officer.locator("#alarms tr", has_text=ALARM).filter(has_text=NAME_EN)
    expect(row).to_have_count(1, timeout=LIVE_MS)
    for page in (wall, officer):
        assert page.evaluate("window.neverReloaded")


def test_an_officer_takes_an_alarm_to_its_end(
    district: District, adopted: StationOnWire, come_in: ComeIn
) -> None:
    page = come_in("duty")
    page.goto("/alarms/")
    row = page.locator("#alarms tr", has_text=ALARM).filter(has_text=NAME_EN)
    row.get_by_role("link").click()
    expect(page.locator("dl.facts").first).to_contain_text("180")
    page.get_by_role("button", name="I take it").click()
    expect(page.locator(".trail").first).to_contain_text("took it")
    page.fill("#alarm-text", "A crane was refueled beside the inlet.")
    page.get_by_role("button", name="Write the note").click()
    expect(page.locator(".trail").first).to_contain_text("refueled beside the inlet")
    assert adopted.upload_hour(31.0, hours_ago=0)

    def has_ended() -> bool:
        page.reload()
        return page.get_by_text("The condition has ended").is_visible()

    wait_for(has_ended, within_s=15, what="the alarm clears")
    page.get_by_role("button", name="Close the alarm").click()
    expect(page.locator(".trail").first).to_contain_text("closed it")
    alarm = page.url.rstrip("/").rpartition("/")[2]
    admin = come_in("admin")
    for act in ("acknowledge_alarm", "note_alarm", "close_alarm"):
        admin.goto(f"/administration/audit/?subject=alarm:{alarm}&action=sensing.{act}")
        entry = admin.locator("main tbody tr")
        expect(entry).to_have_count(1)
        expect(entry).to_contain_text("duty")
    report = district.run("doctor", "--audit", check=False)
    assert report.returncode == 0, report.stdout + report.stderr


def test_a_leader_opens_the_mark_behind_the_board(district: District, come_in: ComeIn) -> None:
    page = come_in("leader")

    def is_measured() -> bool:
        page.goto("/plan/marks/10.1/")
        return page.locator(".fraction").count() > 0

    wait_for(is_measured, within_s=120, what="mark 10.1 measured by the worker")
    upper, lower = page.locator(".fraction .figure").all_inner_texts()
    assert 0 <= int(upper) <= int(lower)
    page.goto("/plan/")
    mark = page.locator(".board-mark", has=page.locator("a[href$='/marks/10.1/']"))
    expect(mark.locator("strong")).not_to_be_empty()
    mark.get_by_role("link").first.click()
    rows = page.locator("section", has_text="Records behind").last.locator("tbody tr")
    assert rows.count() > 10
    rows.first.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/environment/"))


def test_a_program_sends_with_a_token_and_not_without(
    district: District, adopted: StationOnWire, come_in: ComeIn
) -> None:
    page = come_in("admin")
    page.goto("/administration/tokens/new/")
    page.fill("[name=name]", "Journey of a logger")
    page.check("[name=scopes][value='sensing.post_observations']")
    page.check("[name=scopes][value='sensing.view_things']")
    page.locator("main form button.btn-primary").click()
    token = page.input_value("#token")
    root = f"{district.gateway_url}/sensorthings/v1.1"
    things = ask(
        f"{root}/Things?$filter=name%20eq%20{quote(repr(NAME_ZH))}&$expand=Datastreams",
        token=token,
    )
    stream = things[2]["value"][0]["Datastreams"][0]["@iot.id"]
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    body = {"phenomenonTime": at, "result": 33.25, "Datastream": {"@iot.id": stream}}
    status, headers, _ = ask(f"{root}/Observations", token=token, body=body)
    assert status == 201
    kept = ask(headers["location"], token=token)
    assert (kept[0], kept[2]["result"]) == (200, 33.25)
    status, headers, problem = ask(f"{root}/Observations", body=body)
    assert status == 401
    assert headers["content-type"].startswith("application/problem+json")
    assert problem["status"] == 401


def test_language_and_colors_are_kept(come_in: ComeIn) -> None:
    page = come_in(language="zh-hans")
    page.goto("/plan/")
    page.locator(".menu-settings summary").click()
    page.locator(".menu-settings").get_by_role("button", name="English").click()
    page.locator(".menu-settings summary").click()
    page.locator(".menu-settings").get_by_role("button", name="Dark").click()
    later = page.context.new_page()
    for path in ("/", "/environment/water/", "/accounts/login/"):
        later.goto(path)
        expect(later.locator("html")).to_have_attribute("lang", "en")
        expect(later.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_board_is_printed_and_exported(come_in: ComeIn) -> None:
    page = come_in()
    page.goto("/plan/")
    shown = page.locator(".board-mark").count()
    page.emulate_media(media="print")
    expect(page.locator("header.bar")).to_be_hidden()
    expect(page.locator(".print-only")).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="screen")
    with page.expect_download() as found:
        page.get_by_role("link", name="CSV").click()
    text = Path(found.value.path()).read_text("utf-8-sig")
    assert len(list(csv.DictReader(io.StringIO(text)))) == shown
