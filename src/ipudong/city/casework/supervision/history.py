"""The events of one case as supervision reads them. Pure: no database, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from ipudong.city.casework import case_events as names
from ipudong.city.casework.calendar.clock import Clock, Extension, Suspended
from ipudong.city.casework.calendar.days import Calendar
from ipudong.city.casework.calendar.rules import RULES

REFUSALS: Final = frozenset({names.REFUSED, names.NOT_ACCEPTED})
ENDS: Final = frozenset({names.CLOSED, names.WITHDRAWN})
TASK_ENDS: Final = frozenset({names.TASK_COMPLETED, names.TASK_CANCELED})
WHOLE_CASE: Final = "promise"
"""A step due by this rule has no limit of its own but the case's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of a case; `on` is its day in the district's own time."""

    sequence: int
    name: str
    at: datetime
    on: date
    actor: str = ""
    department: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a case that a person in an office takes, with its own limit in working days
    where it has one."""

    task: int
    code: str
    title: str
    department: str
    limit_days: int | None
    opened: Event
    ended: Event | None

    @property
    def is_done(self) -> bool:
        """Whether somebody did it, rather than the process dropping it."""
        return self.ended is not None and self.ended.name == names.TASK_COMPLETED


@dataclass(frozen=True, kw_only=True)
class History:
    """A case as its events tell it. `limit_days` is what the guide promised when it was accepted.

    The last event of a kind counts where one may come twice; a suspension that lasts has no end.
    """

    number: str
    kind_code: str
    department: str
    limit_days: int
    calendar: Calendar
    events: tuple[Event, ...]
    submitted: Event | None
    accepted: Event | None
    decided: Event | None
    ended: Event | None
    refusal: Event | None
    suspensions: tuple[tuple[Event, Event | None], ...]
    steps: tuple[Step, ...]

    @property
    def is_open(self) -> bool:
        """Whether the office still owes something."""
        return (self.submitted or self.accepted) is not None and self.settled is None

    @property
    def settled(self) -> Event | None:
        """The decision, or what ended the case without one."""
        return self.decided or self.ended

    @property
    def clock(self) -> Clock | None:
        """The clock of the promised time; None before acceptance."""
        if self.accepted is None:
            return None
        extensions = [
            Extension(_read_count(event.payload.get("days")) or 0, event.on)
            for event in self.list_named(names.EXTENDED)
        ]
        return self.make_clock(self.limit_days, self.accepted.on, extensions)

    def make_clock(
        self, limit_days: int, started_on: date, extensions: Sequence[Extension] = ()
    ) -> Clock:
        """A clock that stands still when the case does."""
        return Clock(
            limit_days=limit_days,
            started_on=started_on,
            suspensions=[
                Suspended(
                    began.on, None if end is None else end.on, str(began.payload.get("reason", ""))
                )
                for began, end in self.suspensions
            ],
            extensions=extensions,
            calendar=self.calendar,
        )

    def list_named(self, name: str) -> list[Event]:
        """Every event of that name."""
        return [event for event in self.events if event.name == name]


def fold(
    events: Iterable[Event],
    *,
    number: str,
    kind_code: str,
    department: str,
    limit_days: int,
    calendar: Calendar,
) -> History:
    """The history of a case; `limit_days` is its kind's, used where acceptance does not say."""
    rows = tuple(sorted(events, key=lambda event: event.sequence))
    accepted = _find_last(rows, {names.ACCEPTED})
    return History(
        number=number,
        kind_code=kind_code,
        department=department,
        limit_days=_find_limit(accepted, limit_days),
        calendar=calendar,
        events=rows,
        submitted=next((event for event in rows if event.name == names.SUBMITTED), None),
        accepted=accepted,
        decided=_find_last(rows, {names.DECIDED}),
        ended=_find_last(rows, ENDS),
        refusal=_find_last(rows, REFUSALS),
        suspensions=tuple(_pair_suspensions(rows)),
        steps=tuple(_list_steps(rows)),
    )


def _find_last(events: Sequence[Event], names: Iterable[str]) -> Event | None:
    wanted = frozenset(names)
    return next((event for event in reversed(events) if event.name in wanted), None)


def _find_limit(accepted: Event | None, limit_days: int) -> int:
    said = _read_count(accepted.payload.get("limit_days")) if accepted else None
    return limit_days if said is None else said


def _pair_suspensions(events: Sequence[Event]) -> list[tuple[Event, Event | None]]:
    """What settles a case ends a suspension as resuming does."""
    pairs: list[tuple[Event, Event | None]] = []
    for event in events:
        if event.name == names.SUSPENDED:
            pairs.append((event, None))
        elif event.name in {names.RESUMED, names.DECIDED} | ENDS and pairs and not pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], event)
    return pairs


def _list_steps(events: Sequence[Event]) -> list[Step]:
    ends = {event.payload.get("task"): event for event in events if event.name in TASK_ENDS}
    return [
        Step(
            task=_read_count(event.payload.get("task")) or 0,
            code=str(event.payload.get("code", "")),
            title=str(event.payload.get("title", "")),
            department=event.department,
            limit_days=_find_step_limit(event),
            opened=event,
            ended=ends.get(event.payload.get("task")),
        )
        for event in events
        if event.name == names.TASK_OPENED and not event.payload.get("for_applicant")
    ]


def _find_step_limit(opened: Event) -> int | None:
    """Its own limit, or that of the law's rule it is due by; the case's limit is not the step's."""
    rule = RULES.get(str(opened.payload.get("rule", "")))
    legal = rule.limit_days if rule and rule.code != WHOLE_CASE else None
    return _read_count(opened.payload.get("limit_days")) or legal


def _read_count(value: object) -> int | None:
    return value if type(value) is int and value >= 0 else None
