"""The district's calendar: which day an instant belongs to."""

import datetime as dt

from django.utils import timezone


def local_day(instant: dt.datetime) -> dt.date:
    """The day of an aware instant in the district's time zone (setting TIME_ZONE)."""
    return instant.astimezone(timezone.get_default_timezone()).date()
