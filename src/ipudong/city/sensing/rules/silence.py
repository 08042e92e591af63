"""Missing data: found on the live values, whoever received them.

The worker asks once in a while. It needs no memory: what is silent now and has no alarm is raised,
what has an alarm and is no longer silent is cleared.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import SECOND_US, to_us
from ipudong.city.sensing.models import (
    Alarm,
    Latest,
    Period,
    Rule,
    RuleKind,
    Status,
    Thing,
    ThingState,
)
from ipudong.city.sensing.rules.compiling import load_candidates
from ipudong.city.sensing.rules.selecting import Candidates, lies_in

Key = tuple[int, int, int]  # rule, thing, datastream or 0


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule at one thing or datastream: when it last spoke, how long it may be silent."""

    rule: int
    thing: int
    datastream: int
    heard_us: int
    allowed_us: int

    @property
    def key(self) -> Key:
        """What an alarm of this watch is filed under."""
        return self.rule, self.thing, self.datastream


def find_silence(now: datetime, *, since: datetime | None = None) -> Changes:
    """What missing-data rules raise and clear now; write it with `apply_rule_changes`.

    `since` is when we began to listen: silence before it says nothing about a station, so nothing
    is raised until its allowed time has passed from then on too.

    A reading of a period counts until the period's end. A thing without a protocol (imported
    history) and one that never was expected to send are not watched.
    """
    mute = Q(kind=RuleKind.MISSING) | Q(kind=RuleKind.OUT_OF_SERVICE, span_s__gt=0)
    rules = list(Rule.objects.filter(mute, enabled=True))
    if not rules:
        return Changes()
    standing = set(
        Alarm.objects.filter(rule__in=rules, cleared_at=None).values_list(
            "rule_id", "thing_id", "datastream_id"
        )
    )
    filed = {(rule, thing, stream or 0) for rule, thing, stream in standing}
    return judge_silence(list_watches(rules), filed, to_us(now), to_us(since) if since else 0)


def judge_silence(
    watches: Iterable[Watch], standing: set[Key], now_us: int, since_us: int = 0
) -> Changes:
    """Compare what is silent with what has an alarm; pure."""
    raised, cleared = [], []
    for watch in watches:
        is_silent = now_us - watch.heard_us > watch.allowed_us
        was_listened_for = now_us - since_us > watch.allowed_us
        if is_silent and was_listened_for and watch.key not in standing:
            raised.append(_event(watch, watch.heard_us + watch.allowed_us))
        elif not is_silent and watch.key in standing:
            cleared.append(_event(watch, watch.heard_us))
    return Changes(raised=tuple(raised), cleared=tuple(cleared))


def _event(watch: Watch, time_us: int) -> AlarmEvent:
    nan = float("nan")
    return AlarmEvent(
        watch.rule, watch.datastream, time_us, watch.heard_us, nan, nan, thing=watch.thing
    )


def list_watches(rules: Iterable[Rule]) -> Iterator[Watch]:
    """What these rules watch for silence, and when each was last heard."""
    candidates = load_candidates()
    watched = Thing.objects.filter(status=Status.INSTALLED).exclude(protocol="")
    things = watched.defer("credential", "properties").in_bulk()
    heard = _read_heard()
    for rule in rules:
        if rule.kind == RuleKind.OUT_OF_SERVICE:
            yield from _watch_movers(rule, things)
        elif rule.observed_property_id or rule.datastream_id:
            yield from _watch_streams(rule, candidates, things, heard)
        else:
            yield from _watch_things(rule, things, heard, candidates)


def _read_heard() -> dict[int, int]:
    """When each datastream's newest reading ends, in microseconds."""
    rows = Latest.objects.values_list("datastream_id", "time_us", "datastream__period")
    return {
        stream: time_us + Period(period).length_s * SECOND_US
        for stream, time_us, period in rows.iterator(chunk_size=5000)
    }


def _watch_streams(
    rule: Rule, candidates: Candidates, things: dict[int, Thing], heard: dict[int, int]
) -> Iterator[Watch]:
    for row in candidates.fitting(rule):
        thing = things.get(row.thing)
        allowed_us = _allowed_us(rule, thing)
        if thing and allowed_us:
            since = heard.get(row.id, to_us(thing.registered_at))
            yield Watch(rule.pk, row.thing, row.id, since, allowed_us)


def _watch_things(
    rule: Rule, things: dict[int, Thing], heard: dict[int, int], candidates: Candidates
) -> Iterator[Watch]:
    newest: dict[int, int] = {}
    for row in candidates.all:
        if row.id in heard:
            newest[row.thing] = max(heard[row.id], newest.get(row.thing, 0))
    for thing_id, thing in things.items():
        allowed_us = _allowed_us(rule, thing)
        if allowed_us and _fits_thing(rule, thing):
            since = newest.get(thing_id, to_us(thing.registered_at))
            yield Watch(rule.pk, thing_id, 0, since, allowed_us)


def _watch_movers(rule: Rule, things: dict[int, Thing]) -> Iterator[Watch]:
    """Moving things have positions instead of readings: they count as heard when they spoke."""
    heard = dict(ThingState.objects.values_list("thing_id", "last_seen_us"))
    for thing_id, thing in things.items():
        if _fits_thing(rule, thing):
            since = heard.get(thing_id) or to_us(thing.registered_at)
            yield Watch(rule.pk, thing_id, 0, since, rule.span_s * SECOND_US)


def _fits_thing(rule: Rule, thing: Thing) -> bool:
    if rule.thing_id:
        return rule.thing_id == thing.pk
    is_kind = not rule.thing_kind or rule.thing_kind == thing.kind
    is_there = is_kind and (not rule.system or rule.system == thing.system)
    return is_there and lies_in(rule.place_code, thing.place_code)


def _allowed_us(rule: Rule, thing: Thing | None) -> int:
    if thing is None:
        return 0
    return (rule.span_s or rule.count * thing.expected_interval_s) * SECOND_US
