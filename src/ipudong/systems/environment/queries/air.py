"""The air: AQI of every station from its valid hours, computed when asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from django.core.cache import cache

from ipudong.systems.environment.air_days import AirDay, evaluate_days, rank
from ipudong.systems.environment.air_tables import (
    CHINA_STANDARD_TIME,
    FACTORS,
    Level,
    china_date,
    get_edition,
    get_level,
)
from ipudong.systems.environment.aqi_columns import aqi_hourly, names_of
from ipudong.systems.environment.grid import (
    HOUR,
    NO_READING,
    HourGrid,
    as_datetime,
    floor_hour,
)
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.queries.stations import AIR_STATION, Station, list_stations

FRESH_HOURS = 24
"""How far back the overview looks for the newest hour in which anything came in."""
CACHE_S = 2
"""Shorter than the three seconds a map waits after a reading before it fetches its layer."""


@dataclass(frozen=True, slots=True)
class AirHourly:
    """One station and hour: values, marks and what HJ 633 makes of them.

    `aqi` None is "NA"; `missing` names the factors without a valid value. Values µg/m³, CO mg/m³.
    """

    station: Station
    ended_at: datetime
    edition: str
    aqi: int | None
    iaqi: Mapping[str, int | None]
    primary: tuple[str, ...]
    missing: tuple[str, ...]
    values: Mapping[str, float | None]
    quality: Mapping[str, int]
    place: int | None = None

    @property
    def level(self) -> Level | None:
        """Level of the AQI."""
        return None if self.aqi is None else get_level(self.aqi)


@dataclass(frozen=True, slots=True)
class AirOverview:
    """The stations at the newest hour, with the 24 hours before it."""

    asked_at: datetime
    ended_at: datetime | None
    edition: str
    stations: tuple[AirHourly, ...] = ()
    silent: tuple[Station, ...] = ()
    hours: tuple[datetime, ...] = ()
    """Ends of the 24 hours."""
    series: Mapping[int, Sequence[int | None]] = field(default_factory=dict)
    """Station id -> AQI of each of `hours`."""

    @property
    def simulated(self) -> bool:
        """Whether any of the stations is simulated."""
        return any(row.station.simulated for row in self.stations)


def get_air_overview(at: datetime) -> AirOverview:
    """The live stations as of an instant; a crowd that asks at once shares an answer."""
    key = f"environment.air.{floor_hour(at):%Y%m%d%H}.{int(at.timestamp()) // CACHE_S}"
    found: AirOverview | None = cache.get(key)
    if found is None:
        found = _overview(at)
        cache.set(key, found, CACHE_S)
    return found


def _overview(at: datetime) -> AirOverview:
    stations = list_stations(AIR_STATION, imported=False)
    end = floor_hour(at)
    grid = read_hours(stations, FACTORS, end - 2 * FRESH_HOURS * HOUR, end)
    edition = get_edition(china_date(at)).code
    last = grid.find_last_hour()
    if last is None or last < len(grid.begun) - FRESH_HOURS:
        return AirOverview(at, None, edition, silent=tuple(stations))
    window = range(max(last - 23, 0), last + 1)
    judged = judge_hours(grid, stations, window)
    now = _with_places([rows[-1] for rows in judged.values()])
    heard = [row for row in now if any(q != NO_READING for q in row.quality.values())]
    return AirOverview(
        asked_at=at,
        ended_at=now[0].ended_at,
        edition=get_edition(china_date(now[0].ended_at - HOUR)).code,
        stations=tuple(sorted(heard, key=lambda row: (row.place or 999, row.station.id))),
        silent=tuple(row.station for row in now if row not in heard),
        hours=tuple(as_datetime(grid.ended_at[i]) for i in window),
        series={station: [row.aqi for row in rows] for station, rows in judged.items()},
    )


def judge_hours(
    grid: HourGrid, stations: Sequence[Station], hours: Sequence[int]
) -> dict[int, list[AirHourly]]:
    """HJ 633 of these hours of a grid, by station id; all rows in one vectorised pass."""
    hours = list(hours)
    picked = grid.judged[:, :, hours]
    count = len(hours)
    columns = aqi_hourly(
        {
            # The edition is that of the day the hour lies in.
            "time": np.tile(grid.begun[hours], len(stations)),
            **{f: picked[:, k, :].reshape(-1) for k, f in enumerate(grid.factors)},
        }
    )
    result: dict[int, list[AirHourly]] = {}
    for row, station in enumerate(stations):
        result[station.id] = [
            _hourly(grid, station, row, hour, columns, row * count + k)
            for k, hour in enumerate(hours)
        ]
    return result


def _hourly(grid: HourGrid, station: Station, row: int, hour: int, columns, cell: int) -> AirHourly:  # type: ignore[no-untyped-def]
    values = grid.values[row, :, hour]
    value = int(columns.value[cell])
    iaqi = columns.iaqi[:, cell].tolist()
    return AirHourly(
        station=station,
        ended_at=as_datetime(grid.ended_at[hour]),
        edition=f"HJ 633-{int(columns.edition[cell])}",
        aqi=None if value < 0 else value,
        iaqi={f: None if i < 0 else i for f, i in zip(FACTORS, iaqi, strict=True)},
        primary=names_of(int(columns.primary[cell])),
        missing=names_of(int(columns.missing[cell])),
        values={
            f: float(v) if np.isfinite(v) else None
            for f, v in zip(grid.factors, values, strict=True)
        },
        quality=dict(zip(grid.factors, grid.quality[row, :, hour].tolist(), strict=True)),
    )


def _with_places(rows: list[AirHourly]) -> list[AirHourly]:
    ranked = {
        int(one.station): one.place for one in rank((str(r.station.id), r.aqi, None) for r in rows)
    }
    names = AirHourly.__dataclass_fields__
    return [
        AirHourly(**{n: getattr(row, n) for n in names} | {"place": ranked[row.station.id]})
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class AirHistory:
    """A station's hours and days up to an instant."""

    station: Station
    until: datetime
    hours: tuple[AirHourly, ...]
    days: tuple[AirDay, ...]
    valid_share: Mapping[str, float]
    """Factor -> share of the hours of the days that are valid."""


def get_air_history(
    station: Station, until: datetime, *, hours: int = 24, days: int = 30
) -> AirHistory:
    """The last `hours` hours and whole China Standard Time `days` (today included) of a station."""
    end = floor_hour(until)
    last_day = (end - HOUR).astimezone(CHINA_STANDARD_TIME).date()
    first_day = last_day - timedelta(days=days - 1)
    begin = china_midnight(first_day) - timedelta(days=1)
    grid = read_hours([station], FACTORS, min(begin, end - hours * HOUR), end)
    size = len(grid.begun)
    judged = judge_hours(grid, [station], range(max(size - hours, 0), size))
    valid = grid.valid[0, :, -24 * days :]
    return AirHistory(
        station=station,
        until=end,
        hours=tuple(judged[station.id]),
        days=_days(grid, station, first_day, last_day),
        valid_share={f: float(valid[k].mean()) for k, f in enumerate(FACTORS)},
    )


def _days(grid: HourGrid, station: Station, first: date, last: date) -> tuple[AirDay, ...]:
    if not grid.received.any():
        return ()
    return tuple(evaluate_days(grid.ended_at, grid.columns(station.id), (first, last)))


def china_midnight(day: date) -> datetime:
    """The instant a China Standard Time day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA_STANDARD_TIME)
