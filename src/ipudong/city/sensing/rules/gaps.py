"""Silence looked for in history: what `silence.py` finds live, found in the times of readings."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.changes import AlarmEvent, Changes
from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.models import Datastream, Period, Rule, RuleKind
from ipudong.city.sensing.rules.silence import Watch, list_watches


@dataclass(slots=True)
class _Line:
    """One watch and what it knows: until when it was heard, and whether it would be an alarm."""

    watch: Watch
    heard_us: int
    is_raised: bool = False


class GapWatch:
    """Watches over the times of readings, given in order of time."""

    def __init__(self, lines: dict[int, tuple[list[Watch], int]]) -> None:
        """`lines`: of each datastream (or thing) read, the watches that hear it and how long its
        readings stand for, in microseconds."""
        self._lengths = {subject: length for subject, (_watches, length) in lines.items()}
        known: dict[tuple[int, int, int], _Line] = {}
        self._lines: dict[int, list[_Line]] = {}
        for subject, (watches, _length) in lines.items():
            self._lines[subject] = [
                known.setdefault(watch.key, _Line(watch, watch.heard_us)) for watch in watches
            ]

    @property
    def subjects(self) -> list[int]:
        """What is to be read."""
        return sorted(self._lines)

    def take(self, subject: NDArray[np.int32], time: NDArray[np.int64]) -> Changes:
        """Hear a batch."""
        heard: dict[int, tuple[_Line, list[NDArray[np.int64]]]] = {}
        for at in np.unique(subject).tolist():
            times = time[subject == at] + self._lengths[at]
            for line in self._lines[at]:
                heard.setdefault(id(line), (line, []))[1].append(times)
        raised: list[AlarmEvent] = []
        cleared: list[AlarmEvent] = []
        for line, parts in heard.values():
            self._follow(line, np.unique(np.concatenate(parts)), raised, cleared)
        return Changes(tuple(raised), tuple(cleared))

    def _follow(
        self,
        line: _Line,
        times: NDArray[np.int64],
        raised: list[AlarmEvent],
        cleared: list[AlarmEvent],
    ) -> None:
        times = times[times > line.heard_us]
        if not len(times):
            return
        before = np.append(line.heard_us, times[:-1])
        for at in np.flatnonzero(times - before > line.watch.allowed_us).tolist():
            if not line.is_raised:
                raised.append(_event(line, int(before[at])))
            cleared.append(_event(line, int(before[at]), int(times[at])))
            line.is_raised = False
        if line.is_raised:
            cleared.append(_event(line, line.heard_us, int(times[0])))
            line.is_raised = False
        line.heard_us = int(times[-1])

    def finish(self, now_us: int) -> Changes:
        """What is silent at the end."""
        lines = {id(line): line for lines in self._lines.values() for line in lines}.values()
        silent = [
            line
            for line in lines
            if not line.is_raised and now_us - line.heard_us > line.watch.allowed_us
        ]
        return Changes(raised=tuple(_event(line, line.heard_us) for line in silent))


def _event(line: _Line, heard_us: int, ended_us: int | None = None) -> AlarmEvent:
    nan, watch = float("nan"), line.watch
    time_us = heard_us + watch.allowed_us if ended_us is None else ended_us
    return AlarmEvent(watch.rule, watch.datastream, time_us, heard_us, nan, nan, thing=watch.thing)


def list_gap_watches(rule: Rule, start_us: int) -> dict[int, tuple[list[Watch], int]]:
    """The watches of a rule on silence, by what they hear; none for other rules. They count from
    `start_us` on: what was before is not known."""
    is_mute = rule.kind == RuleKind.MISSING
    if not is_mute and not (rule.kind == RuleKind.OUT_OF_SERVICE and rule.span_s):
        return {}
    watches = [
        Watch(watch.rule, watch.thing, watch.datastream, start_us, watch.allowed_us)
        for watch in list_watches([rule])
    ]
    if not is_mute:
        return {watch.thing: ([watch], 0) for watch in watches}
    return _hear(watches)


def _hear(watches: Iterable[Watch]) -> dict[int, tuple[list[Watch], int]]:
    by_stream: dict[int, list[Watch]] = {}
    by_thing: dict[int, list[Watch]] = {}
    for watch in watches:
        key, group = (watch.datastream, by_stream) if watch.datastream else (watch.thing, by_thing)
        group.setdefault(key, []).append(watch)
    lines: dict[int, tuple[list[Watch], int]] = {}
    for stream, thing, period in Datastream.objects.values_list("id", "thing_id", "period"):
        heard_by = by_stream.get(stream, []) + by_thing.get(thing, [])
        if heard_by:
            lines[stream] = (heard_by, Period(period).length_s * SECOND_US)
    return lines
