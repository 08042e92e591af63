from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.casework.calendar import (
    Calendar,
    CalendarError,
    YearDays,
    add_working_days,
    count_working_days,
    is_working_day,
)
from ipudong.city.casework.calendar.days import roll_to_working_day
from ipudong.city.casework.calendar.tests.calendars import known_calendar

FIRST, LAST = date(2004, 1, 1), date(2026, 12, 31)
DAYS = st.dates(FIRST, LAST)
EVERY_DAY = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

# 国办发明电〔2010〕40号: National Day 2011 is off from 1 to 7 October; Saturday 8 and Sunday 9 are
# worked. Written from the notice by hand, with the weeks around it.
OCTOBER_2011 = {
    "2011-09-29": True,  # Thursday
    "2011-09-30": True,  # Friday
    "2011-10-01": False,  # Saturday, National Day
    "2011-10-02": False,
    "2011-10-03": False,
    "2011-10-04": False,
    "2011-10-05": False,
    "2011-10-06": False,
    "2011-10-07": False,  # Friday, off in exchange
    "2011-10-08": True,  # Saturday, worked
    "2011-10-09": True,  # Sunday, worked
    "2011-10-10": True,
    "2011-10-14": True,
    "2011-10-15": False,  # an ordinary Saturday
    "2011-10-16": False,
    "2011-10-17": True,
}


@pytest.mark.parametrize(("day", "worked"), OCTOBER_2011.items())
def test_national_day_2011_is_off_for_seven_days_and_two_weekend_days_are_worked(
    day: str, worked: bool
) -> None:
    assert is_working_day(date.fromisoformat(day), known_calendar()) is worked


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        ("2011-09-29", 1, "2011-09-30"),
        ("2011-09-30", 1, "2011-10-08"),
        ("2011-09-30", 2, "2011-10-09"),
        ("2011-09-30", 3, "2011-10-10"),
        ("2011-10-03", 1, "2011-10-08"),
        ("2011-09-20", 20, "2011-10-21"),
        ("2011-12-30", 2, "2012-01-04"),  # Saturday 31 December 2011 is worked, 1-3 January off
    ],
)
def test_limits_reckoned_by_hand_over_the_holidays_of_2011(start: str, days: int, due: str) -> None:
    found = add_working_days(date.fromisoformat(start), days, known_calendar())
    assert found == date.fromisoformat(due)


def test_every_day_from_2004_on_is_worked_as_chinesecalendar_says() -> None:
    calendar = known_calendar()
    wrong = [
        day
        for day in EVERY_DAY
        if is_working_day(day, calendar) is not chinese_calendar.is_workday(day)
    ]
    assert wrong == []


@given(DAYS, st.integers(0, 800))
def test_counting_agrees_with_chinesecalendars_own_list(start: date, days: int) -> None:
    end = min(start + timedelta(days=days), LAST)
    listed = chinese_calendar.get_workdays(start, end)
    expected = sum(day > start for day in listed)
    assert count_working_days(start, end, known_calendar()) == expected
    assert count_working_days(end, start, known_calendar()) == -expected


@given(DAYS, st.integers(0, 400))
def test_adding_and_counting_undo_each_other(start: date, days: int) -> None:
    due = add_working_days(start, days, known_calendar())
    assert count_working_days(start, due, known_calendar()) == days
    assert days == 0 or is_working_day(due, known_calendar())


@given(DAYS, st.integers(0, 200), st.integers(1, 200))
def test_adding_in_two_goes_is_adding_at_once(start: date, first: int, second: int) -> None:
    calendar = known_calendar()
    halfway = add_working_days(start, first, calendar)
    assert add_working_days(halfway, second, calendar) == add_working_days(
        start, first + second, calendar
    )


def test_a_year_that_is_not_known_knows_weekends_only_and_says_so() -> None:
    calendar = known_calendar()
    assert is_working_day(date(2030, 10, 1), calendar)  # a Tuesday
    assert not is_working_day(date(2030, 10, 5), calendar)  # a Saturday
    assert calendar.is_provisional(date(2026, 12, 1), date(2027, 1, 4))
    assert not calendar.is_provisional(date(2025, 1, 1), date(2026, 12, 31))
    assert calendar.find_version(2027) is None


def test_the_last_day_of_a_period_moves_past_a_holiday() -> None:
    assert roll_to_working_day(date(2011, 10, 4), known_calendar()) == date(2011, 10, 8)
    assert roll_to_working_day(date(2011, 10, 8), known_calendar()) == date(2011, 10, 8)


def test_holidays_are_known_by_name() -> None:
    assert known_calendar().find_name(date(2011, 10, 3)) == "National Day"
    assert known_calendar().find_name(date(2011, 10, 8)) == "National Day"
    assert known_calendar().find_name(date(2011, 10, 12)) is None
    assert known_calendar().find_name(date(2040, 1, 1)) is None


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2100, 1, 1)])
def test_days_out_of_range_are_refused(day: date) -> None:
    with pytest.raises(CalendarError, match="out_of_range"):
        is_working_day(day, known_calendar())


def test_no_answer_beyond_the_range_and_no_negative_days() -> None:
    with pytest.raises(CalendarError, match="out_of_range"):
        add_working_days(date(2099, 12, 30), 10, known_calendar())
    with pytest.raises(CalendarError, match="negative_days"):
        add_working_days(date(2020, 1, 1), -1, known_calendar())


def test_a_year_that_contradicts_itself_is_refused() -> None:
    day = date(2030, 10, 1)
    with pytest.raises(CalendarError, match="off_and_worked"):
        YearDays(2030, 1, {day: "National Day"}, {day: "National Day"})
    with pytest.raises(CalendarError, match="other_year"):
        YearDays(2029, 1, {day: "National Day"}, {})


def test_an_empty_calendar_is_all_provisional() -> None:
    assert add_working_days(date(2011, 9, 30), 1, Calendar()) == date(2011, 10, 3)
    assert Calendar().is_provisional(date(2011, 9, 30), date(2011, 10, 3))
