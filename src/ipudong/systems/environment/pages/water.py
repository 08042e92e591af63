"""Rivers and lakes: every section's class beside its target, and each section's samples."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import permitted
from ipudong.store.quality import is_valid
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
from ipudong.systems.environment.queries.events import list_events
from ipudong.systems.environment.queries.stations import WATER_STATION, get_station
from ipudong.systems.environment.queries.water import (
    JUDGED_ITEMS,
    WATER_FACTORS,
    Section,
    WaterHistory,
    WaterRow,
    WaterSample,
    get_section,
    get_water_history,
    list_water,
)
from ipudong.systems.environment.tables_csv import csv_response
from ipudong.systems.environment.water_tables import TABLES, WaterClass
from ipudong.systems.environment.water_trend import describe

CSV_DAYS: Final = 31
GRAY: Final = "#8fa6ad"


@permitted("environment.view_water")
def show_water(request: HttpRequest) -> HttpResponse:
    """All live sections, worst beside their targets first; `?at=` another moment."""
    rows = list_water(asked_at(request))
    described = sorted((describe_row(row) for row in rows), key=_order)
    judged = [row for row in described if row["meets"] is not None]
    context = {
        "rows": described,
        "judged": len(judged),
        "meeting": sum(bool(row["meets"]) for row in judged),
        "classes": list(WaterClass),
        "sources": [row for row in described if row["section"].is_source],
        "events": list_events(WATER_STATION, limit=10),
        "map": map_spec([water_layer()]),
        "simulated": any(row["section"].station.simulated for row in described),
    }
    return show(request, "water", "water.html", context)


def _order(row: Mapping[str, Any]) -> tuple[int, int]:
    if row["class"] is None:
        return (2, 0)
    return (0 if row["meets"] is False else 1, -int(row["class"]))


def item_name(code: str) -> str:
    """Name of a water property in the page's language."""
    return in_language(PROPERTY_ROWS[code])


def describe_row(row: WaterRow) -> dict[str, Any]:
    """A section with its newest class in words."""
    sample, section = row.sample, row.section
    assessment = sample.assessment if sample else None
    return {
        "section": section,
        "url": reverse("environment:water_section", args=[section.station.id]),
        "sample": sample,
        "class": assessment.overall if assessment else None,
        "target": section.target,
        "meets": sample.meets_target if sample else None,
        "deciding": ", ".join(item_name(code) for code in assessment.deciding)
        if assessment
        else "",
        "over": [_describe_over(one) for one in sample.exceedances] if sample else [],
        "history": list(row.classes[-42:]),
    }


def _describe_over(one: Any) -> str:
    unit = unit_sign(PROPERTY_ROWS[one.item].unit)
    text = f"{item_name(one.item)} {one.value:.3g} {unit}".strip()
    if one.multiple is None:
        return text
    return _("%(item)s, %(times)s times over the limit") % {
        "item": text,
        "times": f"{one.multiple:.2f}",
    }


@permitted("environment.view_water")
def show_section(request: HttpRequest, station_id: int) -> HttpResponse:
    """One section: every item against the classes, samples, trend."""
    section = get_section(get_station(station_id, WATER_STATION))
    history = get_water_history(section, _until(request, section))
    samples = list(reversed(history.samples))
    context = {
        "section": section,
        "station": section.station,
        "latest": describe_row(WaterRow(section, samples[0] if samples else None, ())),
        "items": [_item(history, code) for code in WATER_FACTORS if _is_there(history, code)],
        "samples": [describe_sample(sample) for sample in samples[:60]],
        "columns": [
            (code, item_name(code), unit_sign(PROPERTY_ROWS[code].unit))
            for code in WATER_FACTORS
            if _is_there(history, code)
        ],
        "class_chart": _class_chart(history),
        "trophic": history.trophic,
        "trophic_name": in_language(history.trophic) if history.trophic else "",
        "events": list_events(WATER_STATION, thing_id=section.station.id, limit=20),
    }
    return show(request, "water", "water_section.html", context)


def _until(request: HttpRequest, section: Section) -> datetime:
    last = section.station.last_at
    if "at" in request.GET or not section.station.imported or last is None:
        return asked_at(request)
    return last + timedelta(hours=1)


def _is_there(history: WaterHistory, code: str) -> bool:
    return any(sample.values.get(code) is not None for sample in history.samples)


def describe_sample(sample: WaterSample) -> dict[str, Any]:
    """A sample as a row of a table."""
    return {
        "at": sample.sampled_at,
        "class": sample.assessment.overall if sample.assessment else None,
        "cells": [
            {
                "code": code,
                "value": value,
                "decimals": PROPERTY_ROWS[code].decimals,
                "why": explain_quality(sample.quality[code]),
                "over": any(one.item == code for one in sample.exceedances),
            }
            for code, value in sample.values.items()
        ],
    }


def _item(history: WaterHistory, code: str) -> dict[str, Any]:
    row = PROPERTY_ROWS[code]
    return {
        "code": code,
        "name": item_name(code),
        "chart": _item_chart(history, code),
        "trend": _trend(history, code),
        "judged": code in JUDGED_ITEMS,
        "unit": unit_sign(row.unit),
    }


def _trend(history: WaterHistory, code: str) -> str:
    if code not in history.trends:
        return ""
    return describe(
        history.trends[code],
        unit_sign(PROPERTY_ROWS[code].unit),
        rising_is_good=code == "do",
        language=get_language() or "zh-hans",
    )


def _item_chart(history: WaterHistory, code: str) -> dict[str, Any]:
    row = PROPERTY_ROWS[code]
    points = [
        [iso(s.sampled_at), s.values[code] if is_valid(s.quality[code]) else None]
        for s in history.samples
    ]
    return {
        "kind": "line",
        "title": _("%(item)s of the last 30 days") % {"item": item_name(code)},
        "unit": unit_sign(row.unit),
        "x": "time",
        "series": [{"name": item_name(code), "points": points}],
        "limits": class_limits(history.section, code, [p[1] for p in points]),
        "decimals": row.decimals,
    }


def class_limits(section: Section, code: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    """Limits of the classes around the values; the target's always."""
    item = TABLES[section.body].get(code)
    if item is None or not item.judged:
        return []
    if item.lower is not None:
        return [{"value": bound, "name": f"{bound:g}", "tone": "bad"} for bound in item.lower]
    known = [value for value in values if value is not None]
    reach = max(known, default=0.0) * 1.3
    limits: dict[float, WaterClass] = {}
    for number, limit in enumerate(item.limits, start=1):
        limits.setdefault(limit, WaterClass(number))
        if item.falling:
            limits[limit] = WaterClass(number)
    return [
        {
            "value": limit,
            "name": in_language(kind),
            "tone": "bad"
            if kind == section.target
            else "notice"
            if kind > section.target
            else "good",
        }
        for limit, kind in limits.items()
        if limit <= reach or kind == section.target
    ]


def _class_chart(history: WaterHistory) -> dict[str, Any]:
    target = history.section.target
    return {
        "kind": "steps",
        "title": _("Class of the last 30 days (1 best, 6 worst)"),
        "x": "time",
        "series": [
            {
                "name": _("Class"),
                "points": [
                    [iso(s.sampled_at), int(s.assessment.overall) if s.assessment else None]
                    for s in history.samples
                ],
            }
        ],
        "limits": [{"value": int(target), "name": _("Target"), "tone": "good"}],
        "min": 0,
        "max": 6,
        "decimals": 0,
    }


@permitted("environment.view_water")
def export_section(request: HttpRequest, station_id: int) -> HttpResponse:
    """The samples of the last 31 days as CSV."""
    section = get_section(get_station(station_id, WATER_STATION))
    history = get_water_history(section, _until(request, section), days=CSV_DAYS)
    head = [_("Sampled at"), _("Class")]
    for code in WATER_FACTORS:
        unit = unit_sign(PROPERTY_ROWS[code].unit)
        head += [
            f"{item_name(code)} ({unit})" if unit else item_name(code),
            _("Does not count because"),
        ]
    rows = (
        [
            iso(sample.sampled_at),
            in_language(sample.assessment.overall) if sample.assessment else "",
            *(
                cell
                for code in WATER_FACTORS
                for cell in (sample.values[code], str(explain_quality(sample.quality[code])))
            ),
        ]
        for sample in history.samples
    )
    return csv_response(f"water-{section.station.id}.csv", head, rows)


def water_layer() -> dict[str, Any]:
    """The map layer of sections."""
    return {
        "id": "environment-water",
        "title": _("Water sections (class)"),
        "kind": "points",
        "url": reverse("environment:water_geojson"),
        "legend": [[color_of(kind), in_language(kind)] for kind in WaterClass],
        "shown": True,
        "refresh_s": 600,
    }


def color_of(kind: WaterClass) -> str:
    """The customary map color of a class."""
    return "#{:02x}{:02x}{:02x}".format(*kind.rgb)


@permitted("environment.view_water")
def list_water_geojson(request: HttpRequest) -> HttpResponse:
    """Live sections with their class."""
    rows = [describe_row(row) for row in list_water(timezone.now())]
    return geojson(_feature(row) for row in rows if row["section"].station.lon is not None)


def _feature(row: Mapping[str, Any]) -> dict[str, Any]:
    station, kind = row["section"].station, row["class"]
    value = _("no data") if kind is None else in_language(kind)
    if row["deciding"]:
        value = f"{value} · {row['deciding']}"
    return point(
        station.lon,
        station.lat,
        title=station.name,
        url=row["url"],
        value=value,
        label=kind.symbol if kind else None,
        color=color_of(kind) if kind else GRAY,
    )
