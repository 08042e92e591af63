"""Writing what rules found: a batch of events becomes alarms, in memory first, then at once.

A storm of alarms is written in bulk. What is raised again soon after it ended counts on the same
alarm; what happens during maintenance is kept but told to nobody; a flood of one rule is gathered
under one summary.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import isfinite
from typing import Final

from django.db import connection, transaction
from django.db.models import Count, Q

from ipudong.city.sensing.alarm_options import FLOOD_PER_MINUTE
from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.models import (
    Alarm,
    AlarmState,
    AlarmStep,
    Datastream,
    Occasion,
    Rule,
    RuleKind,
    Thing,
)
from ipudong.city.sensing.services.escalation import load_escalation
from ipudong.city.sensing.services.notices import queue_notices
from ipudong.city.sensing.services.suppression_match import load_suppressions

Key = tuple[int, int, int | None]  # rule, thing, datastream
NARROW_UP_TO: Final = 500
FLOOD_SPAN: Final = timedelta(minutes=1)

_UPDATE_ALARM = """
UPDATE sensing_alarm SET state = %s, cleared_at = %s, changed_at = %s, peak = %s, occurrences = %s,
last_at = %s, escalate_at = %s WHERE id = %s
"""


@transaction.atomic
def apply_rule_changes(changes: Changes, *, at: datetime) -> list[int]:
    """Write what rules found; returns the ids of alarms raised or cleared.

    `at` is when it was noticed. At most one open alarm stands per rule and datastream: raising it
    again is none. Events of things, datastreams or rules removed meanwhile are passed over. Within
    a batch an alarm may be raised, cleared and raised again: events are applied in time order.
    """
    events = [*changes.raised, *changes.cleared, *changes.peaked]
    if not events:
        return []
    ledger = _Ledger(events, at)
    ordered = [(e, ledger.put) for e in changes.raised]
    ordered += [(e, ledger.clear) for e in changes.cleared]
    # A clearing ends what stood before the same instant's raising.
    ordered.sort(key=lambda pair: (pair[0].time_us, pair[1] == ledger.put))
    for event, act in [*ordered, *((e, ledger.worsen) for e in changes.peaked)]:
        key = ledger.key_of(event)
        if key is not None:
            act(key, event)
    return ledger.save()


class _Ledger:
    """The alarms a batch of events is about: read once, changed in memory, written once."""

    def __init__(self, events: Iterable[AlarmEvent], at: datetime) -> None:
        events = list(events)
        self._at = at
        self._rules = Rule.objects.in_bulk({event.rule_id for event in events})
        self._streams = Datastream.objects.in_bulk({e.datastream for e in events if e.datastream})
        things = {event.thing for event in events if not event.datastream}
        things |= {stream.thing_id for stream in self._streams.values()}
        self._things = Thing.objects.defer("credential").in_bulk(things)
        self._standing: dict[Key, Alarm] = {
            (alarm.rule_id, alarm.thing_id, alarm.datastream_id): alarm
            for alarm in self._read_standing(events)
        }
        self._ended = self._read_ended(events)
        self._suppressions = load_suppressions(events, at)
        self._escalation = load_escalation()
        self._floods = _Floods(self._rules, at)
        self._raised: list[Alarm] = []
        self._cleared: list[Alarm] = []
        self._reopened: list[Alarm] = []
        self._changed: dict[int, Alarm] = {}
        self._steps: list[AlarmStep] = []

    def _read_standing(self, events: list[AlarmEvent]) -> Iterable[Alarm]:
        standing = Alarm.objects.filter(rule_id__in=self._rules, cleared_at=None, is_summary=False)
        if len(events) <= NARROW_UP_TO:  # a few events do not read every alarm of their rules
            things = [event.thing for event in events if not event.datastream]
            whole = Q(datastream=None, thing__in=things)
            standing = standing.filter(Q(datastream__in=self._streams) | whole)
        return standing.iterator(chunk_size=2000)

    def _read_ended(self, events: list[AlarmEvent]) -> dict[Key, Alarm]:
        """The last alarm of each key that ended so short ago that it may go on."""
        quiet = {pk: rule.quiet_s for pk, rule in self._rules.items() if rule.quiet_s}
        if not quiet:
            return {}
        first = from_us(min(event.time_us for event in events))
        ended = Alarm.objects.filter(
            rule_id__in=quiet,
            is_summary=False,
            state__in=(AlarmState.CLEARED, AlarmState.SUPPRESSED),
            cleared_at__gte=first - timedelta(seconds=max(quiet.values())),
        ).order_by("cleared_at")
        return {(alarm.rule_id, alarm.thing_id, alarm.datastream_id): alarm for alarm in ended}

    def key_of(self, event: AlarmEvent) -> Key | None:
        """Which alarm an event is about; None when its rule, thing or datastream is gone."""
        if event.rule_id not in self._rules:
            return None
        if not event.datastream:
            return (event.rule_id, event.thing, None) if event.thing in self._things else None
        stream = self._streams.get(event.datastream)
        return (event.rule_id, stream.thing_id, stream.pk) if stream else None

    def put(self, key: Key, event: AlarmEvent) -> None:
        """Raise, unless it stands; one that ended shortly before goes on."""
        if key in self._standing:
            return
        ended = self._ended.get(key)
        if ended is not None and self._goes_on(ended, event):
            self._reopen(ended, event)
        else:
            self._raise(key, event)

    def _goes_on(self, ended: Alarm, event: AlarmEvent) -> bool:
        rule = self._rules[event.rule_id]
        if ended.cleared_at is None or ended.state == AlarmState.CLOSED or not rule.quiet_s:
            return False
        return from_us(event.time_us) - ended.cleared_at <= timedelta(seconds=rule.quiet_s)

    def _reopen(self, alarm: Alarm, event: AlarmEvent) -> None:
        rule = self._rules[event.rule_id]
        alarm.cleared_at = None
        if alarm.state != AlarmState.SUPPRESSED:
            is_taken = alarm.acknowledged_at is not None
            alarm.state = AlarmState.ACKNOWLEDGED if is_taken else AlarmState.RAISED
            alarm.escalate_at = None if is_taken else self._escalation.first(rule, self._at)
        alarm.occurrences += 1
        alarm.last_at, alarm.changed_at = from_us(event.time_us), self._at
        if alarm.peak is not None:
            alarm.peak = (min if rule.kind == RuleKind.BELOW else max)(alarm.peak, event.peak)
        self._standing[alarm.rule_id, alarm.thing_id, alarm.datastream_id] = alarm
        self._reopened.append(alarm)
        if alarm.pk is not None:
            self._changed[alarm.pk] = alarm

    def _raise(self, key: Key, event: AlarmEvent) -> None:
        rule, thing = self._rules[event.rule_id], self._things[key[1]]
        has_value = rule.kind != RuleKind.MISSING and isfinite(event.value)
        alarm = Alarm(
            rule=rule,
            thing=thing,
            datastream_id=key[2],
            severity=rule.severity,
            began_at=from_us(event.began_us),
            raised_at=from_us(event.time_us),
            last_at=from_us(event.time_us),
            noticed_at=self._at,
            changed_at=self._at,
            value=event.value if has_value else None,
            peak=event.peak if has_value else None,
            limit=rule.limit,
            detail=_detail_of(event),
        )
        suppression = self._suppressions.find(rule, thing, key[2], alarm.raised_at)
        if suppression is not None:
            alarm.state, alarm.suppression = AlarmState.SUPPRESSED, suppression
        elif not self._floods.take_in(alarm):
            alarm.escalate_at = self._escalation.first(rule, self._at)
        self._standing[key] = alarm
        self._raised.append(alarm)

    def clear(self, key: Key, event: AlarmEvent) -> None:
        """End what stands; what a person closed before stays closed."""
        alarm = self._standing.pop(key, None)
        if alarm is None:
            return
        if alarm.is_open:
            alarm.state = AlarmState.CLEARED
        alarm.cleared_at, alarm.changed_at = from_us(event.time_us), self._at
        alarm.escalate_at = None
        if alarm.peak is not None and isfinite(event.peak) and alarm.occurrences == 1:
            alarm.peak = event.peak
        self._ended[key] = alarm
        self._cleared.append(alarm)
        if alarm.pk is not None:
            self._changed[alarm.pk] = alarm

    def worsen(self, key: Key, event: AlarmEvent) -> None:
        """Note a new peak of what stands."""
        alarm = self._standing.get(key)
        if alarm is not None and alarm.peak is not None:
            alarm.peak, alarm.changed_at = event.peak, self._at
            if alarm.pk is not None:
                self._changed[alarm.pk] = alarm

    def save(self) -> list[int]:
        """Write everything; what ended first, so that what is raised anew finds room."""
        self._update()
        self._floods.save()
        Alarm.objects.bulk_create(self._raised, batch_size=500)
        self._note_steps()
        self._tell()
        self._floods.end(self._cleared)
        touched = (*self._cleared, *self._raised, *self._reopened)
        return list(dict.fromkeys(alarm.pk for alarm in touched))

    def _update(self) -> None:
        adapt = connection.ops.adapt_datetimefield_value
        rows = [
            (
                alarm.state,
                adapt(alarm.cleared_at),
                adapt(alarm.changed_at),
                alarm.peak,
                alarm.occurrences,
                adapt(alarm.last_at),
                adapt(alarm.escalate_at),
                alarm.pk,
            )
            for alarm in sorted(self._changed.values(), key=lambda alarm: alarm.is_open)
        ]
        if rows:
            with connection.cursor() as cursor:
                cursor.executemany(_UPDATE_ALARM, rows)

    def _note_steps(self) -> None:
        steps = [
            AlarmStep(alarm_id=alarm.pk, at=self._at, code="again", detail={"n": alarm.occurrences})
            for alarm in self._reopened
        ]
        AlarmStep.objects.bulk_create(steps, batch_size=500)

    def _tell(self) -> None:
        new = [alarm for alarm in self._raised if alarm.state != AlarmState.SUPPRESSED]
        queue_notices([*new, *self._floods.new], Occasion.RAISED, at=self._at)
        ended = [alarm for alarm in self._cleared if alarm.state == AlarmState.CLEARED]
        queue_notices(ended, Occasion.CLEARED, at=self._at)


def _detail_of(event: AlarmEvent) -> dict[str, float]:
    detail: dict[str, float] = {"other": event.other} if event.other else {}
    if event.lon is not None and event.lat is not None and isfinite(event.lon + event.lat):
        detail |= {"lon": round(event.lon, 6), "lat": round(event.lat, 6)}
    return detail


class _Floods:
    """Alarms of one rule beyond so many a minute, gathered under a summary."""

    def __init__(self, rules: dict[int, Rule], at: datetime) -> None:
        self._at, self._limit = at, FLOOD_PER_MINUTE.get()
        rows = Alarm.objects.filter(
            rule_id__in=rules, noticed_at__gt=at - FLOOD_SPAN, noticed_at__lte=at, is_summary=False
        )
        counted = rows.values_list("rule").annotate(count=Count("pk"))
        self._counts = Counter(dict(counted))
        standing = Alarm.objects.filter(rule_id__in=rules, is_summary=True, cleared_at=None)
        self._summaries = {alarm.rule_id: alarm for alarm in standing.exclude(state="closed")}
        self._grown: dict[int, Alarm] = {}
        self.new: list[Alarm] = []

    def take_in(self, alarm: Alarm) -> bool:
        """Count an alarm; True when it is one too many and now part of a flood."""
        rule = alarm.rule
        self._counts[rule.pk] += 1
        if self._counts[rule.pk] <= (rule.flood_per_min or self._limit):
            return False
        summary = self._summaries.get(rule.pk) or self._begin(alarm)
        summary.occurrences += 1
        summary.last_at, summary.changed_at = alarm.raised_at, self._at
        self._grown[rule.pk] = summary
        alarm.state, alarm.summary = AlarmState.SUPPRESSED, summary
        return True

    def _begin(self, first: Alarm) -> Alarm:
        summary = Alarm(
            rule=first.rule,
            thing=first.thing,
            severity=first.severity,
            is_summary=True,
            occurrences=0,
            began_at=first.began_at,
            raised_at=first.raised_at,
            noticed_at=self._at,
            changed_at=self._at,
        )
        self._summaries[first.rule.pk] = summary
        self.new.append(summary)
        return summary

    def save(self) -> None:
        """Write the summaries, before the alarms that are part of them."""
        Alarm.objects.bulk_create(self.new)
        grown = [alarm for alarm in self._grown.values() if alarm not in self.new]
        Alarm.objects.bulk_update(grown, ["occurrences", "last_at", "changed_at"])

    def end(self, cleared: Iterable[Alarm]) -> None:
        """A flood ends with the last of its alarms."""
        ids = {alarm.summary_id for alarm in cleared if alarm.summary_id}
        if not ids:
            return
        over = Alarm.objects.filter(pk__in=ids, cleared_at=None).exclude(
            pk__in=Alarm.objects.filter(summary_id__in=ids, cleared_at=None).values("summary_id")
        )
        over.filter(state__in=("raised", "acknowledged")).update(
            state=AlarmState.CLEARED, cleared_at=self._at, changed_at=self._at
        )
        over.update(cleared_at=self._at, changed_at=self._at)
