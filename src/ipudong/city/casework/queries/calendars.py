"""The calendar in one of its editions. Working days are public: nothing here is scoped."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

from ipudong.city.casework.calendar.days import Calendar, YearDays
from ipudong.city.casework.models import WorkCalendar


def get_calendar(edition: int | None = None) -> Calendar:
    """The newest edition, or the one a case was reckoned by.

    Before the first load, edition 0: weekends only, every year provisional. Later rows never change
    an edition, so each is read once by a process.
    """
    rows = WorkCalendar.objects.order_by("-edition")
    if edition is not None:
        rows = rows.filter(edition__lte=edition)
    newest = rows.values_list("edition", "loaded_at").first()
    return Calendar() if newest is None else _read_edition(*newest)


def list_calendar_years() -> list[WorkCalendar]:
    """Every version of every year, newest year first."""
    return list(WorkCalendar.objects.order_by("-year", "-version"))


@lru_cache(maxsize=8)
def _read_edition(edition: int, loaded_at: datetime) -> Calendar:
    """`loaded_at` tells editions of the same number apart that tests of one process make."""
    rows = WorkCalendar.objects.filter(edition__lte=edition).order_by("year", "version")
    newest = {row.year: _as_days(row) for row in rows}
    return Calendar(edition=edition, years=newest)


def _as_days(row: WorkCalendar) -> YearDays:
    return YearDays(
        year=row.year,
        version=row.version,
        holidays=_parse_days(row.holidays),
        workdays=_parse_days(row.workdays),
        source=row.source,
    )


def _parse_days(days: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): name for day, name in days.items()}
