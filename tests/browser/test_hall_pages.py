"""The online hall in a real browser: for everyone, in both languages, at every width."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
    assert_english_is_for_everyone,
)
from tests.browser.visits import Visitor, serving

from ipudong.systems.govservice.tests.item_cases import load_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]
# Page, and what somebody without a mouse must be able to come to.
PAGES = {
    "/govservice/": "main a[href*='/journeys/birth/']",
    "/govservice/items/": "#f-department",
    "/govservice/items/restaurant/?situation=large": "main a[href*='/apply/']",
    "/govservice/items/passport/": "main a[href^='tel:']",
    "/govservice/items/residence_permit/check/": "main button",
    "/govservice/journeys/old_age/": "main a[href*='/apply/']",
    "/govservice/search/?q=stall": "main a[href*='/items/street_stall/']",
    "/govservice/search/?q=zzzzqqqq": "main a[href*='/journeys/']",
    "/govservice/health/": "main a[href*='/items/']",
}


@pytest.fixture(scope="module")
def hall_server(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("hall"), django_db_blocker, hours=1) as address:
        load_house()
        yield address


@pytest.fixture(scope="module")
def visitor(chromium: Browser, hall_server: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, hall_server)
    yield visitor
    visitor.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_a_chinese_page_keeps_nobody_out(path: str, visitor: Visitor) -> None:
    assert_chinese_is_for_everyone(visitor, path, PAGES[path])


@pytest.mark.parametrize("path", PAGES)
def test_an_english_page_keeps_nobody_out_in_the_dark(path: str, visitor: Visitor) -> None:
    assert_english_is_for_everyone(visitor, path)


def test_suggestions_come_while_typing_and_lead_to_the_guide(visitor: Visitor) -> None:
    page = visitor.open("/govservice/", width=360)
    page.locator("#hall-q").press_sequentially("baitan", delay=20)
    page.locator(".hall-suggestions a").first.click()
    page.wait_for_url("**/items/street_stall/")


def test_the_check_is_answered_on_a_phone(visitor: Visitor) -> None:
    page = visitor.open("/govservice/items/elderly_card/check/", width=360)
    page.fill("[name=age]", "70")
    page.check("[name=shanghai_household][value=yes]")
    page.locator("main form button").last.click()
    assert "可以申领" in page.locator(".hall-verdict").inner_text()
