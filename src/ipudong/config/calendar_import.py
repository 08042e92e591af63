"""`ipudong import calendar FILE`: the working days of a year, from a CSV file."""

from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ipudong.city.casework.services.calendars import import_notice
from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import ImportReport, Progress

REASONS = {
    "not_a_date": gettext_noop("not a date: %(row)s"),
    "out_of_range": gettext_noop("not between 2000 and 2099: %(row)s"),
    "unknown_kind": gettext_noop("the kind is neither holiday nor workday: %(row)s"),
    "day_twice": gettext_noop("the day was already in the file: %(row)s"),
    "weekday_is_worked": gettext_noop("a Monday to Friday is worked anyhow: %(row)s"),
}


def import_work_calendar(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    """Store the years of the file as new versions; nothing where a row is rejected."""
    _changed, file = import_notice(path, by=actor.name, at=datetime.now(UTC))
    rows = sum(len(year.holidays) + len(year.workdays) for year in file.years)
    progress(rows, rows)
    return ImportReport(
        accepted=0 if file.rejects else rows,
        rejected=len(file.rejects),
        rejects=tuple((line, _(REASONS[code]) % {"row": row}) for line, code, row in file.rejects),
    )
