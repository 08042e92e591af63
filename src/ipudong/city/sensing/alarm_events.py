"""What others are told of alarms, as plain data: no database is needed to know these names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRaised:
    """What a handler is told. Version 1; instants are aware, degrees WGS 84."""

    key: str
    alarm: int
    rule: str
    rule_name: str
    kind: str
    severity: str
    system: str
    thing: int
    thing_name: str
    place_code: str
    lon: float | None
    lat: float | None
    raised_at: datetime
    value: float | None


AlarmHandler = Callable[[AlarmRaised], str]
"""Opens a case, or finds the one it opened for this key; returns its reference, "" for none."""
