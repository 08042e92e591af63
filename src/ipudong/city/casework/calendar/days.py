"""Which days are worked, and arithmetic over them. Nothing here asks a clock or a database."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099
MONDAY_ORDINAL: Final = 1
"""0001-01-01 was a Monday, so `(ordinal - 1) % 7` is the day of the week from Monday."""


class CalendarError(Exception):
    """A day the calendar cannot answer for, or a year that contradicts itself."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code = code
        self.fields = fields


@dataclass(frozen=True)
class YearDays:
    """One version of one year's notice of the State Council's office.

    `holidays` are the days off, weekends among them as announced, with their names; `workdays` the
    weekend days worked in exchange (调休), with the holiday they pay for.
    """

    year: int
    version: int
    holidays: Mapping[date, str]
    workdays: Mapping[date, str]
    source: str = ""

    def __post_init__(self) -> None:
        days = {*self.holidays, *self.workdays}
        foreign = sorted(day for day in days if day.year != self.year)
        if foreign:
            raise CalendarError("other_year", day=foreign[0], year=self.year)
        both = sorted(set(self.holidays) & set(self.workdays))
        if both:
            raise CalendarError("off_and_worked", day=both[0])


@dataclass(frozen=True, eq=False)
class Calendar:
    """All known years, each in one version; `edition` names that choice for good.

    A year that is not known has every Monday to Friday worked and is provisional: the notice for a
    year comes out in the autumn before it. Days from 2000-01-01 to 2099-12-31.
    """

    edition: int = 0
    years: Mapping[int, YearDays] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def ordinals(self) -> list[int]:
        """The ordinal of every worked day, ascending."""
        first = date(FIRST_YEAR, 1, 1).toordinal()
        every = np.arange(first, date(LAST_YEAR, 12, 31).toordinal() + 1)
        worked = (every - MONDAY_ORDINAL) % 7 < 5
        for days in self.years.values():
            worked[[day.toordinal() - first for day in days.holidays]] = False
            worked[[day.toordinal() - first for day in days.workdays]] = True
        return [int(ordinal) for ordinal in every[worked]]

    def find_version(self, year: int) -> int | None:
        """The version of a known year; None where only weekends are known."""
        days = self.years.get(year)
        return None if days is None else days.version

    def find_name(self, day: date) -> str | None:
        """The holiday a day is off for, or is worked in exchange for."""
        days = self.years.get(day.year)
        return None if days is None else days.holidays.get(day) or days.workdays.get(day)

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether a year between two days, both included, is not known."""
        return any(year not in self.years for year in range(start.year, end.year + 1))


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Whether the offices work on that day. Raises CalendarError outside 2000-2099."""
    ordinals = calendar.ordinals
    at = bisect_left(ordinals, _ordinal(day))
    return at < len(ordinals) and ordinals[at] == day.toordinal()


def add_working_days(start: date, days: int, calendar: Calendar) -> date:
    """The `days`-th working day after `start`, which itself is not counted (民法典 article 201:
    开始的当日不计入，自下一日开始计算); `start` itself for zero.

    Raises CalendarError where `days` is negative or the answer lies outside 2000-2099.
    """
    if days < 0:
        raise CalendarError("negative_days", days=days)
    if days == 0:
        return start
    at = bisect_right(calendar.ordinals, _ordinal(start)) + days - 1
    if at >= len(calendar.ordinals):
        raise CalendarError("out_of_range", start=start, days=days)
    return date.fromordinal(calendar.ordinals[at])


def count_working_days(start: date, end: date, calendar: Calendar) -> int:
    """Working days after `start` up to and including `end`; below zero where `end` is earlier.

    Raises CalendarError outside 2000-2099.
    """
    ordinals = calendar.ordinals
    return bisect_right(ordinals, _ordinal(end)) - bisect_right(ordinals, _ordinal(start))


def roll_to_working_day(day: date, calendar: Calendar) -> date:
    """The day itself, or the next one worked (民法典 article 203: 期间的最后一日是法定休假日的，
    以法定休假日结束的次日为期间的最后一日)."""
    return day if is_working_day(day, calendar) else add_working_days(day, 1, calendar)


def _ordinal(day: date) -> int:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CalendarError("out_of_range", day=day)
    return day.toordinal()
