"""Alarms as the pages show them: what happened, where, in a sentence."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import OPEN_STATES, Alarm, AlarmState, RuleKind
from ipudong.city.sensing.queries.alarms import AlarmFilter, list_alarms
from ipudong.portal.figures import format_figure
from ipudong.portal.unit_signs import sign_of

TONES = {
    AlarmState.RAISED: "bad",
    AlarmState.ACKNOWLEDGED: "notice",
    AlarmState.CLEARED: "river",
    AlarmState.CLOSED: "",
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
        return self.alarm.thing.name

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
        if self.alarm.rule.kind == RuleKind.MISSING:
            return _("Nothing has come in for longer than agreed.")
        return str(self.alarm.rule.get_kind_display())


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
