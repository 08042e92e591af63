"""The working days of a year, in the version that counts and the ones before."""

import calendar
from datetime import date
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.calendar.days import FIRST_YEAR, LAST_YEAR, Calendar, is_working_day
from ipudong.city.casework.queries.calendars import get_calendar, list_calendar_years
from ipudong.city.identity.pages import permitted
from ipudong.systems.govcollab.supervision_shell import show

HOLIDAYS: Final = {
    "New Year's Day": _("New Year's Day"),
    "Spring Festival": _("Spring Festival"),
    "Tomb-sweeping Day": _("Tomb-sweeping Day"),
    "Labour Day": _("Labour Day"),
    "Dragon Boat Festival": _("Dragon Boat Festival"),
    "National Day": _("National Day"),
    "Mid-autumn Festival": _("Mid-autumn Festival"),
    "Anti-Fascist 70th Day": _("Victory Day, 70th anniversary"),
}


@permitted("supervision.view_calendar")
def show_calendar(request: HttpRequest) -> HttpResponse:
    """A year, `?year=2011`; this year where none is asked."""
    year = _read_year(request.GET.get("year", ""))
    known = get_calendar()
    rows = list_calendar_years()
    months = [_draw_month(year, month, known) for month in range(1, 13)]
    context = {
        "year": year,
        "years": sorted({row.year for row in rows} | {year, timezone.localdate().year + 1}),
        "edition": known.edition,
        "versions": [row for row in rows if row.year == year],
        "is_known": known.find_version(year) is not None,
        "months": months,
        "weekdays": WEEKDAYS,
        "working_days": sum(month["working_days"] for month in months),
        "holidays": _list_named(known, year, worked=False),
        "made_up": _list_named(known, year, worked=True),
    }
    return show(request, "calendar", "calendar.html", context)


WEEKDAYS: Final = (
    (_("Mo"), _("Monday")),
    (_("Tu"), _("Tuesday")),
    (_("We"), _("Wednesday")),
    (_("Th"), _("Thursday")),
    (_("Fr"), _("Friday")),
    (_("Sa"), _("Saturday")),
    (_("Su"), _("Sunday")),
)


def _read_year(text: str) -> int:
    if not text:
        return timezone.localdate().year
    if not (text.isascii() and text.isdigit() and FIRST_YEAR <= int(text[:5]) <= LAST_YEAR):
        raise Http404
    return int(text)


def _draw_month(year: int, month: int, known: Calendar) -> dict[str, Any]:
    weeks = [
        [_draw_day(day, month, known) for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]
    days = [day for week in weeks for day in week if day]
    return {
        "first": date(year, month, 1),
        "weeks": weeks,
        "working_days": sum(day["is_worked"] for day in days),
    }


def _draw_day(day: date, month: int, known: Calendar) -> dict[str, Any] | None:
    if day.month != month:
        return None
    is_worked = is_working_day(day, known)
    if is_worked:
        kind = "made_up" if day.weekday() > 4 else ""
    else:
        kind = "holiday" if known.find_name(day) else "weekend"
    return {"day": day, "is_worked": is_worked, "kind": kind}


def _list_named(known: Calendar, year: int, *, worked: bool) -> list[dict[str, Any]]:
    days = known.years.get(year)
    if days is None:
        return []
    named = days.workdays if worked else days.holidays
    return [{"day": day, "name": HOLIDAYS.get(name, name)} for day, name in sorted(named.items())]
