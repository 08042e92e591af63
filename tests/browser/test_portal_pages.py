"""The portal in a real browser: usable by everyone, in both languages, at every width."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

OpenPage = Callable[..., Page]
PUBLIC = (
    "/",
    "/plan/",
    "/plan/tasks/",
    "/plan/tasks/1/",
    "/plan/marks/1.1/",
    "/plan/wall/",
    "/map/",
    "/services/",
    "/search/?q=air",
    "/search/?q=zzzz",
    "/about/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/nowhere/",
)
STAFF = ("/alarms/", "/devices/", "/desk/", "/accounts/2fa/", "/accounts/sessions/")


def find_violations(page: Page) -> list[str]:
    """What axe-core holds against WCAG 2.2 A and AA, as `rule: element`."""
    manifest = finders.find("built/manifest.json")
    assert isinstance(manifest, str)
    entry = json.loads(Path(manifest).read_text())["src/axe.ts"]["file"]
    page.add_script_tag(url=f"/static/built/{entry}", type="module")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", tags
    )
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_public_pages_keep_nobody_out(theme: str, open_page: OpenPage) -> None:
    found = {path: find_violations(open_page(path, theme=theme)) for path in PUBLIC}
    assert {path: rows for path, rows in found.items() if rows} == {}


def test_staff_pages_keep_nobody_out(open_page: OpenPage) -> None:
    page = open_page("/desk/", role="duty_officer")
    found = {}
    for path in STAFF:
        page.goto(path)
        found[path] = find_violations(page)
    assert {path: rows for path, rows in found.items() if rows} == {}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_is_wider_than_a_small_phone(language: str, open_page: OpenPage) -> None:
    page = open_page("/", width=360, language=language)
    wide = {}
    for path in PUBLIC:
        page.goto(path)
        wide[path] = overflow(page)
    assert {path: pixels for path, pixels in wide.items() if pixels > 0} == {}


def test_the_language_can_be_changed(open_page: OpenPage) -> None:
    page = open_page("/plan/")
    expect(page.locator("h1")).to_have_text("计划看板")
    page.locator(".menu-settings summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("Plan board")
    assert page.get_attribute("html", "lang") == "en"


def test_colors_can_be_changed_and_are_kept(open_page: OpenPage) -> None:
    page = open_page("/", language="en")
    body = page.locator("body")
    expect(body).to_have_css("background-color", "rgb(244, 247, 247)")
    page.locator(".menu-settings summary").click()
    page.locator(".menu-settings").get_by_role("button", name="Dark").click()
    expect(body).to_have_css("background-color", "rgb(10, 20, 23)")
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_board_narrows_while_one_types(open_page: OpenPage) -> None:
    page = open_page("/plan/", language="en")
    other = page.get_by_role("link", name="WiFi hotspots")
    expect(other).to_be_visible()
    page.locator("#board-text").press_sequentially("fiber")
    expect(other).to_have_count(0)
    expect(page.get_by_role("link", name="Homes passed by fiber")).to_be_visible()
    assert "q=fiber" in page.url
    page.go_back()
    expect(other).to_be_visible()


def test_the_keyboard_reaches_the_content_first(open_page: OpenPage) -> None:
    page = open_page("/plan/", language="en")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_a_menu_closes_with_escape_and_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page("/", language="en")
    summary = page.locator(".menu-settings summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator(".menu-settings")).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()


def test_the_map_is_drawn_without_asking_another_host(open_page: OpenPage) -> None:
    page = open_page("/about/")
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto("/map/")
    page.wait_for_selector(".map-canvas[data-drawn]", timeout=60_000)
    own = page.url.split("/")[2]
    assert hosts <= {own, "127.0.0.1:8801", ""}


def test_without_script_the_pages_still_say_everything(open_page: OpenPage) -> None:
    page = open_page("/plan/?q=fiber", language="en", script=False)
    assert 0 < page.locator(".board-mark").count() < 10
    page.locator(".menu-settings summary").click()
    page.locator(".menu-settings").get_by_role("button", name="Dark").click()
    assert page.get_attribute("html", "data-theme") == "dark"


def test_the_wall_fills_one_screen(open_page: OpenPage) -> None:
    page = open_page("/plan/wall/", width=1920)
    page.set_viewport_size({"width": 1920, "height": 1080})
    heights = page.evaluate("[document.documentElement.scrollHeight, window.innerHeight]")
    assert heights[0] <= heights[1]
    clock = page.locator("[data-wall-clock]").inner_text()
    page.wait_for_timeout(1500)
    assert page.locator("[data-wall-clock]").inner_text() != clock
