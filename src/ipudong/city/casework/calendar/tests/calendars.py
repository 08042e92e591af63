"""Calendars for tests: every year that `chinesecalendar` knows, read without a database."""

from functools import cache

from ipudong.city.casework.calendar.days import Calendar, YearDays
from ipudong.city.casework.calendar.notices import read_chinesecalendar


@cache
def known_calendar() -> Calendar:
    years = {
        year.year: YearDays(year.year, 1, year.holidays, year.workdays, year.source)
        for year in read_chinesecalendar()
    }
    return Calendar(edition=1, years=years)
