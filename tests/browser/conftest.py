"""A real Chromium on a live portal with a small district in it."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ipudong.city.identity.models import Account
from ipudong.city.identity.services import create_account
from ipudong.city.manifest import installed
from ipudong.city.plan.files import read_plan
from ipudong.city.plan.services import load_plan
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.profiles import sync_declared

PASSWORD = "a river in the east 9"
# A headless browser without a graphics card still draws the map: WebGL in software.
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
)
BUILT = Path(__file__).parents[2] / "src" / "ipudong" / "portal" / "static" / "built"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; skipped where there is none or the front end is not built."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine")
    if not (BUILT / "manifest.json").is_file():
        pytest.skip("the front end is not built: make frontend")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def portal_server(db: None) -> Iterator[str]:
    """The portal's address. Its threads share the test's connection and transaction, because the
    audit refuses to be emptied between tests, as flushing a database would."""
    server = LiveServer("127.0.0.1")
    yield str(server)
    server.stop()


@pytest.fixture
def district(db: None) -> None:
    """Plan, places, declared rows and the demonstration data of the systems."""
    load_places(read_places())
    load_plan(read_plan())
    sync_declared((HOUSE, *installed()))


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, portal_server: str, district: None) -> Iterator[OpenPage]:
    """`open_page(path, width=, theme=, language=, role=)`: a page that fails on script errors."""
    contexts = []
    faults: list[str] = []

    def open_page(
        path: str,
        *,
        width: int = 1440,
        theme: str = "light",
        language: str = "zh-hans",
        role: str = "",
        script: bool = True,
    ) -> Page:
        base = portal_server
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            java_script_enabled=script,
            base_url=base,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.add_cookies([{"name": "django_language", "value": language, "url": base}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: _note(faults, message.text))
        if role:
            _sign_in(page, role)
        page.goto(path, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults


def _note(faults: list[str], text: str) -> None:
    """The policy's refusals are faults; a gateway that is not running is none here."""
    if "Content Security Policy" in text and "/live?" not in text:
        faults.append(text)


def _sign_in(page: Page, role: str) -> None:
    if not Account.objects.filter(username=f"a-{role}").exists():
        create_account(username=f"a-{role}", password=PASSWORD, roles=(role,), by="system:test")
    page.goto("/accounts/login/")
    page.fill("[name=login]", f"a-{role}")
    page.fill("[name=password]", PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
