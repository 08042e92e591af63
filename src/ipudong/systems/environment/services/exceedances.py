"""The round that finds exceedances in the hourly data; doing it again changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction

from ipudong.systems.environment import emission
from ipudong.systems.environment.air_tables import china_date
from ipudong.systems.environment.emission_tables import EmissionLimit
from ipudong.systems.environment.grid import HOUR, HourGrid, floor_hour
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.models import EventState, ExceedanceEvent
from ipudong.systems.environment.properties import PROPERTY_ROWS
from ipudong.systems.environment.queries.emission import (
    OutletStation,
    as_emission_limit,
    hour_series,
    list_factors,
    list_outlets,
)
from ipudong.systems.environment.queries.water import (
    JUDGED_ITEMS,
    Section,
    WaterSample,
    judge_samples,
    list_sections,
)

LOOK_BACK = timedelta(days=3)
FIRST_LOOK_BACK = timedelta(days=31)
SAMPLES_APART = timedelta(hours=4)
"""A section is sampled every four hours: an event goes on while no sample in between was missed."""


@dataclass(frozen=True, slots=True)
class Found:
    """One exceedance as the data show it; `last_at` the end of its last hour or sample."""

    thing_id: int
    factor: str
    began_at: datetime
    last_at: datetime
    lasts: bool
    hours: int
    limit: float
    lower: bool
    peak: float
    peak_at: datetime
    mean: float
    unit: str


def record_exceedances(now: datetime) -> int:
    """Find exceedances of outlets and sections up to `now` and write them; how many there are.

    Looks three days back, or as far as the oldest event that still lasts, and a month the first
    time. An event nobody touched that better data contradict is taken back.
    """
    end = floor_hour(now)
    start = _start(end)
    found = [*_find_at_outlets(start, end, now), *_find_at_sections(start, end)]
    _write(found, start, now)
    return len(found)


def _start(end: datetime) -> datetime:
    events = ExceedanceEvent.objects.all()
    if not events.exists():
        return end - FIRST_LOOK_BACK
    lasting = events.filter(ended_at=None).order_by("began_at").first()
    back = end - LOOK_BACK
    # Whole days, so that a daily mean is not judged on part of its day.
    oldest = min(back, lasting.began_at) if lasting else back
    return max(oldest, end - FIRST_LOOK_BACK).replace(hour=16) - timedelta(days=1)


def _find_at_outlets(start: datetime, end: datetime, now: datetime) -> Iterator[Found]:
    outlets = list_outlets(china_date(now))
    grid = read_hours([one.station for one in outlets], list_factors(outlets), start, end)
    for outlet in outlets:
        for limit in outlet.limits:
            rule = as_emission_limit(limit, outlet.reference_o2_pct)
            yield from _at_outlet(grid, outlet, rule, end)


def _at_outlet(
    grid: HourGrid, outlet: OutletStation, limit: EmissionLimit, end: datetime
) -> Iterator[Found]:
    series = hour_series(grid, outlet.station.id, limit.factor)
    for event in emission.exceedance_events(series, limit):
        yield Found(
            thing_id=outlet.station.id,
            factor=limit.factor,
            began_at=event.started_at,
            last_at=event.ended_at,
            lasts=event.ended_by == "open" and event.ended_at > end - timedelta(days=1),
            hours=event.hours,
            limit=event.limit,
            lower=limit.lower is not None and event.limit == limit.lower,
            peak=event.peak,
            peak_at=event.peak_at,
            mean=event.mean,
            unit=limit.unit,
        )


def _find_at_sections(start: datetime, end: datetime) -> Iterator[Found]:
    sections = list_sections(imported=False)
    grid = read_hours([one.station for one in sections], JUDGED_ITEMS, start, end)
    for row, section in enumerate(sections):
        samples = judge_samples(grid, row, section)
        for item in JUDGED_ITEMS:
            yield from _at_section(section, item, samples)


def _at_section(section: Section, item: str, samples: list[WaterSample]) -> Iterator[Found]:
    """Runs of samples in which an item is worse than the section's target class."""
    run: list[tuple[datetime, float, float]] = []
    for sample in samples:
        over = next((one for one in sample.exceedances if one.item == item), None)
        if over is not None and (not run or sample.sampled_at - run[-1][0] <= SAMPLES_APART):
            run.append((sample.sampled_at, over.value, over.limit))
            continue
        if run:
            yield _section_event(section, item, run, lasts=False)
        run = [(sample.sampled_at, over.value, over.limit)] if over is not None else []
    if run:
        yield _section_event(section, item, run, lasts=True)


def _section_event(
    section: Section, item: str, run: list[tuple[datetime, float, float]], *, lasts: bool
) -> Found:
    values = np.array([value for _, value, _ in run])
    limit = run[0][2]
    below = bool(values[0] < limit)
    top = int(values.argmin() if below else values.argmax())
    last_at = run[-1][0] + HOUR
    return Found(
        thing_id=section.station.id,
        factor=item,
        began_at=run[0][0],
        last_at=last_at,
        lasts=lasts,
        hours=int((last_at - run[0][0]) / HOUR),
        limit=limit,
        lower=below,
        peak=float(values[top]),
        peak_at=run[top][0],
        mean=float(values.mean()),
        unit=PROPERTY_ROWS[item].unit,
    )


@transaction.atomic
def _write(found: Iterable[Found], start: datetime, now: datetime) -> None:
    known = {
        (event.thing_id, event.observed_property_id, event.began_at): event
        for event in ExceedanceEvent.objects.filter(began_at__gte=start)
    }
    for one in found:
        event = known.pop((one.thing_id, one.factor, one.began_at), None)
        if event is None:
            # An event cut off by the window's start is the older row going on.
            if one.began_at <= start + HOUR and _go_on(one):
                continue
            event = ExceedanceEvent(
                thing_id=one.thing_id,
                observed_property_id=one.factor,
                began_at=one.began_at,
                found_at=now,
            )
        _fill(event, one)
    contradicted = [e.pk for e in known.values() if e.state == EventState.NEW]
    ExceedanceEvent.objects.filter(pk__in=contradicted, notes=None).delete()


def _go_on(one: Found) -> bool:
    older = ExceedanceEvent.objects.filter(
        thing_id=one.thing_id,
        observed_property_id=one.factor,
        began_at__lt=one.began_at,
        last_at__gte=one.began_at,
    )
    return older.exists()


def _fill(event: ExceedanceEvent, one: Found) -> None:
    facts = {
        "last_at": one.last_at,
        "ended_at": None if one.lasts else one.last_at,
        "hours": one.hours,
        "limit": one.limit,
        "lower": one.lower,
        "peak": one.peak,
        "peak_at": one.peak_at,
        "mean": one.mean,
        "unit": one.unit,
    }
    if event.pk and all(getattr(event, name) == value for name, value in facts.items()):
        return
    for name, value in facts.items():
        setattr(event, name, value)
    event.save()
