"""The track of a vehicle in a real browser: its line, its player, phone and both languages."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.browser.conftest import OpenPage
from tests.browser.looking import find_english, find_violations, overflow

from ipudong.city.sensing.models import Thing
from ipudong.systems.citysense.tests.conftest import (  # noqa: F401 - fixtures
    demo,
    vehicle,
)
from ipudong.systems.citysense.tests.driven import BEGIN

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(120)]
NOW = "[data-track-now]"


def path_of(thing: Thing, hours: int = 0) -> str:
    begin = BEGIN + timedelta(hours=hours)
    end = begin + timedelta(hours=1)
    span = f"from={begin:%Y-%m-%dT%H:%M:%SZ}&to={end:%Y-%m-%dT%H:%M:%SZ}"
    return f"/citysense/vehicles/{thing.pk}/?{span}"


def test_the_player_moves_by_keyboard_and_says_where_it_is(
    open_page: OpenPage,
    vehicle: Thing,  # noqa: F811
) -> None:
    page = open_page(path_of(vehicle), role="duty_officer", language="en")
    page.wait_for_selector("[data-track]:not([hidden])")
    slider = page.locator("[data-track-slider]")
    begun = slider.input_value()
    assert "57 km/h" in page.inner_text(NOW)
    slider.focus()
    slider.press("End")
    assert page.inner_text(NOW) == slider.get_attribute("aria-valuetext")
    slider.press("Home")
    assert slider.input_value() == begun
    button = page.locator("[data-track-play]")
    button.focus()
    button.press("Enter")
    assert button.get_attribute("aria-label") == "Pause"
    expect(slider).not_to_have_value(begun)
    button.press("Enter")
    assert button.get_attribute("aria-label") == "Play the track"


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(
    open_page: OpenPage,
    vehicle: Thing,  # noqa: F811
    theme: str,
    width: int,
    tmp_path: Path,
) -> None:
    page = open_page(path_of(vehicle), role="duty_officer", theme=theme, width=width)
    page.wait_for_selector("[data-track]:not([hidden])")
    page.locator("[data-track-slider]").press("PageUp")
    assert overflow(page) <= 0
    assert find_english(page) == []
    assert find_violations(page) == []


def test_where_nothing_is_the_last_hour_it_was_heard_is_offered(
    open_page: OpenPage,
    vehicle: Thing,  # noqa: F811
) -> None:
    page = open_page(path_of(vehicle, hours=-48), role="duty_officer", language="en")
    assert page.locator("[data-track]").count() == 0
    page.get_by_role("link", name="Show the hour it was last heard").click()
    page.wait_for_selector("[data-track]:not([hidden])")
