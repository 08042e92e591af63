"""Alarms as the pages show them: what happened, where, in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.roles import ROLES
from ipudong.city.sensing.alarm_text import subject_of
from ipudong.city.sensing.models import (
    OPEN_STATES,
    Alarm,
    AlarmState,
    Channel,
    Delivery,
    RuleKind,
)
from ipudong.city.sensing.queries.alarms import AlarmFilter, list_alarms
from ipudong.portal.figures import format_figure
from ipudong.portal.rule_views import RuleView
from ipudong.portal.unit_signs import sign_of

ROLE_TITLES = {role.code: role.title for role in ROLES}
MOVING_KINDS = (
    RuleKind.INSIDE,
    RuleKind.OUTSIDE,
    RuleKind.DWELL,
    RuleKind.OUT_OF_SERVICE,
)
TONES = {
    AlarmState.RAISED: "bad",
    AlarmState.ACKNOWLEDGED: "notice",
    AlarmState.CLEARED: "river",
    AlarmState.CLOSED: "",
    AlarmState.SUPPRESSED: "",
}


@dataclass(frozen=True)
class AlarmView:
    """One alarm with its words."""

    alarm: Alarm

    @property
    def title(self) -> str:
        return self.alarm.rule.name

    @property
    def place(self) -> str:
        name = self.alarm.thing.name
        if not self.alarm.is_summary:
            return name
        others = self.alarm.occurrences - 1
        facts = {"place": name, "n": others}
        return ngettext("%(place)s and %(n)s other", "%(place)s and %(n)s others", others) % facts

    @property
    def url(self) -> str:
        return reverse("portal:alarm", args=[self.alarm.pk])

    @property
    def severity(self) -> str:
        return self.alarm.severity

    @property
    def raised_at(self) -> datetime:
        return self.alarm.raised_at

    @property
    def state_title(self) -> str:
        return self.alarm.get_state_display()

    @property
    def tone(self) -> str:
        return TONES[AlarmState(self.alarm.state)]

    @property
    def waits(self) -> bool:
        """Whether nobody has acknowledged it yet."""
        return self.alarm.acknowledged_at is None and self.alarm.state != AlarmState.CLOSED

    @property
    def can_be_taken(self) -> bool:
        """Whether acknowledging it says anything new."""
        return self.waits and self.alarm.state != AlarmState.SUPPRESSED

    @property
    def observed(self) -> str:
        """What was observed: the property's name."""
        stream = self.alarm.datastream
        return stream.observed_property.name if stream else ""

    def figure_of(self, value: float | None) -> str:
        """A value with the datastream's unit; empty where there is none."""
        if value is None:
            return ""
        unit = sign_of(self.alarm.datastream.unit) if self.alarm.datastream else ""
        return f"{format_figure(value)} {unit}".strip()

    @property
    def peak(self) -> str:
        return self.figure_of(self.alarm.peak)

    @property
    def limit(self) -> str:
        return self.figure_of(self.alarm.limit)

    @property
    def value(self) -> str:
        return self.figure_of(self.alarm.value)

    @property
    def words(self) -> str:
        """What happened, in a sentence."""
        facts = {"what": self.observed, "peak": self.peak, "limit": self.limit}
        if self.alarm.rule.kind == RuleKind.ABOVE and self.peak:
            return _("%(what)s rose to %(peak)s; the limit is %(limit)s.") % facts
        if self.alarm.rule.kind == RuleKind.BELOW and self.peak:
            return _("%(what)s fell to %(peak)s; the limit is %(limit)s.") % facts
        if self.alarm.rule.kind == RuleKind.OVERSPEED and self.alarm.peak is not None:
            speeds = {name: f"{value} km/h" for name, value in self._speeds().items()}
            return _("Drove up to %(peak)s; the limit is %(limit)s.") % speeds
        if self.alarm.rule.kind == RuleKind.MISSING:
            return _("Nothing has come in for longer than agreed.")
        if self.alarm.rule.kind in MOVING_KINDS or self.alarm.rule.kind == RuleKind.COMBINATION:
            return RuleView(self.alarm.rule).words + _(".")
        return str(self.alarm.rule.get_kind_display())

    def _speeds(self) -> dict[str, str]:
        pair = {"peak": self.alarm.peak, "limit": self.alarm.limit}
        return {name: format_figure(value) for name, value in pair.items()}


@dataclass(frozen=True)
class StoryLine:
    """One line of an alarm's life."""

    at: datetime
    title: str
    text: str = ""


STEPS: dict[str, Callable[[dict[str, Any]], str]] = {
    "again": lambda d: _("Began again, for the %(n)s. time") % d,
    "escalated": lambda d: _("Nobody took it: it went up to level %(level)s") % d,
    "assigned": lambda d: (
        _("Given to %(to)s") % d if d["to"] else _("Taken back from whoever had it")
    ),
    "shelved": lambda d: _("Put aside for %(hours)s hours") % d,
    "released": lambda _d: _("Held back no longer"),
    "case": lambda d: _("Opened the case %(case)s") % d,
}


def tell_story(alarm: Alarm) -> list[StoryLine]:
    """The alarm's life, oldest first; times are when it was noticed or done."""
    lines = [StoryLine(alarm.noticed_at, _("Raised by its rule"))]
    for step in alarm.steps.all():
        title = STEPS[step.code](step.detail)
        by = f"{step.by} · " if step.by else ""
        lines.append(StoryLine(step.at, f"{by}{title}", step.detail.get("reason", "")))
    lines += [StoryLine(note.at, note.by, note.text) for note in alarm.notes.all()]
    if alarm.acknowledged_at:
        said = _("%(by)s took it") % {"by": alarm.acknowledged_by}
        lines.append(StoryLine(alarm.acknowledged_at, said))
    if alarm.cleared_at:
        lines.append(StoryLine(alarm.cleared_at, _("The condition ended")))
    if alarm.closed_at:
        said = _("%(by)s closed it") % {"by": alarm.closed_by}
        lines.append(StoryLine(alarm.closed_at, said, str(alarm.get_close_reason_display())))
    return sorted(lines, key=lambda line: line.at)


@dataclass(frozen=True)
class ToldView:
    """Who was told of an alarm, how and when."""

    row: Delivery

    @property
    def to(self) -> str:
        kind, _colon, name = self.row.address.partition(":")
        if self.row.channel != Channel.PORTAL:
            return self.row.address
        return str(ROLE_TITLES.get(name, name)) if kind == "role" else name

    @property
    def tone(self) -> str:
        tones = {"delivered": "good", "dead": "bad", "waiting": "notice", "sending": "notice"}
        return tones[self.row.state]


def list_told(alarm: Alarm) -> list[ToldView]:
    """The messages of an alarm, oldest first."""
    return [ToldView(row) for row in alarm.deliveries.order_by("queued_at", "pk")[:60]]


@dataclass(frozen=True)
class MessageView:
    """A message on a desk."""

    row: Delivery

    @property
    def title(self) -> str:
        return subject_of(self.row)

    @property
    def url(self) -> str:
        if self.row.alarm_id is None:
            return reverse("portal:desk")
        return reverse("portal:alarm", args=[self.row.alarm_id])


@dataclass(frozen=True)
class AlarmCount:
    """Alarms that stand, and those of them nobody has taken."""

    open: int
    unacknowledged: int


def count_alarms(actor: Actor) -> AlarmCount:
    """Counts of what the actor may see."""
    standing = list_alarms(actor, AlarmFilter(states=OPEN_STATES))
    waiting = standing.filter(state=AlarmState.RAISED)
    return AlarmCount(open=standing.count(), unacknowledged=waiting.count())


def list_waiting_alarms(actor: Actor, limit: int) -> list[AlarmView]:
    """The newest alarms that stand, as the actor may see them."""
    standing = list_alarms(actor, AlarmFilter(states=OPEN_STATES))[:limit]
    return [AlarmView(alarm) for alarm in standing]
