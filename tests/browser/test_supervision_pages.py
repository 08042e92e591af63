"""Electronic supervision in a real browser: a red card from both sides, and pages for everyone."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.conftest import PASSWORD, OpenPage
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
    assert_english_is_for_everyone,
)
from tests.browser.visits import Visitor, serving

from ipudong.city.casework.models import Card, CardState
from ipudong.city.casework.services.calendars import load_known_years
from ipudong.city.casework.supervision.judging import supervise
from ipudong.city.casework.supervision.tests.cases import keep
from ipudong.city.casework.supervision.tests.stories import Story
from ipudong.city.identity.services import create_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]
OFFICE = "commerce"
BASE = "/govcollab/supervision/"
# Page and what somebody without a mouse must be able to come to.
PAGES = {
    ("supervisor", ""): "main table a",
    ("supervisor", "cards/{card}/"): "#sup-verdict",
    ("supervisor", "complaints/"): "#sup-state",
    ("supervisor", "scores/"): "main table a",
    ("supervisor", "patterns/"): "main nav a",
    ("supervisor", "rules/"): "main nav a",
    ("supervisor", "calendar/"): "#sup-year",
    ("department_head", "mine/"): "main table a",
    ("department_head", "cards/{card}/"): "#sup-text",
}


def raise_cards() -> Card:
    """A case of the commerce commission whose last day has passed, and the people concerned."""
    now = timezone.now()
    load_known_years(by="system:test", at=now)
    begun: date = timezone.localdate(now) - timedelta(days=45)
    keep(Story(department=OFFICE).accepted(begun), "20263124236001663")
    supervise(now)
    for role in ("department_head", "supervisor"):
        department = OFFICE if role == "department_head" else None
        create_account(
            username=f"a-{role}",
            password=PASSWORD,
            roles=(role,),
            department=department,
            by="system:test",
        )
    return Card.objects.get(rule="overrun")


@pytest.fixture
def card(district: None) -> Card:
    return raise_cards()


@pytest.fixture(scope="module")
def supervised_server(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("supervised"), django_db_blocker, hours=0) as address:
        raise_cards()
        yield address


@pytest.fixture(scope="module")
def visitor(chromium: Browser, supervised_server: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, supervised_server)
    yield visitor
    visitor.context.close()


def test_a_red_card_is_explained_on_a_phone_and_judged_at_a_desk(
    card: Card, open_page: OpenPage
) -> None:
    head = open_page(f"{BASE}mine/", width=360, role="department_head")
    head.get_by_role("link", name="超过承诺时限").click()
    reckoning = head.locator(".sup-lines").inner_text()
    assert "20个工作日" in reckoning
    assert "《民法典》第二百零一条" in reckoning
    head.get_by_label("情况说明及依据").fill("停电两日，附供电公司证明。")
    head.get_by_role("button", name="提交说明").click()
    head.get_by_text("已说明，待审核").first.wait_for()

    supervisor = open_page(BASE, role="supervisor", language="en")
    supervisor.get_by_role("link", name="Promised time overrun").click()
    assert supervisor.get_by_text("停电两日，附供电公司证明。").is_visible()
    supervisor.get_by_label("Reason, which the office reads").fill("The proof holds.")
    supervisor.get_by_role("button", name="Accept and withdraw the card").click()
    supervisor.get_by_text("Explanation accepted, card withdrawn").wait_for()

    head.reload()
    assert head.get_by_text("The proof holds.").is_visible()
    assert head.locator("textarea").count() == 0
    card.refresh_from_db()
    assert card.state == CardState.WITHDRAWN


@pytest.mark.parametrize(("role", "page"), PAGES)
def test_a_page_of_supervision_is_for_everyone(visitor: Visitor, role: str, page: str) -> None:
    visitor.sign_in(role)
    path = BASE + page.format(card=Card.objects.get(rule="overrun").pk)
    assert_chinese_is_for_everyone(visitor, path, PAGES[role, page])
    assert_english_is_for_everyone(visitor, path)
