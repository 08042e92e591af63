"""Emission sources: limits, what leaves the outlets now, and how completely they report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from ipudong.city.languages import reads_chinese
from ipudong.store.quality import Source
from ipudong.systems.environment.air_tables import china_date
from ipudong.systems.environment.emission import (
    HourSeries,
    TransmissionRate,
    combine_rates,
    transmission_rate,
)
from ipudong.systems.environment.emission_tables import EmissionLimit
from ipudong.systems.environment.grid import HourGrid, as_datetime, floor_hour
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.models import ExceedanceEvent, Outlet, OutletLimit
from ipudong.systems.environment.queries.stations import EMISSION_OUTLET, Station, list_stations

RATE_DAYS = 7
FRESH_HOURS = 6


@dataclass(frozen=True, slots=True)
class OutletStation:
    """An outlet: its station, what it is, and the limits that hold on a day."""

    station: Station
    kind: str
    organization_zh: str
    organization_en: str
    standard: str
    reference_o2_pct: float | None
    limits: tuple[OutletLimit, ...]

    @property
    def organization(self) -> str:
        """The organization in the reader's language."""
        chinese = reads_chinese()
        return self.organization_zh if chinese else self.organization_en or self.organization_zh


@dataclass(frozen=True, slots=True)
class LimitNow:
    """A limit and the newest hourly mean beside it."""

    limit: OutletLimit
    value: float | None
    quality: int
    ended_at: datetime | None

    @property
    def share(self) -> float | None:
        """The value as a share of the limit; None for pH, where a share says nothing."""
        if self.value is None or self.limit.lower is not None or not self.limit.upper:
            return None
        return self.value / self.limit.upper

    @property
    def exceeds(self) -> bool:
        """Whether the value lies outside the limit."""
        if self.value is None:
            return False
        low = self.limit.lower
        return self.value > self.limit.upper or (low is not None and self.value < low)


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet now: each limit with its value, its open events, its transmission rate."""

    outlet: OutletStation
    now: tuple[LimitNow, ...]
    stopped: bool
    rate: TransmissionRate
    open_events: int

    @property
    def exceeds(self) -> bool:
        """Whether any value is outside its limit."""
        return any(row.exceeds for row in self.now)

    @property
    def heard(self) -> bool:
        """Whether anything came in lately."""
        return any(row.ended_at is not None for row in self.now)


@dataclass(frozen=True, slots=True)
class EmissionOverview:
    """All outlets and the district's transmission effective rate of the last days."""

    rows: tuple[OutletRow, ...]
    rate: TransmissionRate
    since: datetime
    until: datetime


def list_outlets(on: date) -> list[OutletStation]:
    """Outlets with the limits that hold on a day; four queries."""
    stations = list_stations(EMISSION_OUTLET)
    facts = Outlet.objects.in_bulk([station.id for station in stations])
    limits: dict[int, list[OutletLimit]] = {}
    for limit in OutletLimit.objects.filter(outlet__in=facts).select_related("observed_property"):
        if limit.effective_from <= on and (limit.effective_to is None or on <= limit.effective_to):
            limits.setdefault(limit.outlet_id, []).append(limit)
    return [
        _outlet(station, facts[station.id], limits.get(station.id, []))
        for station in stations
        if station.id in facts
    ]


def get_outlet(station: Station, on: date) -> OutletStation:
    """The outlet of a station; raises Outlet.DoesNotExist."""
    limits = OutletLimit.objects.filter(outlet_id=station.id).select_related("observed_property")
    held = [
        row
        for row in limits
        if row.effective_from <= on and (row.effective_to is None or on <= row.effective_to)
    ]
    return _outlet(station, Outlet.objects.get(pk=station.id), held)


def _outlet(station: Station, facts: Outlet, limits: Iterable[OutletLimit]) -> OutletStation:
    return OutletStation(
        station=station,
        kind=facts.kind,
        organization_zh=facts.organization_zh,
        organization_en=facts.organization_en,
        standard=facts.standard,
        reference_o2_pct=facts.reference_o2_pct,
        limits=tuple(limits),
    )


def as_emission_limit(limit: OutletLimit, reference_o2_pct: float | None = None) -> EmissionLimit:
    """A limit as the arithmetic of emissions takes it."""
    return EmissionLimit(
        factor=limit.observed_property_id,
        upper=limit.upper,
        unit=limit.unit,
        basis=limit.basis,
        averaging=limit.averaging,
        lower=limit.lower,
        reference_oxygen_percent=reference_o2_pct,
    )


def get_emission_overview(at: datetime) -> EmissionOverview:
    """Every outlet as of an instant, with rates over the last seven whole days."""
    outlets = list_outlets(china_date(at))
    end = floor_hour(at)
    start = end - timedelta(days=RATE_DAYS)
    grid = read_hours([one.station for one in outlets], list_factors(outlets), start, end)
    events = count_open_events([one.station.id for one in outlets])
    rows = tuple(_row(grid, one, events.get(one.station.id, 0), start, end) for one in outlets)
    return EmissionOverview(rows, combine_rates([row.rate for row in rows]), start, end)


def list_factors(outlets: Sequence[OutletStation]) -> tuple[str, ...]:
    """Every property some outlet has a limit for."""
    return tuple(sorted({row.observed_property_id for one in outlets for row in one.limits}))


def count_open_events(things: Sequence[int]) -> Mapping[int, int]:
    """How many events of each station nobody has closed."""
    open_events = ExceedanceEvent.objects.filter(thing_id__in=things).exclude(state="closed")
    counts: dict[int, int] = {}
    for thing in open_events.values_list("thing_id", flat=True):
        counts[thing] = counts.get(thing, 0) + 1
    return counts


def _row(
    grid: HourGrid, outlet: OutletStation, events: int, start: datetime, end: datetime
) -> OutletRow:
    now = tuple(_limit_now(grid, outlet, limit) for limit in outlet.limits)
    stopped = bool(now) and all(row.quality & 0x0F == Source.STOPPED for row in now)
    return OutletRow(outlet, now, stopped, rate_outlet(grid, outlet, start, end), events)


def _limit_now(grid: HourGrid, outlet: OutletStation, limit: OutletLimit) -> LimitNow:
    row = grid.stations.index(outlet.station.id)
    column = grid.factors.index(limit.observed_property_id)
    received = np.flatnonzero(grid.received[row, column, -FRESH_HOURS:])
    if not len(received):
        return LimitNow(limit, None, 255, None)
    hour = len(grid.begun) - min(FRESH_HOURS, len(grid.begun)) + int(received[-1])
    value = float(grid.values[row, column, hour]) if grid.valid[row, column, hour] else None
    quality = int(grid.quality[row, column, hour])
    return LimitNow(limit, value, quality, as_datetime(grid.ended_at[hour]))


def hour_series(grid: HourGrid, station: int, factor: str) -> HourSeries:
    """One factor of one station as the arithmetic of emissions takes it."""
    row, column = grid.stations.index(station), grid.factors.index(factor)
    came = grid.received[row, column]
    return HourSeries(
        times=grid.begun[came],
        values=grid.values[row, column][came],
        valid=grid.valid[row, column][came],
    )


def stopped_hours(grid: HourGrid, station: int, factor: str) -> np.ndarray:
    """Beginnings of the hours marked F: the plant stood still and owes no data."""
    marks = grid.marks(station, factor)
    return grid.begun[(marks != 255) & ((marks & 0x0F) == Source.STOPPED)]


def rate_outlet(
    grid: HourGrid, outlet: OutletStation, start: datetime, end: datetime
) -> TransmissionRate:
    """Transmission effective rate of an outlet: all its limited factors together."""
    station = outlet.station.id
    return combine_rates(
        [
            transmission_rate(
                hour_series(grid, station, limit.observed_property_id),
                start,
                end,
                stopped_hours(grid, station, limit.observed_property_id),
            )
            for limit in outlet.limits
        ]
    )
