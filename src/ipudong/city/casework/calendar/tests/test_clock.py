from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipudong.city.casework.calendar import (
    RULES,
    SUSPENSION_REASONS,
    CalendarError,
    Clock,
    Extension,
    Suspended,
)
from ipudong.city.casework.calendar.tests.calendars import known_calendar
from ipudong.city.casework.models import SuspensionReason

STARTS = st.dates(date(2010, 1, 1), date(2020, 12, 31))
LIMITS = st.integers(1, 60)


@st.composite
def suspensions(draw: st.DrawFn, start: date) -> list[Suspended]:
    """Closed suspensions, before, within and after the limit, overlapping as they like."""
    pairs = draw(st.lists(st.tuples(st.integers(-20, 120), st.integers(0, 60)), max_size=5))
    return [
        Suspended(
            start + timedelta(days=begin), start + timedelta(days=begin + length), "supplement"
        )
        for begin, length in pairs
    ]


def due_by_walking(start: date, limit: int, spans: list[Suspended]) -> date:
    """The due date found by walking day by day, as a person does with a wall calendar."""
    day, left = start, limit
    while left:
        day += timedelta(days=1)
        stands = any(span.since < day <= (span.until or date.max) for span in spans)
        left -= chinese_calendar.is_workday(day) and not stands
    return day


@given(st.data(), STARTS, LIMITS)
def test_the_due_date_is_that_of_walking_a_wall_calendar(
    data: st.DataObject, start: date, limit: int
) -> None:
    spans = data.draw(suspensions(start))
    clock = Clock(limit_days=limit, started_on=start, suspensions=spans, calendar=known_calendar())
    due = clock.due_on
    assert due == due_by_walking(start, limit, spans)
    assert clock.elapsed(due) == limit
    assert clock.share(due) == 1
    assert clock.elapsed(due - timedelta(days=1)) == limit - 1
    assert clock.explain().suspended_days == sum(
        chinese_calendar.is_workday(day) and any(s.since < day <= s.until for s in spans)
        for day in (start + timedelta(days=n) for n in range(1, (due - start).days + 1))
    )


@given(st.data(), STARTS, LIMITS)
def test_the_same_suspension_twice_or_in_another_order_moves_nothing(
    data: st.DataObject, start: date, limit: int
) -> None:
    spans = data.draw(suspensions(start))
    one = Clock(limit_days=limit, started_on=start, suspensions=spans, calendar=known_calendar())
    twice = [*reversed(spans), *spans]
    two = Clock(limit_days=limit, started_on=start, suspensions=twice, calendar=known_calendar())
    assert one.due_on == two.due_on


@pytest.mark.parametrize(
    ("rule", "limit", "extension"),
    [
        ("licensing.notice", 5, 0),
        ("licensing.decision", 20, 10),
        ("licensing.joint_decision", 45, 15),
        ("licensing.lower_review", 20, 0),
        ("licensing.delivery", 10, 0),
        ("disclosure.answer", 20, 20),
        ("disclosure.answer_2008", 15, 15),
    ],
)
def test_the_limits_are_the_laws(rule: str, limit: int, extension: int) -> None:
    assert (RULES[rule].limit_days, RULES[rule].extension_days) == (limit, extension)


@pytest.mark.parametrize(
    ("rule", "due", "extended_due"),
    [
        # accepted on Thursday 15 September 2011; reckoned with the notice of that year
        ("licensing.notice", "2011-09-22", "2011-09-22"),
        ("licensing.decision", "2011-10-18", "2011-11-01"),
        ("licensing.joint_decision", "2011-11-22", "2011-12-13"),
        ("licensing.delivery", "2011-09-29", "2011-09-29"),
    ],
)
def test_the_licensing_laws_periods_over_national_day_2011(
    rule: str, due: str, extended_due: str
) -> None:
    row = RULES[rule]
    clock = Clock(
        limit_days=row.limit_days,
        started_on=date(2011, 9, 15),
        calendar=known_calendar(),
        rule=rule,
    )
    assert clock.due_on == date.fromisoformat(due)
    extended = Clock(
        limit_days=row.limit_days,
        started_on=date(2011, 9, 15),
        extensions=(Extension(row.extension_days, date(2011, 10, 10)),),
        calendar=known_calendar(),
        rule=rule,
    )
    assert extended.due_on == date.fromisoformat(extended_due)


def test_a_lasting_suspension_stops_the_clock() -> None:
    clock = Clock(
        limit_days=20,
        started_on=date(2011, 9, 15),
        suspensions=((date(2011, 9, 20), None, "supplement"),),
        calendar=known_calendar(),
    )
    assert clock.due_on is None
    assert clock.elapsed(date(2011, 12, 1)) == 3
    assert clock.remaining(date(2011, 12, 1)) == 17
    assert clock.is_standing(date(2011, 12, 1))
    assert not clock.is_standing(date(2011, 9, 20))
    assert not clock.is_late(date(2011, 12, 1))
    # 26 and 27 September stand still, so two more days
    assert clock.due_if_resumed(date(2011, 9, 22)) == date(2011, 10, 20)
    assert clock.explain().due_on is None


def test_a_suspension_after_the_due_date_moves_nothing() -> None:
    clock = Clock(
        limit_days=5,
        started_on=date(2011, 9, 15),
        suspensions=((date(2011, 9, 22), None, "hearing"),),
        calendar=known_calendar(),
    )
    assert clock.due_on == date(2011, 9, 22)
    assert clock.is_late(date(2011, 9, 23))


def test_a_limit_of_no_days_ends_on_the_day_itself() -> None:
    today = Clock(limit_days=0, started_on=date(2011, 9, 15), calendar=known_calendar())
    assert today.due_on == date(2011, 9, 15)
    assert today.share(date(2011, 9, 15)) == 0
    assert today.share(date(2011, 9, 16)) > 1
    on_holiday = Clock(limit_days=0, started_on=date(2011, 10, 3), calendar=known_calendar())
    assert on_holiday.due_on == date(2011, 10, 8)


def test_the_explanation_names_rule_versions_and_suspensions() -> None:
    clock = Clock(
        limit_days=10,
        started_on=date(2026, 12, 21),
        suspensions=((date(2026, 12, 24), date(2026, 12, 28), "hearing"),),
        rule="licensing.delivery",
        calendar=known_calendar(),
    )
    explanation = clock.explain()
    assert explanation.as_json() == {
        "rule": "licensing.delivery",
        "limit_days": 10,
        "extension_days": 0,
        "started_on": "2026-12-21",
        "first_counted_on": "2026-12-22",
        "calendar_edition": 1,
        "calendar_years": [[2026, 1], [2027, None]],
        "suspensions": [
            {"since": "2026-12-24", "until": "2026-12-28", "reason": "hearing", "days": 2}
        ],
        "suspended_days": 2,
        "due_on": "2027-01-06",
        "provisional": True,
    }


def test_a_clock_that_cannot_be_is_refused() -> None:
    with pytest.raises(CalendarError, match="negative_days"):
        Clock(limit_days=-1, started_on=date(2011, 9, 15), calendar=known_calendar())
    with pytest.raises(CalendarError, match="ends_before_it_began"):
        Clock(
            limit_days=1,
            started_on=date(2011, 9, 15),
            suspensions=((date(2011, 9, 20), date(2011, 9, 19), ""),),
            calendar=known_calendar(),
        )


def test_every_reason_a_case_may_be_suspended_for_has_its_clause() -> None:
    assert set(SuspensionReason.values) <= set(SUSPENSION_REASONS)
