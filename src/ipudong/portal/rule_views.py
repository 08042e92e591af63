"""Rules as the pages show them: what they watch, when they ring, in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.models import (
    Datastream,
    ObservedProperty,
    Rule,
    RuleKind,
    RuleTrial,
    RuleVersion,
    Thing,
    TrialState,
)
from ipudong.portal.device_views import StreamView
from ipudong.portal.figures import format_figure
from ipudong.portal.kind_words import say_scope
from ipudong.portal.unit_signs import sign_of

LISTED = 25


@dataclass(frozen=True)
class RuleView:
    """One rule with its words."""

    rule: Rule

    @property
    def url(self) -> str:
        return reverse("portal:rule", args=[self.rule.pk])

    @property
    def state_title(self) -> str:
        if self.rule.is_draft:
            return _("Draft")
        return _("In force") if self.rule.enabled else _("Switched off")

    @property
    def tone(self) -> str:
        if self.rule.is_draft:
            return "notice"
        return "good" if self.rule.enabled else ""

    @property
    def unit(self) -> str:
        if self.rule.kind == RuleKind.OVERSPEED:
            return "km/h"
        if self.rule.datastream:
            return sign_of(self.rule.datastream.unit)
        return sign_of(self.observed.unit) if self.observed else ""

    @property
    def observed(self) -> ObservedProperty | None:
        """What is observed, where the rule says it or its datastream does."""
        stream = self.rule.datastream
        return stream.observed_property if stream else self.rule.observed_property

    @property
    def limit(self) -> str:
        if self.rule.limit is None:
            return ""
        return f"{format_figure(self.rule.limit)} {self.unit}".strip()

    @property
    def scope(self) -> str:
        """Which devices it watches."""
        rule = self.rule
        if rule.datastream:  # which has its period and its statistic
            return f"{rule.datastream.thing.name} · {StreamView(rule.datastream).name}"
        parts = say_scope(rule) or [_("all devices")]
        if rule.period:
            parts.append(str(rule.get_period_display()))
        if rule.statistic:
            parts.append(str(rule.get_statistic_display()))
        return " · ".join(parts)

    @cached_property
    def words(self) -> str:
        """When it is an alarm, in a sentence."""
        rule = self.rule
        facts = {
            "what": self.observed.name if self.observed else _("Any reading"),
            "limit": self.limit,
            "area": rule.fence.name if rule.fence else "",
            "time": say_duration(rule.duration_s),
            "span": say_duration(rule.span_s),
            "count": rule.count,
        }
        sentence = _SENTENCES[RuleKind(rule.kind)](rule) % facts
        if rule.duration_s and rule.kind != RuleKind.DWELL:
            sentence += _(", for at least %(time)s") % facts
        return sentence

    @property
    def parts(self) -> list[str]:
        """The conditions of a combination."""
        rows = self.rule.members
        codes = [row.get("property") for row in rows]
        names = ObservedProperty.objects.in_bulk([code for code in codes if code])
        return [_say_member(row, names) for row in rows]


def _say_member(row: dict[str, Any], names: dict[str, ObservedProperty]) -> str:
    observed = names.get(row.get("property", ""))
    name = observed.name if observed else f"#{row.get('datastream')}"
    unit = sign_of(observed.unit) if observed else ""
    sign = ">" if row.get("above", True) else "<"
    return f"{name} {sign} {format_figure(row['limit'])} {unit}".strip()


def _say_combination(rule: Rule) -> str:
    if rule.count and rule.count < len(rule.members):
        return _("At least %(count)s of these conditions hold together")
    return _("All of these conditions hold together")


def _say_missing(rule: Rule) -> str:
    if rule.span_s:
        return _("Nothing has come for %(span)s")
    return _("%(count)s expected reports in a row are missing")


def _say_service(rule: Rule) -> str:
    if rule.span_s:
        return _("The vehicle has been silent for %(span)s")
    return _("The vehicle reports itself out of service")


def _say_dwell(rule: Rule) -> str:
    if rule.fence and rule.limit is None:
        return _("Stays in %(area)s for longer than %(time)s")
    if rule.fence:
        return _("Stands still in %(area)s for longer than %(time)s")
    return _("Stands still for longer than %(time)s")


def _say_speed(rule: Rule) -> str:
    if rule.fence:
        return _("Drives faster than %(limit)s in %(area)s")
    return _("Drives faster than %(limit)s")


_SENTENCES: dict[RuleKind, Callable[[Rule], str]] = {
    RuleKind.ABOVE: lambda _rule: _("%(what)s is above %(limit)s"),
    RuleKind.BELOW: lambda _rule: _("%(what)s is below %(limit)s"),
    RuleKind.RATE: lambda _rule: _("%(what)s changes by more than %(limit)s an hour"),
    RuleKind.FLAT: lambda _rule: _("%(what)s shows the same value %(count)s times in a row"),
    RuleKind.DUPLICATE: lambda _rule: _("%(what)s is a copy of another column"),
    RuleKind.MISSING: _say_missing,
    RuleKind.COMBINATION: _say_combination,
    RuleKind.INSIDE: lambda _rule: _("Is inside %(area)s"),
    RuleKind.OUTSIDE: lambda _rule: _("Is outside %(area)s"),
    RuleKind.OVERSPEED: _say_speed,
    RuleKind.DWELL: _say_dwell,
    RuleKind.OUT_OF_SERVICE: _say_service,
}


def say_duration(seconds: int) -> str:
    """`90 s`, `10 min`, `2 h`: the largest unit that is whole."""
    if not seconds:
        return ""
    if seconds % 3600 == 0:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // 3600) % {"n": seconds // 3600}
    if seconds % 60 == 0:
        return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}
    return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}


ACTS = {
    "drafted": lambda: _("drafted it"),
    "changed": lambda: _("changed it"),
    "switched_on": lambda: _("switched it on"),
    "switched_off": lambda: _("switched it off"),
}


@dataclass(frozen=True)
class VersionView:
    """One step of a rule's history: who, when, and what became different."""

    version: RuleVersion
    before: RuleVersion | None

    @property
    def act(self) -> str:
        return ACTS[self.version.act]()

    @property
    def changes(self) -> list[str]:
        """The limits and times that changed, as `name: old → new`."""
        if not self.before or not self.version.values:
            return []
        old, new = self.before.values, self.version.values
        return [
            f"{_label(name)}: {_shown(old.get(name))} → {_shown(value)}"
            for name, value in new.items()
            if old.get(name) != value
        ]


def _label(name: str) -> str:
    field = Rule._meta.get_field(name)
    return str(getattr(field, "verbose_name", name))


def _shown(value: Any) -> str:
    return "–" if value in (None, "", [], 0) else str(value)


def list_versions(rule: Rule) -> list[VersionView]:
    """A rule's history, newest first."""
    rows = list(rule.versions.all()[:50])
    views = []
    for at, row in enumerate(rows):
        before = next((older for older in rows[at + 1 :] if older.values), None)
        views.append(VersionView(row, before))
    return views


@dataclass(frozen=True)
class FoundView:
    """One alarm that would have been raised."""

    row: dict[str, Any]
    things: dict[int, Thing]
    streams: dict[int, Datastream]

    @property
    def place(self) -> str:
        thing = self.things.get(self.row["thing"])
        return thing.name if thing else f"#{self.row['thing']}"

    @property
    def stream(self) -> Datastream | None:
        return self.streams.get(self.row["datastream"])

    @property
    def observed(self) -> str:
        return self.stream.observed_property.name if self.stream else ""

    @property
    def raised_at(self) -> datetime:
        return from_us(self.row["raised_us"])

    @property
    def cleared_at(self) -> datetime | None:
        return from_us(self.row["cleared_us"]) if self.row["cleared_us"] else None

    @property
    def peak(self) -> str:
        if self.row["peak"] is None:
            return ""
        unit = sign_of(self.stream.unit) if self.stream else ""
        return f"{format_figure(self.row['peak'])} {unit}".strip()


@dataclass(frozen=True)
class TrialView:
    """A trial: how far it is, and what it found."""

    trial: RuleTrial

    @property
    def is_running(self) -> bool:
        return self.trial.state in (TrialState.WAITING, TrialState.RUNNING)

    @property
    def has_failed(self) -> bool:
        return self.trial.state == TrialState.FAILED

    @property
    def days(self) -> int:
        return (self.trial.end_at - self.trial.start_at).days

    @property
    def is_of_now(self) -> bool:
        """Whether the rule is still as it was tried."""
        return self.trial.version == self.trial.rule.version

    @cached_property
    def found(self) -> list[FoundView]:
        rows = self.trial.found[:LISTED]
        things = Thing.objects.defer("credential").in_bulk({row["thing"] for row in rows})
        streams = Datastream.objects.select_related("observed_property").in_bulk(
            {row["datastream"] for row in rows if row["datastream"]}
        )
        return [FoundView(row, things, streams) for row in rows]

    @property
    def more(self) -> int:
        """Alarms not listed."""
        return max(0, self.trial.count - len(self.found))
