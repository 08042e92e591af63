"""When a timer of a process fires."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from ipudong.city.casework.processes.conditions import ConditionError, evaluate, find_fault
from ipudong.city.casework.processes.graph import Node

LONGEST: Final = timedelta(days=3660)
DURATION: Final = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)
AddWorkingDays = Callable[[date, int], date]


def parse_duration(text: str) -> timedelta | None:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds; None for anything else.
    Months and years have no fixed length and are not taken."""
    found = DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    span = timedelta(**{unit: int(count) for unit, count in found.groupdict().items() if count})
    return span if span <= LONGEST else None


def parse_instant(text: str, zone: tzinfo) -> datetime | None:
    """An ISO 8601 date or instant; without an offset in the district's time."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def find_timer_fault(kind: str, text: str) -> str:
    """Why a timer cannot be read: its text is neither a literal nor an expression."""
    if not kind:
        return "timeDuration, timeDate"
    literal = parse_duration(text) if kind == "timeDuration" else parse_instant(text, UTC)
    if literal is not None:
        return ""
    looks_literal = re.fullmatch(r"[PR][\dT].*|P|\d{4}-.*", text) is not None
    return text if looks_literal else find_fault(text)


def reckon_instant(
    node: Node, context: Mapping[str, Any], now: datetime, zone: tzinfo, add: AddWorkingDays
) -> datetime:
    """When the timer of a node that is reached `now` fires. `working_days` N fires as the N-th
    working day after today ends. ConditionError where the expression gives no instant."""
    working_days = node.properties.get("working_days")
    if working_days:
        last = add(now.astimezone(zone).date(), int(working_days))
        return datetime.combine(last + timedelta(days=1), time(), zone)
    literal = _as_instant(node.timer, now, zone)
    if literal is not None:
        return literal
    value = evaluate(node.timer, context)
    found = _as_instant(value, now, zone) if isinstance(value, str) else None
    if found is None:
        raise ConditionError(node.timer, "no instant and no duration")
    return found


def _as_instant(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    span = parse_duration(text)
    return now + span if span is not None else parse_instant(text, zone)
