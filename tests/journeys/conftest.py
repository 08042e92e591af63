"""One running district for the journeys, and people who come to it with a browser."""

import re
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.running import District, running_district

from ipudong.config.demo_accounts import DEMO_PASSWORD

FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
)
ComeIn = Callable[..., Page]


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[District]:
    """Portal, gateway, worker and simulated stations with two days behind them."""
    with running_district(tmp_path_factory.mktemp("district")) as district:
        for name in ("portal", "gateway"):
            district.start(name)
        district.wait_until_ready(district.portal_url)
        district.wait_until_ready(district.gateway_url)
        district.start_simulator("--history-days", "2", "--resend-after", "5")
        district.start("worker")
        district.wait_until_ready(district.worker_url)
        yield district
        assert district.list_running() == ["portal", "gateway", "simulator", "worker"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def come_in(chromium: Browser, district: District) -> Iterator[ComeIn]:
    """`come_in(account, width=, language=)`: a browser of one's own, signed in if an account is
    named; it fails on script errors."""
    contexts = []
    faults: list[str] = []

    def come_in(account: str = "", *, width: int = 1440, language: str = "en") -> Page:
        context = chromium.new_context(
            base_url=district.portal_url,
            viewport={"width": width, "height": 800},
            locale="zh-CN" if language == "zh-hans" else "en-US",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        if account:
            sign_in(page, account)
        return page

    yield come_in
    for context in contexts:
        context.close()
    assert not faults, faults


def sign_in(page: Page, account: str) -> None:
    """Sign in as the announcement of the demonstration says."""
    page.goto("/accounts/login/")
    page.fill("[name=login]", account)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.locator("main button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"^(?!.*/accounts/login)"))
