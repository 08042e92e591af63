"""The administration in a real browser: for everyone, in both languages, at every width."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
    assert_english_is_for_everyone,
)
from tests.browser.visits import Visitor, serving

from ipudong.city.identity.models import Account

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]

# Page, and what somebody without a mouse must be able to come to.
PAGES = {
    "accounts/": "main a[href$='/accounts/new/']",
    "accounts/new/": "main form[method=post] button.btn-primary",
    "accounts/{clerk}/": "main form[method=post] button",
    "tokens/": "main a[href$='/tokens/new/']",
    "tokens/new/": "main form[method=post] button.btn-primary",
    "permits/": "main a[href*='/permits/']",
    "permits/environment.view_air/": "main form[method=post] button",
    "audit/": "main .chain button",
    "audit/1/": "main a",
    "mine/": "main .manage-menu a",
}


@pytest.fixture(scope="module")
def administration_server(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("administration")
    with serving(folder, django_db_blocker, hours=0) as address:
        yield address


@pytest.fixture(scope="module")
def visitor(chromium: Browser, administration_server: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, administration_server)
    visitor.sign_in("administrator")
    yield visitor
    visitor.context.close()


def path_of(name: str) -> str:
    clerk = Account.objects.get(username="a-clerk").pk
    return f"/administration/{name.format(clerk=clerk)}"


@pytest.mark.parametrize("name", PAGES)
def test_a_chinese_page_keeps_nobody_out(name: str, visitor: Visitor) -> None:
    assert_chinese_is_for_everyone(visitor, path_of(name), PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_keeps_nobody_out_in_the_dark(name: str, visitor: Visitor) -> None:
    assert_english_is_for_everyone(visitor, path_of(name))


def test_the_own_record_is_in_the_menu_of_the_account(visitor: Visitor) -> None:
    page = visitor.open("/", language="en")
    page.locator("details.menu summary", has_text="a-administrator").click()
    page.get_by_role("link", name="My account's record").click()
    expect(page.locator("h1")).to_have_text("My account's record")


@pytest.mark.parametrize("width", [1200, 1440])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_places_leave_room_for_the_search(language: str, width: int, visitor: Visitor) -> None:
    page = visitor.open("/", language=language, width=width)
    places = page.locator(".places").bounding_box()
    last = page.locator(".places > li").last.bounding_box()
    search = page.locator(".bar-search").bounding_box()
    assert places is not None
    assert last is not None
    assert search is not None
    assert last["x"] + last["width"] + 8 <= search["x"]
    assert last["y"] == places["y"]
