"""What needs a duty officer now: alarms, exceedances, silent stations, strangers, findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import (
    OPEN_STATES,
    Alarm,
    AlarmState,
    QuarantinedDevice,
    Thing,
)
from ipudong.city.sensing.profiles import HJ212
from ipudong.city.sensing.queries import (
    AlarmFilter,
    is_online,
    list_alarms,
    list_quarantined,
    list_things,
)
from ipudong.systems.environment.devices import SYSTEM_NAME
from ipudong.systems.environment.models import (
    DataFinding,
    EventState,
    ExceedanceEvent,
    FindingState,
)
from ipudong.systems.environment.queries.events import list_events
from ipudong.systems.environment.queries.stations import PAST_ONLY

SHOWN = 40


@dataclass(frozen=True, slots=True)
class DeskCounts:
    """How much waits, by kind."""

    alarms: int
    unacknowledged: int
    events: int
    lasting: int
    silent: int
    strangers: int
    findings: int

    @property
    def total(self) -> int:
        """Everything that waits for a hand."""
        return self.alarms + self.events + self.strangers + self.findings


@dataclass(frozen=True, slots=True)
class Desk:
    """The lists behind the counts, each cut at what one page holds."""

    counts: DeskCounts
    alarms: Sequence[Alarm]
    events: Sequence[ExceedanceEvent]
    silent: Sequence[Thing]
    strangers: Sequence[QuarantinedDevice]
    findings: Sequence[DataFinding]


def list_silent(actor: Actor, now: datetime) -> list[Thing]:
    """Stations with a connection to keep that are not heard."""
    things = list_things(actor, system=SYSTEM_NAME).exclude(PAST_ONLY)
    return [thing for thing in things if not is_online(thing, now=now)]


def get_desk(actor: Actor, now: datetime) -> Desk:
    """The desk as of now; the unacknowledged first, then the gravest, then the newest."""
    waiting = list_alarms(actor, AlarmFilter(states=OPEN_STATES, system=SYSTEM_NAME))
    silent = list_silent(actor, now)
    # The silent stations have a list of their own.
    alarms = sorted(
        waiting.prefetch_related("notes").order_by("-raised_at")[: SHOWN * 2], key=_urgency
    )
    return Desk(
        counts=count_desk(actor, now, silent=len(silent)),
        alarms=alarms[:SHOWN],
        events=list(list_events(open_only=True).prefetch_related("notes")[:SHOWN]),
        silent=silent[:SHOWN],
        strangers=list(list_quarantined(actor).filter(protocol=HJ212)[:SHOWN]),
        findings=list(
            DataFinding.objects.filter(state=FindingState.OPEN)
            .select_related("thing", "run")
            .defer("thing__credential")[:SHOWN]
        ),
    )


_GRAVITY = ("red", "orange", "yellow", "blue")


def _urgency(alarm: Alarm) -> tuple[bool, int]:
    return (alarm.acknowledged_at is not None, _GRAVITY.index(alarm.severity))


def count_desk(actor: Actor, now: datetime, *, silent: int | None = None) -> DeskCounts:
    """The counts alone."""
    open_alarms = list_alarms(actor, AlarmFilter(states=OPEN_STATES, system=SYSTEM_NAME))
    alarms = open_alarms.aggregate(
        open=Count("pk"), raised=Count("pk", filter=Q(state=AlarmState.RAISED))
    )
    events = ExceedanceEvent.objects.exclude(state=EventState.CLOSED).aggregate(
        open=Count("pk"), lasting=Count("pk", filter=Q(ended_at=None))
    )
    return DeskCounts(
        alarms=alarms["open"],
        unacknowledged=alarms["raised"],
        events=events["open"],
        lasting=events["lasting"],
        silent=len(list_silent(actor, now)) if silent is None else silent,
        strangers=list_quarantined(actor).filter(protocol=HJ212).count(),
        findings=DataFinding.objects.filter(state=FindingState.OPEN).count(),
    )
