"""Alarms as the pages show them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AlarmCount:
    open: int
    unacknowledged: int


def count_open_alarms() -> AlarmCount:
    return AlarmCount(0, 0)


def list_latest_alarms(limit: int) -> list:
    return []
