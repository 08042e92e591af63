"""Case numbers, and the desk's lists page by page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.casework.models import Task
from ipudong.city.casework.numbers import check_digit, draw_number, is_number
from ipudong.city.casework.queries import (
    list_cases_of,
    list_department_cases,
    list_events_after,
    list_own_cases,
    list_pool,
)
from ipudong.city.casework.services import open_case
from ipudong.city.casework.tests.engine_drawings import licence
from ipudong.city.casework.tests.engine_people import (
    APPLICANT,
    AT,
    CLERK,
    HOUSE,
    POLICE,
    RESIDENT,
    STRANGER,
    declare,
    open_offices,
    submitted,
)


@pytest.mark.parametrize(("digits", "check"), [("79462", "3"), ("00200667308", "5")])
def test_check_digits_are_those_of_iso_7064(digits: str, check: str) -> None:
    """The examples that python-stdnum's module for ISO 7064 Mod 11, 10 publishes."""
    assert check_digit(digits) == check


@given(st.integers(0, 9999), st.integers(0, 15), st.integers(1, 9))
def test_a_wrong_digit_is_always_found(chance: int, place: int, shift: int) -> None:
    number = draw_number(AT, below=lambda _: chance)
    assert is_number(number)
    wrong = str((int(number[place]) + shift) % 10)
    assert not is_number(number[:place] + wrong + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "1", "x" * 17, "²" * 17, "2026061324000000"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert not is_number(text)


def test_numbers_sort_by_time_in_the_district() -> None:
    earlier = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    later = earlier + timedelta(seconds=1)
    assert draw_number(earlier) < draw_number(later)
    assert draw_number(later).startswith("202700100000")


@pytest.mark.django_db
def test_a_number_that_was_drawn_already_is_drawn_again(tmp_path: Path) -> None:
    open_offices()
    declare(tmp_path, licence())
    chances = iter([7, 7, 8])

    def draw(at: datetime) -> str:
        return draw_number(at, below=lambda _: next(chances))

    numbers = [
        open_case(kind="test.licence", applicant=APPLICANT, by=HOUSE, at=AT, draw=draw).number
        for _ in range(2)
    ]
    assert len(set(numbers)) == 2


@pytest.mark.django_db
def test_the_pool_is_read_page_by_page_without_a_gap(tmp_path: Path) -> None:
    open_offices()
    declare(tmp_path, licence())
    numbers = [submitted().number for _ in range(7)]
    for shift, task in enumerate(Task.objects.order_by("-pk")):
        Task.objects.filter(pk=task.pk).update(due_on=task.due_on + timedelta(shift // 2))
    seen, key, pages = [], None, 0
    while True:
        page = list_pool(CLERK, after=key, limit=3)
        seen += [task.case.number for task in page.tasks]
        pages += 1
        key = page.next_key
        if key is None:
            break
    assert pages == 3
    assert sorted(seen) == sorted(numbers)
    assert list_pool(CLERK, kind="other").tasks == []
    assert list_pool(CLERK, department="police").tasks == []
    assert list_pool(POLICE).tasks == []
    assert list_pool(RESIDENT).tasks == []


@pytest.mark.django_db
def test_an_officer_of_two_departments_reads_one_pool_in_order(tmp_path: Path) -> None:
    open_offices()
    declare(tmp_path, licence())
    for _ in range(6):
        submitted()
    for task in Task.objects.all()[::2]:
        Task.objects.filter(pk=task.pk).update(
            department="police", due_on=task.due_on + timedelta(task.pk % 3)
        )
    both = type(CLERK)(
        name="both",
        roles=CLERK.roles,
        departments=frozenset({"commerce", "police"}),
        account_id=3,
    )
    seen, key = [], None
    while True:
        page = list_pool(both, after=key, limit=2)
        seen += [(task.due_on, task.pk) for task in page.tasks]
        key = page.next_key
        if key is None:
            break
    assert len(seen) == 6
    assert seen == sorted(seen)


@pytest.mark.django_db
def test_lists_of_cases_show_what_the_reader_may_see(tmp_path: Path) -> None:
    open_offices()
    declare(tmp_path, licence())
    cases = [submitted() for _ in range(3)]
    newest = [case.number for case in reversed(cases)]
    assert [case.number for case in list_cases_of(APPLICANT)] == newest
    assert [case.number for case in list_own_cases(RESIDENT)] == newest
    assert list_own_cases(STRANGER) == []
    page = list_department_cases(CLERK, limit=2)
    assert [case.number for case in page] == newest[:2]
    assert [c.number for c in list_department_cases(CLERK, before=page[-1].pk)] == newest[2:]
    assert list_department_cases(POLICE) == []
    assert list_department_cases(RESIDENT) == []
    events = list_events_after(0)
    assert len(events) == 9
    assert list_events_after(events[-1].pk) == []
