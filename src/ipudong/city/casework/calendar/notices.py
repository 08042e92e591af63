"""Years of the State Council's holiday notices, from `chinesecalendar` or a file of one's own."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Final

from chinese_calendar.constants import holidays, workdays

from ipudong.city.casework.calendar.days import FIRST_YEAR, LAST_YEAR, CalendarError

HOLIDAY: Final = "holiday"
WORKDAY: Final = "workday"
COLUMNS: Final = ("date", "kind", "name")
MAX_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class NoticeYear:
    """One year as a source gives it, not yet a version."""

    year: int
    holidays: dict[date, str]
    workdays: dict[date, str]
    source: str


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """The years of a file, and its rejected rows as (line, code, what was wrong)."""

    years: tuple[NoticeYear, ...]
    rejects: tuple[tuple[int, str, str], ...]


def read_chinesecalendar() -> tuple[NoticeYear, ...]:
    """Every year the library knows, 2004 and later."""
    rows = [
        *((day, HOLIDAY, str(name)) for day, name in holidays.items()),
        *((day, WORKDAY, str(name)) for day, name in workdays.items()),
    ]
    return _by_year(rows, f"chinesecalendar {version('chinesecalendar')}")


def read_notice_file(path: Path) -> NoticeFile:
    """A UTF-8 CSV file with the columns date (2027-01-01), kind (holiday or workday) and name.

    Raises CalendarError `unreadable` where it is no such file, or `too_many` beyond 20,000 rows.
    """
    rows: dict[date, tuple[str, str]] = {}
    rejects: list[tuple[int, str, str]] = []
    for line, cells in _list_cells(path):
        day, reason = _judge_row(cells, rows)
        if day is None:
            rejects.append((line, reason, " ".join(cells[column] for column in COLUMNS)[:100]))
        else:
            rows[day] = (cells["kind"], cells["name"])
    found = ((day, kind, name) for day, (kind, name) in rows.items())
    return NoticeFile(_by_year(found, path.name[:200]), tuple(rejects))


def _list_cells(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                raise CalendarError("unreadable", reason=f"no column {', '.join(sorted(missing))}")
            for count, cells in enumerate(reader):
                if count >= MAX_ROWS:
                    raise CalendarError("too_many", rows=MAX_ROWS)
                yield reader.line_num, {key: (cells[key] or "").strip() for key in COLUMNS}
    except (UnicodeDecodeError, csv.Error) as error:
        raise CalendarError("unreadable", reason=str(error)) from error


def _judge_row(
    cells: dict[str, str], earlier: dict[date, tuple[str, str]]
) -> tuple[date | None, str]:
    """The day of a row, or None and why the row cannot be used."""
    try:
        day = date.fromisoformat(cells["date"])
    except ValueError:
        return None, "not_a_date"
    checks = (
        (not FIRST_YEAR <= day.year <= LAST_YEAR, "out_of_range"),
        (cells["kind"] not in (HOLIDAY, WORKDAY), "unknown_kind"),
        (day in earlier, "day_twice"),
        # A made-up working day lies on a weekend; a weekday is worked anyhow.
        (cells["kind"] == WORKDAY and day.weekday() < 5, "weekday_is_worked"),
    )
    reason = next((code for wrong, code in checks if wrong), "")
    return (None, reason) if reason else (day, "")


def _by_year(rows: Iterable[tuple[date, str, str]], source: str) -> tuple[NoticeYear, ...]:
    years: dict[int, dict[str, dict[date, str]]] = defaultdict(lambda: {HOLIDAY: {}, WORKDAY: {}})
    for day, kind, name in sorted(rows):
        years[day.year][kind][day] = name
    return tuple(
        NoticeYear(year, kinds[HOLIDAY], kinds[WORKDAY], source)
        for year, kinds in sorted(years.items())
    )
