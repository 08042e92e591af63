"""The matching review in a real browser: for everyone, and by keyboard alone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.plugin import DjangoDbBlocker
from tests.browser.everyone import (
    assert_chinese_is_for_everyone,
    assert_english_is_for_everyone,
)
from tests.browser.visits import Visitor, serving

from ipudong.city.registry.matching.runs import match_persons
from ipudong.city.registry.models import Person, PossibleMatch

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.timeout(240)]

PAGES = {
    "": "main a.btn-primary",
    "?state=apart": "main select[name=state]",
    "{pair}/": "main button[value=keep_left]",
}
PEOPLE = (
    ("Wang Xiuying", date(1980, 1, 2), "13800000001"),
    ("Wang Xiuyin", date(1980, 1, 2), "13800000001"),
    ("Li Daming", date(1975, 5, 6), "13900000002"),
    ("Li Daming", date(1975, 6, 5), "13900000002"),
)


@pytest.fixture(scope="module")
def review_server(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("review"), django_db_blocker, hours=0) as address:
        known = set(Person.objects.values_list("pk", flat=True))
        same = {"kind": "resident", "quality": "imported", "source": "test"}
        for name, born_on, phone in PEOPLE:
            Person.objects.create(
                name=name,
                born_on=born_on,
                phone=phone,
                recorded_at=datetime(2026, 11, 22, tzinfo=UTC),
                **same,
            )
        fresh = set(Person.objects.values_list("pk", flat=True)) - known
        match_persons(source="people.csv", by="system:test", at=datetime.now(UTC), fresh=fresh)
        yield address


@pytest.fixture(scope="module")
def visitor(chromium: Browser, review_server: str) -> Iterator[Visitor]:
    visitor = Visitor(chromium, review_server)
    visitor.sign_in("clerk")
    yield visitor
    visitor.context.close()


def path_of(name: str) -> str:
    pair = PossibleMatch.objects.filter(state="open").order_by("-probability").first()
    return f"/govcollab/matching/{name.format(pair=pair and pair.pk)}"


@pytest.mark.parametrize("name", PAGES)
def test_a_chinese_page_keeps_nobody_out(name: str, visitor: Visitor) -> None:
    assert_chinese_is_for_everyone(visitor, path_of(name), PAGES[name])


@pytest.mark.parametrize("name", PAGES)
def test_an_english_page_keeps_nobody_out_in_the_dark(name: str, visitor: Visitor) -> None:
    assert_english_is_for_everyone(visitor, path_of(name))


def test_a_pair_is_merged_and_undone_by_keyboard(visitor: Visitor) -> None:
    page = visitor.open(path_of("{pair}/"), language="en")
    address = page.url
    page.keyboard.press("a")
    page.wait_for_url(lambda url: url != address)
    expect(page.get_by_text("Merged into the first record. It can be undone.")).to_be_visible()
    page = visitor.open(address, language="en")
    page.keyboard.press("u")
    expect(page.get_by_text("Undone: the pair is open again.")).to_be_visible()
    expect(page.get_by_role("button", name="Keep apart")).to_be_visible()
