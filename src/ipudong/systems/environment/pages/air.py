"""The air, for a resident: now, the last day and month, the ranking, the map; and each station."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import permitted
from ipudong.city.registry.models import Place
from ipudong.city.registry.queries import list_places
from ipudong.systems.environment.advice import get_advice
from ipudong.systems.environment.air_tables import (
    FACTOR_SYMBOLS,
    FACTOR_UNITS,
    FACTORS,
    LEVELS,
)
from ipudong.systems.environment.pages.air_charts import (
    aqi_days_chart,
    aqi_hours_chart,
    factor_charts,
)
from ipudong.systems.environment.pages.shell import (
    asked_at,
    geojson,
    in_language,
    iso,
    map_spec,
    point,
    show,
)
from ipudong.systems.environment.pages.surfaces import ERROR_STEPS, VALUE_STEPS, legend
from ipudong.systems.environment.quality_words import explain_quality
from ipudong.systems.environment.queries.air import (
    AirHourly,
    AirOverview,
    get_air_history,
    get_air_overview,
)
from ipudong.systems.environment.queries.stations import AIR_STATION, Station, get_station
from ipudong.systems.environment.tables_csv import csv_response

HUAMU: Final = "310115016000"
"""The subdistrict the district government is in: where a reader is who said nothing."""
WHITE_INK: Final = "#ffffff"
DARK_INK: Final = "#10262d"
CSV_DAYS: Final = 31


@dataclass(frozen=True)
class Near:
    """The station nearest a chosen place."""

    place: Place | None
    row: AirHourly
    distance_km: float | None


@permitted("environment.view_air")
def show_air(request: HttpRequest) -> HttpResponse:
    """`?place=` (12-digit code) chooses whose air stands first, `?at=` another moment."""
    at = asked_at(request)
    overview = get_air_overview(at)
    places = list_places()
    near = find_near(overview.stations, places, request.GET.get("place", ""))
    context: dict[str, Any] = {
        "overview": overview,
        "places": places,
        "near": near,
        "levels": LEVELS,
        "factors": [(f, FACTOR_SYMBOLS[f], FACTOR_UNITS[f]) for f in FACTORS],
        "rows": [describe_hour(row) for row in overview.stations],
        "map": map_spec(air_layers()),
    }
    if near is not None:
        context |= _near_context(near, at)
    return show(request, "air", "air.html", context)


def _near_context(near: Near, at: datetime) -> dict[str, Any]:
    history = get_air_history(near.row.station, near.row.ended_at)
    name = near.row.station.name
    return {
        "first": describe_hour(near.row),
        "day_chart": aqi_hours_chart(history.hours, name),
        "month_chart": aqi_days_chart(history.days, name),
        "days": history.days,
    }


def find_near(rows: Sequence[AirHourly], places: Sequence[Place], code: str) -> Near | None:
    """The reporting station nearest a place; without a known place nearest the district seat."""
    located = [row for row in rows if row.station.lon is not None]
    if not located:
        return Near(None, rows[0], None) if rows else None
    by_code = {place.code: place for place in places}
    place = by_code.get(code) or by_code.get(HUAMU)
    if place is None:
        return Near(None, located[0], None)
    row = min(located, key=lambda one: distance_km(place, one.station))
    return Near(place, row, distance_km(place, row.station))


def distance_km(place: Place, station: Station) -> float:
    """Kilometers on a plane, exact enough within a district."""
    north = ((station.lat or 0) - place.lat) * 111.2
    east = ((station.lon or 0) - place.lon) * 111.2 * math.cos(math.radians(place.lat))
    return math.hypot(north, east)


def describe_hour(row: AirHourly) -> dict[str, Any]:
    """An hour in words: level, advice, what leads, why there is no number."""
    language = get_language() or "zh-hans"
    level = row.level
    return {
        "row": row,
        "station": row.station,
        "url": reverse("environment:air_station", args=[row.station.id]),
        "level": level,
        "level_name": in_language(level) if level else "",
        "advice": get_advice(level, language) if level else None,
        "primary": ", ".join(FACTOR_SYMBOLS[f] for f in row.primary),
        "missing": [(FACTOR_SYMBOLS[f], explain_quality(row.quality[f])) for f in row.missing],
        "cells": [_cell(row, factor) for factor in FACTORS],
    }


def _cell(row: AirHourly, factor: str) -> dict[str, Any]:
    return {
        "factor": factor,
        "symbol": FACTOR_SYMBOLS[factor],
        "unit": FACTOR_UNITS[factor],
        "value": row.values[factor],
        "decimals": 1 if factor == "co" else 0,
        "iaqi": row.iaqi[factor],
        "level": _level_number(row.iaqi[factor]),
        "why": explain_quality(row.quality[factor]),
        "datastream": row.station.streams.get(factor),
    }


def _level_number(index: int | None) -> int:
    if index is None:
        return 0
    return next((level.number for level in LEVELS if index <= level.upper), 6)


@permitted("environment.view_air")
def show_air_station(request: HttpRequest, station_id: int) -> HttpResponse:
    """One station: every factor, hours, days, validity."""
    station = get_station(station_id, AIR_STATION)
    until = _until(request, station)
    history = get_air_history(station, until, hours=24)
    hours = [describe_hour(row) for row in reversed(history.hours)]
    context = {
        "station": station,
        "until": until,
        "latest": next((h for h in hours if any(c["why"] == "" for c in h["cells"])), None),
        "hours": hours,
        "factors": [(f, FACTOR_SYMBOLS[f], FACTOR_UNITS[f]) for f in FACTORS],
        "charts": factor_charts(history.hours),
        "day_chart": aqi_hours_chart(history.hours, station.name),
        "month_chart": aqi_days_chart(history.days, station.name),
        "days": history.days,
        "validity": [
            (FACTOR_SYMBOLS[f], FACTOR_SYMBOLS[f], 100 * share)
            for f, share in history.valid_share.items()
        ],
        "earlier": iso(history.until - timedelta(days=1))[:16],
    }
    return show(request, "air", "air_station.html", context)


def _until(request: HttpRequest, station: Station) -> datetime:
    """The moment asked about; of a station known from files its last hour."""
    if "at" in request.GET or not station.imported or station.last_at is None:
        return asked_at(request)
    return station.last_at + timedelta(hours=1)


@permitted("environment.view_air")
def export_air_station(request: HttpRequest, station_id: int) -> HttpResponse:
    """The hours of the last 31 days as CSV: value, what does not count and why, AQI."""
    station = get_station(station_id, AIR_STATION)
    history = get_air_history(station, _until(request, station), hours=24 * CSV_DAYS, days=1)
    head = [_("Hour ending at"), "AQI", _("Primary pollutant")]
    for factor in FACTORS:
        head += [f"{FACTOR_SYMBOLS[factor]} ({FACTOR_UNITS[factor]})", _("Does not count because")]
    rows = (
        [
            iso(hour.ended_at),
            hour.aqi,
            " ".join(hour.primary),
            *(
                cell
                for factor in FACTORS
                for cell in (hour.values[factor], str(explain_quality(hour.quality[factor])))
            ),
        ]
        for hour in history.hours
    )
    return csv_response(f"air-{station.id}.csv", head, rows)


def air_layers() -> list[dict[str, Any]]:
    """Layers of the air map: stations, the surface, and the surface's error."""
    return [
        {
            "id": "environment-pm25-surface",
            "title": _("PM₂.₅ between the stations"),
            "kind": "surface",
            "url": reverse("environment:pm25_surface"),
            "legend": legend(VALUE_STEPS),
            "shown": True,
            "refresh_s": 600,
        },
        {
            "id": "environment-pm25-error",
            "title": _("How uncertain that is"),
            "kind": "surface",
            "url": reverse("environment:pm25_error"),
            "legend": legend(ERROR_STEPS),
            "shown": False,
            "refresh_s": 600,
        },
        {
            "id": "environment-air",
            "title": _("Air stations (AQI)"),
            "kind": "points",
            "url": reverse("environment:air_geojson"),
            "legend": [[level.color_hex, in_language(level)] for level in LEVELS],
            "shown": True,
            "refresh_s": 300,
        },
    ]


@permitted("environment.view_air")
def list_air_geojson(request: HttpRequest) -> HttpResponse:
    """Reporting stations with their AQI; silent ones gray."""
    overview: AirOverview = get_air_overview(timezone.now())
    features = [_feature(row) for row in overview.stations if row.station.lon is not None]
    features += [_silent_feature(one) for one in overview.silent if one.lon is not None]
    return geojson(features)


def _feature(row: AirHourly) -> dict[str, Any]:
    level = row.level
    return point(
        row.station.lon,
        row.station.lat,
        title=row.station.name,
        url=reverse("environment:air_station", args=[row.station.id]),
        value=f"AQI {row.aqi} {in_language(level)}" if level else _("no number (NA)"),
        label=str(row.aqi) if row.aqi is not None else "NA",
        color=level.color_hex if level else "#8fa6ad",
        ink=WHITE_INK if level and level.number >= 4 else DARK_INK,
        datastream=row.station.streams.get("pm25"),
    )


def _silent_feature(station: Station) -> dict[str, Any]:
    return point(
        station.lon,
        station.lat,
        title=station.name,
        url=reverse("environment:air_station", args=[station.id]),
        value=_("silent"),
        color="#8fa6ad",
        datastream=station.streams.get("pm25"),  # so that the map hears it speak again
    )
