"""A page is for everyone: in both languages, by keyboard, on a phone, in the dark."""

from tests.browser.looking import (
    find_chinese,
    find_english,
    find_violations,
    is_reached_by_tab,
    overflow,
    put_on_phone,
)
from tests.browser.visits import Visitor


def assert_chinese_is_for_everyone(visitor: Visitor, path: str, wanted: str) -> None:
    """Wide and light, then narrow; `wanted` is what must be reached without a mouse."""
    page = visitor.open(path)
    assert page.title().endswith(" · 智慧浦东")
    assert find_english(page) == []
    assert find_violations(page) == []
    assert is_reached_by_tab(page, wanted)
    put_on_phone(page)
    assert overflow(page) <= 0


def assert_english_is_for_everyone(visitor: Visitor, path: str) -> None:
    """Narrow and dark."""
    page = visitor.open(path, width=360, language="en", theme="dark")
    assert page.title().endswith(" · Smart Pudong")
    assert find_chinese(page, frozenset()) == []
    assert find_violations(page) == []
    assert overflow(page) <= 0
