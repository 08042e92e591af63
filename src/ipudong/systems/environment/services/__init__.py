"""Writes of the environment system. Each is one transaction with its audit."""

from ipudong.systems.environment.services.events import (
    EventError,
    acknowledge_event,
    close_event,
    note_event,
    settle_finding,
)
from ipudong.systems.environment.services.exceedances import record_exceedances
from ipudong.systems.environment.services.findings import keep_findings, record_findings
from ipudong.systems.environment.services.stations import (
    register_outlet,
    register_water_section,
    set_outlet_limit,
)

__all__ = [
    "EventError",
    "acknowledge_event",
    "close_event",
    "keep_findings",
    "note_event",
    "record_exceedances",
    "record_findings",
    "register_outlet",
    "register_water_section",
    "set_outlet_limit",
    "settle_finding",
]
