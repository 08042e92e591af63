"""What a trial found as pictures: alarms by day, and one stream with its limit."""

from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from ipudong.city.sensing.clock import from_us, to_us
from ipudong.city.sensing.models import Alarm, Datastream, Rule, RuleKind, RuleTrial
from ipudong.city.sensing.queries.readings import read_aggregates
from ipudong.portal.unit_signs import sign_of

POINTS: Final = 400
STEPS_S: Final = (60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)


def describe_days(trial: RuleTrial) -> dict[str, Any] | None:
    """Alarms by day, days without one included; None without any."""
    if not trial.by_day:
        return None
    first, last = localtime(trial.start_at).date(), localtime(trial.end_at).date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {
        "kind": "bar",
        "title": _("Alarms by day"),
        "x": "category",
        "categories": [f"{day:%m-%d}" for day in days],
        "series": [
            {
                "name": _("Alarms"),
                "points": [[f"{d:%m-%d}", trial.by_day.get(d.isoformat(), 0)] for d in days],
            }
        ],
        "decimals": 0,
        "min": 0,
    }


def describe_trial_stream(trial: RuleTrial) -> dict[str, Any] | None:
    """The datastream with most would-be alarms, its limit and those alarms; None without one."""
    counts: dict[int, int] = {}
    for row in trial.found:
        if row["datastream"]:
            counts[row["datastream"]] = counts.get(row["datastream"], 0) + 1
    if not counts:
        return None
    stream_id = max(counts, key=lambda stream: counts[stream])
    spans = [
        (row["raised_us"], row["cleared_us"] or to_us(trial.end_at))
        for row in trial.found
        if row["datastream"] == stream_id
    ]
    stream = Datastream.objects.select_related("observed_property", "thing").get(pk=stream_id)
    return describe_stream(trial.rule, stream, trial.start_at, trial.end_at, spans)


def describe_alarm_stream(alarm: Alarm, now: datetime) -> dict[str, Any] | None:
    """The readings around an alarm; None for one of a whole thing."""
    if alarm.datastream is None:
        return None
    end = alarm.cleared_at or now
    margin = max(timedelta(hours=3), min((end - alarm.began_at) / 2, timedelta(days=2)))
    start = alarm.began_at - margin
    end = min(max(end + margin, alarm.began_at + margin), max(now, start + margin))
    span = (to_us(alarm.began_at), to_us(alarm.cleared_at or now))
    return describe_stream(alarm.rule, alarm.datastream, start, end, [span], alarm.thing.name)


def describe_stream(
    rule: Rule,
    stream: Datastream,
    start: datetime,
    end: datetime,
    spans: list[tuple[int, int]],
    place: str = "",
) -> dict[str, Any] | None:
    """A stream's course with the rule's limit; what lies in the spans is drawn in red."""
    every = _find_step(end - start)
    rows = read_aggregates([stream.pk], start, end, every).get(stream.pk)
    if rows is None:
        return None
    worst = rows.min if rule.kind == RuleKind.BELOW else rows.max
    times, step_us = rows.time_us, int(every.total_seconds() * 1_000_000)
    is_alarm = np.zeros(len(times), np.bool_)
    for begins, ends in spans:
        is_alarm |= (times + step_us > begins) & (times <= ends)
    return {
        "kind": "line",
        "title": f"{place or stream.thing.name} · {stream.observed_property.name}",
        "unit": sign_of(stream.unit),
        "x": "time",
        "series": [
            {"name": _("Measured"), "points": _points(times, worst)},
            {
                "name": _("Alarm"),
                "points": _points(times, np.where(is_alarm, worst, np.nan)),
                "color": "--bad",
            },
        ],
        "limits": _limits(rule),
        "decimals": stream.observed_property.decimals,
    }


def _limits(rule: Rule) -> list[dict[str, Any]]:
    if rule.limit is None or rule.kind not in (RuleKind.ABOVE, RuleKind.BELOW):
        return []
    return [{"value": rule.limit, "name": _("limit"), "tone": "bad"}]


def _points(times: np.ndarray, values: np.ndarray) -> list[list[Any]]:
    return [
        [localtime(from_us(at)).isoformat(), None if np.isnan(value) else round(value, 4)]
        for at, value in zip(times.tolist(), values.tolist(), strict=True)
    ]


def _find_step(length: timedelta) -> timedelta:
    wanted = length.total_seconds() / POINTS
    return timedelta(seconds=next((step for step in STEPS_S if step >= wanted), STEPS_S[-1]))
