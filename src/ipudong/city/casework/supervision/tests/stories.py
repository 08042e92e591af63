"""Cases told as short stories: what happened on which day, by whom."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ipudong.city.casework.calendar.tests.calendars import known_calendar
from ipudong.city.casework.supervision.history import Event, History, fold

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = date(2011, 9, 15)  # a Thursday; National Day lies in the limit


def at(day: date, minutes: int = 0) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI) + timedelta(minutes=minutes)


class Story:
    """Tells events in order; `limit_days` is what acceptance promises."""

    def __init__(self, limit_days: int = 20, department: str = "commerce") -> None:
        self.limit_days = limit_days
        self.department = department
        self.events: list[Event] = []

    def tell(
        self,
        name: str,
        on: date,
        *,
        actor: str = "clerk",
        department: str = "",
        minutes: int = 0,
        **payload: Any,
    ) -> "Story":
        self.events.append(
            Event(
                sequence=len(self.events) + 1,
                name=name,
                at=at(on, minutes),
                on=on,
                actor=actor,
                department=department or self.department,
                payload=payload,
            )
        )
        return self

    def accepted(self, on: date = START) -> "Story":
        self.tell("submitted", on, actor="resident")
        return self.tell("accepted", on, limit_days=self.limit_days)

    def step(
        self,
        task: int,
        opened: date,
        done: date | None,
        *,
        limit_days: int | None,
        actor: str = "clerk",
        department: str = "",
        minutes: int = 0,
    ) -> "Story":
        office = department or self.department
        facts = {"task": task, "code": f"step_{task}", "title": f"Step {task}"}
        self.tell(
            "task_opened",
            opened,
            department=office,
            limit_days=limit_days,
            rule="step" if limit_days else "promise",
            for_applicant=False,
            minutes=minutes,
            **facts,
        )
        if done:
            self.tell(
                "task_completed", done, department=office, actor=actor, minutes=minutes, **facts
            )
        return self

    def history(self) -> History:
        return fold(
            self.events,
            number="PD-1",
            kind_code="test.kind",
            department=self.department,
            limit_days=self.limit_days,
            calendar=known_calendar(),
        )
