"""Working days and the clock of a case: pure arithmetic over a calendar of known years."""

from ipudong.city.casework.calendar.clock import (
    Clock,
    Explanation,
    Extension,
    Suspended,
    SuspendedSpan,
)
from ipudong.city.casework.calendar.days import (
    Calendar,
    CalendarError,
    YearDays,
    add_working_days,
    count_working_days,
    is_working_day,
)
from ipudong.city.casework.calendar.rules import (
    RULES,
    SUSPENSION_REASONS,
    LimitRule,
    SuspensionReason,
)

__all__ = [
    "RULES",
    "SUSPENSION_REASONS",
    "Calendar",
    "CalendarError",
    "Clock",
    "Explanation",
    "Extension",
    "LimitRule",
    "Suspended",
    "SuspendedSpan",
    "SuspensionReason",
    "YearDays",
    "add_working_days",
    "count_working_days",
    "is_working_day",
]
