"""The map in a real browser: where it begins, and vehicles that move on it."""

import json
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect
from tests.browser.conftest import OpenPage
from tests.browser.looking import find_violations, overflow

from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.models import LatestPosition, Thing
from ipudong.systems.citysense.devices import VEHICLE

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]

DRAWN = ".map-canvas[data-drawn]"
MANY = 250


@pytest.fixture
def fleet(district: None) -> list[Thing]:
    """Vehicles in a line eastward from Lujiazui, standing; they were just heard."""
    now_us = int(time.time() * 1e6)
    things = Thing.objects.bulk_create(
        Thing(name_zh=f"巡逻{n:03d}", name_en=f"Patrol {n:03d}", kind=VEHICLE, system="citysense",
              protocol="jt808", identity=f"1390000{n:04d}", expected_interval_s=30,
              registered_at="2026-11-22T00:00:00Z")
        for n in range(MANY)
    )  # fmt: skip
    LatestPosition.objects.bulk_create(
        LatestPosition(thing=thing, time_us=now_us, lon=121.5 + n * 0.001, lat=31.24, speed=0,
                       heading=0, status=2)
        for n, thing in enumerate(things)
    )  # fmt: skip
    return things


IS_CENTERED = """() => {
  const tip = document.querySelector(".maplibregl-popup-tip")?.getBoundingClientRect();
  const canvas = document.querySelector(".map-canvas").getBoundingClientRect();
  return tip && Math.abs(tip.x + tip.width / 2 - canvas.x - canvas.width / 2) < 20;
}"""


def stream(page: Page, thing: Thing) -> None:
    """Let the live stream say that this vehicle drives east at 62 km/h."""
    columns = {
        "thing": [thing.pk], "time": [int(time.time() * 1000) + 1000], "lon": [121.7],
        "lat": [31.2], "speed": [62.4], "heading": [90], "status": [2],
    }  # fmt: skip
    body = f"event: positions\ndata: {json.dumps(columns)}\n\n"

    def answer(route: Route) -> None:
        origin = {"Access-Control-Allow-Origin": "*"}
        route.fulfill(content_type="text/event-stream", headers=origin, body=body)

    page.context.route("**/live?ticket=*", answer)


def open_fleet(page: Page) -> None:
    """The map with nothing but vehicles, and its list open."""
    page.goto("/map/?layer=citysense-vehicles")
    page.wait_for_selector(DRAWN, timeout=60_000)
    page.locator(".map-listing summary").click()


def test_a_place_that_was_asked_for_is_where_the_map_begins(open_page: OpenPage) -> None:
    place = next(place for place in list_places() if "Lujiazui" in place.name_en)
    page = open_page(f"/map/?place={place.code}", language="en")
    page.wait_for_selector(DRAWN, timeout=60_000)
    expect(page.locator(".maplibregl-popup-content")).to_contain_text(place.name_en)
    page.wait_for_function(IS_CENTERED)  # once the map has found its size


def test_a_place_nobody_knows_shows_the_whole_district(open_page: OpenPage) -> None:
    page = open_page("/map/?place=000000000000", language="en")
    page.wait_for_selector(DRAWN, timeout=60_000)
    assert page.locator(".maplibregl-popup").count() == 0


def test_the_list_of_many_vehicles_is_bounded_and_says_so(
    open_page: OpenPage, fleet: list[Thing]
) -> None:
    page = open_page("/about/", role="duty_officer", language="en")
    open_fleet(page)
    expect(page.locator(".map-list h3")).to_have_text(f"Vehicles ({MANY})")
    expect(page.locator(".map-list li")).to_have_count(200)
    expect(page.locator(".map-list")).to_contain_text(
        f"The 200 nearest to the middle of the map, of {MANY}."
    )


def test_a_popup_opened_by_keyboard_stays_with_its_vehicle(
    open_page: OpenPage, fleet: list[Thing]
) -> None:
    page = open_page("/about/", role="duty_officer", language="en")
    stream(page, fleet[200])
    open_fleet(page)
    row = page.locator(".list-show", has_text="Patrol 200")
    expect(row).to_have_count(1)
    row.focus()
    page.keyboard.press("Enter")
    popup = page.locator(".maplibregl-popup-content")
    expect(popup).to_contain_text("Patrol 200")
    expect(popup).to_contain_text("62 km/h")
    expect(popup).to_contain_text("heading east")
    expect(popup).to_contain_text("heard at")
    link = popup.get_by_role("link", name="See details")
    assert link.get_attribute("href") == f"/citysense/vehicles/{fleet[200].pk}/"


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(
    open_page: OpenPage, fleet: list[Thing], theme: str, width: int, tmp_path: Path
) -> None:
    page = open_page("/about/", role="duty_officer", theme=theme, width=width)
    stream(page, fleet[200])
    open_fleet(page)
    page.locator(".list-show", has_text="巡逻200").click()
    expect(page.locator(".maplibregl-popup-content")).to_contain_text("向东行驶")
    page.locator(".map-listing summary").click()
    page.wait_for_timeout(1200)
    page.screenshot(path=tmp_path / f"map-{theme}-{width}.png")
    assert find_violations(page) == []
    assert overflow(page) <= 0


def test_a_resident_sees_no_vehicle(open_page: OpenPage, fleet: list[Thing]) -> None:
    page = open_page("/map/", role="resident", language="en")
    page.wait_for_selector(DRAWN, timeout=60_000)
    assert page.locator(".layer-switch", has_text="Vehicles").count() == 0
