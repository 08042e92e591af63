"""Loading years into the calendar; a year that did not change gets no new version."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from ipudong.city.audit.services import record
from ipudong.city.casework.calendar.notices import (
    NoticeFile,
    NoticeYear,
    read_chinesecalendar,
    read_notice_file,
)
from ipudong.city.casework.models import WorkCalendar


def load_known_years(*, by: str, at: datetime) -> int:
    """Copy what `chinesecalendar` knows into rows; returns how many years got a new version.

    A year that a person imported stays as it is: the library follows the notices, the district may
    have them earlier, and an older library must not undo that.
    """
    imported = set(
        WorkCalendar.objects.exclude(source__startswith="chinesecalendar ").values_list(
            "year", flat=True
        )
    )
    years = [year for year in read_chinesecalendar() if year.year not in imported]
    return store_years(years, by=by, at=at)


def import_notice(path: Path, *, by: str, at: datetime) -> tuple[int, NoticeFile]:
    """Store the years of a notice file; how many got a new version, and what the file held.

    A file with a rejected row changes nothing: half a year would make wrong due dates. Raises
    CalendarError where it cannot be read.
    """
    file = read_notice_file(path)
    return (0 if file.rejects else store_years(file.years, by=by, at=at)), file


@transaction.atomic
def store_years(years: Iterable[NoticeYear], *, by: str, at: datetime) -> int:
    """Give every year that differs from its newest version a new one, all in one new edition."""
    newest = {row.year: row for row in WorkCalendar.objects.order_by("year", "version")}
    edition = (WorkCalendar.objects.aggregate(last=Max("edition"))["last"] or 0) + 1
    rows = [
        WorkCalendar(
            year=year.year,
            version=_next_version(newest.get(year.year)),
            edition=edition,
            holidays=_as_json(year.holidays),
            workdays=_as_json(year.workdays),
            source=year.source,
            loaded_by=by,
            loaded_at=at,
        )
        for year in years
        if not _is_same(newest.get(year.year), year)
    ]
    if not rows:
        return 0
    WorkCalendar.objects.bulk_create(rows)
    record(
        actor=by,
        action="casework.load_calendar",
        subject=f"calendar:{edition}",
        detail={"years": [str(row) for row in rows], "source": rows[0].source},
        at=at,
    )
    return len(rows)


def _next_version(newest: WorkCalendar | None) -> int:
    return 1 if newest is None else newest.version + 1


def _is_same(row: WorkCalendar | None, year: NoticeYear) -> bool:
    return (
        row is not None
        and row.holidays == _as_json(year.holidays)
        and row.workdays == _as_json(year.workdays)
    )


def _as_json(days: Mapping[date, str]) -> dict[str, str]:
    return {day.isoformat(): name for day, name in sorted(days.items())}
