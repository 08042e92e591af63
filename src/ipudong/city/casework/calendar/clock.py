"""The clock of a case: a limit in working days that may be extended and may stand still."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from ipudong.city.casework.calendar.days import (
    Calendar,
    CalendarError,
    add_working_days,
    count_working_days,
    roll_to_working_day,
)


class Suspended(NamedTuple):
    """The clock stood still after `since` up to and including `until`; None: it still does.

    As with every period, the day of the act itself is not the suspension's: the day on which the
    notice goes out still counts, the day on which the answer comes in does not.
    """

    since: date
    until: date | None
    reason: str = ""


class Extension(NamedTuple):
    """The limit was made longer by `days` working days."""

    days: int
    on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SuspendedSpan:
    """A suspension as it counted: `days` are working days no earlier one already took out."""

    since: date
    until: date | None
    reason: str
    days: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a due date comes from, as data that a page words.

    `calendar_years` are the years the reckoning touched with their version, None where only the
    weekends were known; `due_on` is None while the clock stands still.
    """

    rule: str
    limit_days: int
    extension_days: int
    started_on: date
    first_counted_on: date
    calendar_edition: int
    calendar_years: tuple[tuple[int, int | None], ...]
    suspensions: tuple[SuspendedSpan, ...]
    suspended_days: int
    due_on: date | None
    provisional: bool

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values, for an event or a machine."""
        return {
            "rule": self.rule,
            "limit_days": self.limit_days,
            "extension_days": self.extension_days,
            "started_on": self.started_on.isoformat(),
            "first_counted_on": self.first_counted_on.isoformat(),
            "calendar_edition": self.calendar_edition,
            "calendar_years": [list(pair) for pair in self.calendar_years],
            "suspensions": [
                {
                    "since": span.since.isoformat(),
                    "until": None if span.until is None else span.until.isoformat(),
                    "reason": span.reason,
                    "days": span.days,
                }
                for span in self.suspensions
            ],
            "suspended_days": self.suspended_days,
            "due_on": None if self.due_on is None else self.due_on.isoformat(),
            "provisional": self.provisional,
        }


@dataclass(frozen=True, kw_only=True)
class Clock:
    """`limit_days` working days from the day after `started_on`, less what stood still.

    `rule` names the clause or promise the limit comes from (`LimitRule.code`). Suspensions may
    overlap; a day is taken out once. Raises CalendarError for a limit below zero, or a suspension
    that ends before it began.
    """

    limit_days: int
    started_on: date
    calendar: Calendar
    suspensions: Sequence[Suspended | tuple[date, date | None, str]] = ()
    extensions: Sequence[Extension] = ()
    rule: str = "promise"
    _spans: tuple[Suspended, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.limit_days < 0:
            raise CalendarError("negative_days", days=self.limit_days)
        spans = sorted((Suspended(*one) for one in self.suspensions), key=lambda one: one.since)
        for span in spans:
            if span.until is not None and span.until < span.since:
                raise CalendarError("ends_before_it_began", since=span.since, until=span.until)
        object.__setattr__(self, "_spans", tuple(spans))

    @property
    def total_days(self) -> int:
        """The limit with its extensions."""
        return self.limit_days + sum(extension.days for extension in self.extensions)

    @property
    def due_on(self) -> date | None:
        """The last day in time; None while the clock stands still before that day."""
        return self.find_day(self.total_days)

    def find_day(self, days: int) -> date | None:
        """The day on which so many working days had counted; None while the clock stands still
        before it. 18 of 20 is the day on which nine tenths are reached."""
        return self._find_day(days, None)

    def due_if_resumed(self, on: date) -> date:
        """The last day in time, should a lasting suspension end on that day."""
        due = self._find_day(self.total_days, on)
        assert due is not None  # noqa: S101 - nothing stands still beyond `on`
        return due

    def elapsed(self, on: date) -> int:
        """Working days that counted, from the day after the start up to and including `on`."""
        passed = max(0, count_working_days(self.started_on, on, self.calendar))
        return passed - self._suspended_until(on)

    def share(self, on: date) -> float:
        """Elapsed part of the limit: 0.9 is nine tenths, above 1 is late. A limit of no days
        (即办) is 0 until it is late."""
        elapsed = self.elapsed(on)
        if self.total_days:
            return elapsed / self.total_days
        return 1.0 + elapsed if self.is_late(on) else 0.0

    def remaining(self, on: date) -> int:
        """Working days left after `on`; below zero when late."""
        return self.total_days - self.elapsed(on)

    def is_late(self, on: date) -> bool:
        """Whether the last day in time has passed."""
        due = self.due_on
        return due is not None and on > due

    def is_standing(self, on: date) -> bool:
        """Whether the clock stands still on that day."""
        return any(
            span.since < on and (span.until is None or on <= span.until) for span in self._spans
        )

    def explain(self) -> Explanation:
        """The rule, the calendar's versions, and every suspension that moved the due date."""
        due = self.due_on
        last = due or max([self.started_on, *(span.since for span in self._spans)])
        spans = tuple(self._list_spans(last))
        years = range(self.started_on.year, last.year + 1)
        return Explanation(
            rule=self.rule,
            limit_days=self.limit_days,
            extension_days=self.total_days - self.limit_days,
            started_on=self.started_on,
            first_counted_on=add_working_days(self.started_on, 1, self.calendar),
            calendar_edition=self.calendar.edition,
            calendar_years=tuple((year, self.calendar.find_version(year)) for year in years),
            suspensions=spans,
            suspended_days=sum(span.days for span in spans),
            due_on=due,
            provisional=self.calendar.is_provisional(self.started_on, last),
        )

    def _find_day(self, days: int, resumed_on: date | None) -> date | None:
        """The least day on which as many days counted. Every round adds the days that stood still
        before the day found so far; it can only move later."""
        found = self._add(days)
        while True:
            if resumed_on is None and self._is_open_before(found):
                return None
            moved = self._add(days + self._suspended_until(found, resumed_on))
            if moved == found:
                return found
            found = moved

    def _add(self, days: int) -> date:
        if days == 0:
            return roll_to_working_day(self.started_on, self.calendar)
        return add_working_days(self.started_on, days, self.calendar)

    def _is_open_before(self, due: date) -> bool:
        return any(span.until is None and span.since < due for span in self._spans)

    def _suspended_until(self, last: date, resumed_on: date | None = None) -> int:
        return sum(span.days for span in self._list_spans(last, resumed_on))

    def _list_spans(self, last: date, resumed_on: date | None = None) -> list[SuspendedSpan]:
        """Suspensions that began before `last`, each with the working days it alone took out."""
        spans = []
        covered = self.started_on
        for span in self._spans:
            if span.since >= last:
                continue
            end = min(span.until or resumed_on or last, last)
            begin = max(span.since, covered)
            days = max(0, count_working_days(begin, end, self.calendar))
            covered = max(covered, end)
            spans.append(SuspendedSpan(span.since, span.until, span.reason, days))
        return spans
