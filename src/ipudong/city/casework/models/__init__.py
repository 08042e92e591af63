"""Tables of casework, one file per subject."""

from ipudong.city.casework.models.calendar import WorkCalendar

__all__ = ["WorkCalendar"]
