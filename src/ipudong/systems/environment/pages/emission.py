"""Emission sources: outlets against their limits, transmission, exceedances, the month's report."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.languages import reads_chinese
from ipudong.systems.environment.air_tables import CHINA_STANDARD_TIME, china_date
from ipudong.systems.environment.emission import TransmissionRate, month_bounds
from ipudong.systems.environment.grid import HourGrid, as_datetime, floor_hour
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.models import Outlet, OutletLimit
from ipudong.systems.environment.pages.shell import (
    asked_at,
    geojson,
    in_language,
    iso,
    map_spec,
    point,
    show,
)
from ipudong.systems.environment.properties import PROPERTY_ROWS, unit_sign
from ipudong.systems.environment.quality_words import explain_quality
from ipudong.systems.environment.queries.emission import (
    LimitNow,
    OutletRow,
    OutletStation,
    get_emission_overview,
    get_outlet,
    rate_outlet,
)
from ipudong.systems.environment.queries.events import list_events
from ipudong.systems.environment.queries.report import build_report
from ipudong.systems.environment.queries.stations import EMISSION_OUTLET, get_station
from ipudong.systems.environment.report import render_pdf
from ipudong.systems.environment.report_workbook import render_xlsx
from ipudong.systems.environment.tables_csv import csv_response

CHART_DAYS: Final = 7
MONTHS_OFFERED: Final = 6
RENDERERS: Final = {
    "pdf": (render_pdf, "application/pdf"),
    "xlsx": (
        render_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
COLORS: Final = {"over": "#b0321f", "within": "#1d7246", "stopped": "#7d9097", "silent": "#8fa6ad"}


@permitted("environment.view_emission")
def show_emission(request: HttpRequest) -> HttpResponse:
    """All outlets now; officers also get the monthly reports."""
    at = asked_at(request)
    overview = get_emission_overview(at)
    rows = [describe_outlet_row(row) for row in overview.rows]
    context = {
        "rows": sorted(rows, key=lambda row: (row["order"], row["outlet"].station.id)),
        "overview": overview,
        "rate": percent(overview.rate.effective),
        "transmission": percent(overview.rate.transmission),
        "validity": percent(overview.rate.validity),
        "counts": {state: sum(r["state"] == state for r in rows) for state in COLORS},
        "events": list_events(EMISSION_OUTLET, limit=12),
        "reports": list_months(at)
        if is_allowed(actor_of_request(request), "environment.export_report")
        else [],
        "map": map_spec([emission_layer()]),
        "simulated": any(row["outlet"].station.simulated for row in rows),
    }
    return show(request, "emission", "emission.html", context)


def percent(share: float | None) -> float | None:
    """A share in percent."""
    return None if share is None else 100 * share


def state_of(row: OutletRow) -> str:
    """over, within, stopped (the plant stands still) or silent."""
    if not row.heard:
        return "silent"
    if row.stopped:
        return "stopped"
    return "over" if row.exceeds else "within"


def describe_outlet_row(row: OutletRow) -> dict[str, Any]:
    """An outlet as a row of the page."""
    state = state_of(row)
    return {
        "outlet": row.outlet,
        "url": reverse("environment:outlet", args=[row.outlet.station.id]),
        "state": state,
        "order": ("over", "silent", "within", "stopped").index(state),
        "now": [describe_limit(one) for one in row.now],
        "rate": percent(row.rate.effective),
        "events": row.open_events,
    }


def describe_limit(one: LimitNow) -> dict[str, Any]:
    """A limit with its value."""
    row = PROPERTY_ROWS[one.limit.observed_property_id]
    return {
        "name": in_language(row),
        "value": one.value,
        "decimals": row.decimals,
        "limit": limit_text(one.limit),
        "unit": unit_sign(one.limit.unit),
        "share": percent(one.share),
        "gauge": min(one.share or 0.0, 1.25),
        "over": one.exceeds,
        "why": explain_quality(one.quality),
        "limit_row": one.limit,
    }


def limit_text(limit: OutletLimit) -> str:
    """`100`, or `6-9` where there is a lower limit too."""
    return f"{limit.lower:g}-{limit.upper:g}" if limit.lower is not None else f"{limit.upper:g}"


def list_months(at: datetime) -> list[tuple[int, int]]:
    """The newest months there can be a report for, this one first."""
    local = at.astimezone(CHINA_STANDARD_TIME)
    number = local.year * 12 + local.month - 1
    return [((number - back) // 12, (number - back) % 12 + 1) for back in range(MONTHS_OFFERED)]


@permitted("environment.view_emission")
def show_outlet(request: HttpRequest, station_id: int) -> HttpResponse:
    """One outlet: limits, the last seven days against them, exceedances, transmission."""
    at = asked_at(request)
    outlet = find_outlet(station_id, at)
    grid, start, end = _read(outlet, at)
    rate = rate_outlet(grid, outlet, start, end)
    context = {
        "outlet": outlet,
        "station": outlet.station,
        "limits": [_limit_row(limit, outlet) for limit in outlet.limits],
        "charts": [limit_chart(grid, outlet, limit) for limit in outlet.limits],
        "rate": rate,
        "rates": _rates(rate),
        "events": list_events(EMISSION_OUTLET, thing_id=station_id, limit=50),
    }
    return show(request, "emission", "outlet.html", context)


def find_outlet(station_id: int, at: datetime) -> OutletStation:
    """The outlet, or Http404."""
    try:
        return get_outlet(get_station(station_id, EMISSION_OUTLET), china_date(at))
    except Outlet.DoesNotExist as error:
        raise Http404("not an outlet") from error


def _read(outlet: OutletStation, at: datetime) -> tuple[HourGrid, datetime, datetime]:
    end = floor_hour(at)
    start = end - timedelta(days=CHART_DAYS)
    factors = [limit.observed_property_id for limit in outlet.limits]
    return read_hours([outlet.station], factors, start, end), start, end


def _rates(rate: TransmissionRate) -> list[tuple[str, float | None, str]]:
    return [
        (_("Transmission rate"), percent(rate.transmission), f"{rate.received} / {rate.should}"),
        (_("Validity rate"), percent(rate.validity), f"{rate.valid} / {rate.received}"),
        (
            _("Transmission effective rate"),
            percent(rate.effective),
            f"{rate.valid} / {rate.should}",
        ),
    ]


def _limit_row(limit: OutletLimit, outlet: OutletStation) -> dict[str, Any]:
    return {
        "name": in_language(PROPERTY_ROWS[limit.observed_property_id]),
        "text": limit_text(limit),
        "unit": unit_sign(limit.unit),
        "row": limit,
    }


def limit_chart(grid: HourGrid, outlet: OutletStation, limit: OutletLimit) -> dict[str, Any]:
    """Hourly means against the limit; hours that do not count are left out."""
    row = PROPERTY_ROWS[limit.observed_property_id]
    judged = grid.columns(outlet.station.id)[limit.observed_property_id]
    points = [
        [iso(as_datetime(ended)), None if np.isnan(value) else round(float(value), 4)]
        for ended, value in zip(grid.ended_at, judged, strict=True)
    ]
    bounds = [(limit.upper, _("Limit"))] + (
        [(limit.lower, _("Lower limit"))] if limit.lower is not None else []
    )
    return {
        "kind": "line",
        "title": _("%(item)s of the last 7 days") % {"item": in_language(row)},
        "unit": unit_sign(limit.unit),
        "x": "time",
        "series": [{"name": in_language(row), "points": points}],
        "limits": [{"value": value, "name": name, "tone": "bad"} for value, name in bounds],
        "min": 0 if limit.lower is None else limit.lower - 1,
        "max": round(max(limit.upper, float(np.nanmax(judged, initial=0))) * 1.1, 3),
        "decimals": row.decimals,
    }


@permitted("environment.view_emission")
def export_outlet(request: HttpRequest, station_id: int) -> HttpResponse:
    """The last seven days of an outlet as CSV."""
    outlet = find_outlet(station_id, asked_at(request))
    grid, _start, _end = _read(outlet, asked_at(request))
    names = [limit.observed_property_id for limit in outlet.limits]
    head = [_("Hour ending at")]
    for limit in outlet.limits:
        unit = unit_sign(limit.unit)
        name = in_language(PROPERTY_ROWS[limit.observed_property_id])
        head += [f"{name} ({unit})" if unit else name, _("Does not count because")]
    rows = (
        [iso(as_datetime(grid.ended_at[hour])), *_csv_cells(grid, names, hour)]
        for hour in range(len(grid.begun))
    )
    return csv_response(f"outlet-{station_id}.csv", head, rows)


def _csv_cells(grid: HourGrid, names: list[str], hour: int) -> list[object]:
    cells: list[object] = []
    for row in range(len(names)):
        value = grid.values[0, row, hour]
        cells += [None if np.isnan(value) else float(value)]
        cells += [str(explain_quality(int(grid.quality[0, row, hour])))]
    return cells


@permitted("environment.export_report")
def export_report(request: HttpRequest, year: int, month: int, form: str) -> HttpResponse:
    """The month's report, `pdf` or `xlsx`, in the page's language."""
    now = timezone.now()
    if (
        form not in RENDERERS
        or not 1 <= month <= 12
        or year < 2000
        or month_bounds(year, month)[0] > now
    ):
        raise Http404("no such month")
    report = build_report(year, month, now=now)
    language = "zh" if reads_chinese() else "en"
    render, content_type = RENDERERS[form]
    response = HttpResponse(render(report, language), content_type=content_type)
    name = f"emission-{year}-{month:02d}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def emission_layer() -> dict[str, Any]:
    """The map layer of outlets."""
    return {
        "id": "environment-emission",
        "title": _("Emission outlets"),
        "kind": "points",
        "url": reverse("environment:emission_geojson"),
        "legend": [[COLORS[code], word] for code, word in _state_words().items()],
        "shown": True,
        "refresh_s": 600,
    }


def _state_words() -> Mapping[str, str]:
    return {
        "over": _("above a limit"),
        "within": _("within all limits"),
        "stopped": _("plant stopped"),
        "silent": _("silent"),
    }


@permitted("environment.view_emission")
def list_emission_geojson(request: HttpRequest) -> HttpResponse:
    """Outlets colored by whether they keep their limits."""
    words = _state_words()
    overview = get_emission_overview(timezone.now())
    return geojson(
        point(
            row.outlet.station.lon,
            row.outlet.station.lat,
            title=row.outlet.station.name,
            url=reverse("environment:outlet", args=[row.outlet.station.id]),
            value=words[state_of(row)],
            color=COLORS[state_of(row)],
        )
        for row in overview.rows
        if row.outlet.station.lon is not None
    )
