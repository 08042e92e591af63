"""A rule run over what was measured, by the engine that runs it live.

A day at a time, so that a month needs no more memory than a day, and whoever waits sees how far it
is. What the engine would not have judged live (defects, by their quality) is not judged here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import DAY_US, SECOND_US, to_us
from ipudong.city.sensing.directory import Directory, load_directory
from ipudong.city.sensing.models import Rule, RuleKind
from ipudong.city.sensing.rules.bindings import Bindings
from ipudong.city.sensing.rules.compiling import build_rule_table, load_candidates
from ipudong.city.sensing.rules.compiling_moving import MOVING_CHECKS, load_movers
from ipudong.city.sensing.rules.engine import RuleEngine
from ipudong.city.sensing.rules.gaps import GapWatch, list_gap_watches
from ipudong.city.sensing.rules.moving import Fixes
from ipudong.city.sensing.rules.table import RuleTable
from ipudong.store import batches
from ipudong.store.history import History

MOST_FOUND: Final = 200
Subject = tuple[int, int]  # thing, datastream (0: the thing as a whole)


@dataclass(slots=True)
class WouldBe:
    """An alarm that would have been raised; instants in microseconds."""

    thing: int
    datastream: int
    began_us: int
    raised_us: int
    cleared_us: int | None = None
    value: float | None = None
    peak: float | None = None
    occurrences: int = 1


@dataclass(slots=True)
class Tally:
    """The alarms so far, raised again within the quiet time counted as one."""

    quiet_us: int
    things: np.ndarray
    found: list[WouldBe] = field(default_factory=list)
    by_day: dict[int, int] = field(default_factory=dict)
    count: int = 0
    _last: dict[Subject, WouldBe] = field(default_factory=dict)

    def take(self, changes: Changes) -> None:
        """Go on with what one batch found."""
        events = [(event.time_us, 0, event) for event in changes.cleared]
        events += [(event.time_us, 1, event) for event in changes.raised]
        for _time, is_raised, event in sorted(events, key=lambda row: row[:2]):
            subject = self._subject(event)
            (self._raise if is_raised else self._clear)(subject, event)
        for event in changes.peaked:
            alarm = self._last.get(self._subject(event))
            if alarm is not None:
                alarm.peak = event.peak

    def _subject(self, event: AlarmEvent) -> Subject:
        if event.thing or not event.datastream:
            return event.thing, event.datastream
        return int(self.things[event.datastream]), event.datastream

    def _raise(self, subject: Subject, event: AlarmEvent) -> None:
        last = self._last.get(subject)
        if last is not None and last.cleared_us is None:
            return
        if last is not None and event.time_us - (last.cleared_us or 0) <= self.quiet_us:
            last.cleared_us = None
            last.occurrences += 1
            return
        alarm = WouldBe(*subject, event.began_us, event.time_us)
        if np.isfinite(event.value):
            alarm.value, alarm.peak = event.value, event.peak
        self._last[subject] = alarm
        self.count += 1
        day = (event.time_us + 8 * DAY_US // 24) // DAY_US
        self.by_day[day] = self.by_day.get(day, 0) + 1
        if len(self.found) < MOST_FOUND:
            self.found.append(alarm)

    def _clear(self, subject: Subject, event: AlarmEvent) -> None:
        alarm = self._last.get(subject)
        if alarm is not None and alarm.cleared_us is None:
            alarm.cleared_us = event.time_us
            if alarm.peak is not None and np.isfinite(event.peak):
                alarm.peak = event.peak


class Trial:
    """One rule over one stretch of history; `run` gives back after each day."""

    def __init__(self, rule: Rule, history: History, start: datetime, end: datetime) -> None:
        self._rule, self._history = rule, history
        self._start_us, self._end_us = to_us(start), to_us(end)
        directory = load_directory()
        self._table = self._bind(directory)
        self._engine = RuleEngine(self._table, judge_resent=True)
        self._gaps = GapWatch(list_gap_watches(rule, self._start_us))
        self._is_moving = rule.kind in MOVING_CHECKS
        self.tally = Tally(rule.quiet_s * SECOND_US, directory.streams.thing)
        self.readings = 0
        self.judged_us = self._start_us

    def _bind(self, directory: Directory) -> RuleTable:
        movers = load_movers() if self._rule.kind in MOVING_CHECKS else []
        table = build_rule_table([self._rule], load_candidates(), directory, movers=movers)
        rates = table.rates if self._rule.kind == RuleKind.RATE else Bindings.build([])
        if len(rates):
            rates = rates.take(rates.rule > 0)  # possible rates were judged when it came in
        return replace(table, rates=rates)

    @property
    def streams(self) -> list[int]:
        """The datastreams (or things, of moving rules) it looks at."""
        if self._gaps.subjects:
            return self._gaps.subjects
        if self._is_moving:
            return sorted(set(self._table.moving.bindings.datastream.tolist()))
        table = self._table
        kinds = (
            table.thresholds,
            table.rates,
            table.flats,
            table.pairs,
            table.combinations.members,
        )
        ids = {stream for kind in kinds for stream in kind.datastream.tolist()}
        return sorted(ids | set(table.pairs.other.tolist()))

    def run(self) -> Iterator[float]:
        """Judge day after day; gives the share that is done."""
        keys = self.streams
        while keys and self.judged_us < self._end_us:
            until = min((self.judged_us // DAY_US + 1) * DAY_US, self._end_us)
            self._judge_day(keys, self.judged_us, until)
            self.judged_us = until
            yield (until - self._start_us) / max(1, self._end_us - self._start_us)
        self.tally.take(self._gaps.finish(self._end_us))

    def _judge_day(self, keys: Sequence[int], start_us: int, end_us: int) -> None:
        if self._is_moving:
            self._judge_positions(keys, start_us, end_us)
            return
        rows = self._history.read(list(keys), start_us, end_us)
        self.readings += rows.num_rows
        stream, time = batches.to_numpy(rows, "datastream"), batches.to_numpy(rows, "time")
        if self._gaps.subjects:
            self.tally.take(self._gaps.take(stream, time))
            return
        result, quality = (batches.to_numpy(rows, name) for name in ("result", "quality"))
        quality = np.asarray(quality, np.uint8)
        self.tally.take(self._engine.evaluate(stream, time, result, quality))

    def _judge_positions(self, keys: Sequence[int], start_us: int, end_us: int) -> None:
        rows = self._history.read_positions(list(keys), start_us, end_us)
        self.readings += rows.num_rows
        names = ("thing", "time", "lon", "lat", "speed", "status")
        columns = [batches.to_numpy(rows, name) for name in names]
        if self._gaps.subjects:
            self.tally.take(self._gaps.take(columns[0], columns[1]))
            return
        columns[2:5] = [np.asarray(column, np.float64) for column in columns[2:5]]
        self.tally.take(self._engine.evaluate_positions(Fixes(*columns)))
