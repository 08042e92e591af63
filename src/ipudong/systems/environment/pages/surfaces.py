"""The PM₂.₅ surface between the stations, and how far to trust it, as map layers."""

from typing import Any, Final

import h3.api.basic_int as h3
import numpy as np
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import permitted
from ipudong.city.registry.models import PlaceCell
from ipudong.store.quality import is_valid
from ipudong.systems.environment.pages.shell import geojson, iso
from ipudong.systems.environment.queries.air import AirOverview, get_air_overview
from ipudong.systems.environment.surface import Surface, SurfaceRefusedError, cell_points, krige

RESOLUTION: Final = 7
"""Cells of about 5 km²: finer would pretend to know what eight stations cannot tell."""
KEPT_S: Final = 600
VALUE_STEPS: Final = (
    (10, "#fff7e0"),
    (20, "#fde6b0"),
    (35, "#f9cf7c"),
    (50, "#f2b04f"),
    (75, "#e5883a"),
    (115, "#cf5f32"),
    (150, "#a93c33"),
    (float("inf"), "#6d2233"),
)
ERROR_STEPS: Final = (
    (2, "#eef0fa"),
    (4, "#d3d8f1"),
    (7, "#adb6e3"),
    (11, "#8290cf"),
    (16, "#5d6cb4"),
    (float("inf"), "#3f4c8c"),
)


def legend(steps: tuple[tuple[float, str], ...]) -> tuple[tuple[str, str], ...]:
    """Colors with the range each stands for, µg/m³."""
    lower = [0.0, *(upper for upper, _color in steps)]
    return tuple(
        (color, f"> {low:g}" if upper == float("inf") else f"{low:g}-{upper:g} µg/m³")
        for (upper, color), low in zip(steps, lower, strict=False)
    )


@permitted("environment.view_air")
def show_surface(request: HttpRequest) -> HttpResponse:
    """PM₂.₅ of the newest hour by ordinary kriging, a polygon a cell."""
    return _answer("value", VALUE_STEPS)


@permitted("environment.view_air")
def show_surface_error(request: HttpRequest) -> HttpResponse:
    """Standard error of the same surface."""
    return _answer("sigma", ERROR_STEPS)


def _answer(column: str, steps: tuple[tuple[float, str], ...]) -> HttpResponse:
    overview = get_air_overview(timezone.now())
    try:
        surface, cells = find_surface(overview)
    except SurfaceRefusedError as error:
        return geojson([], refused=error.code, stations=error.stations)
    features = [
        _feature(cell, float(drawn), f"{value:.0f} ± {sigma:.0f} µg/m³", steps)
        for cell, drawn, value, sigma in zip(
            cells, getattr(surface, column), surface.value, surface.sigma, strict=True
        )
    ]
    return geojson(
        features,
        hour=iso(overview.ended_at) if overview.ended_at else None,
        model=surface.model,
        stations=surface.stations,
        leave_one_out_rmse=round(surface.loo_rmse, 2),
    )


def find_surface(overview: AirOverview) -> tuple[Surface, list[int]]:
    """The surface over the district's cells. Raises SurfaceRefusedError."""
    rows = [
        row
        for row in overview.stations
        if row.station.lon is not None and is_valid(row.quality["pm25"])
    ]
    if overview.ended_at is None or not rows:
        raise SurfaceRefusedError("too_few_stations", len(rows))
    key = f"environment.surface.{overview.ended_at:%Y%m%d%H}.{len(rows)}"
    found: tuple[Surface, list[int]] | None = cache.get(key)
    if found is None:
        cells = list_cells()
        lon, lat = cell_points([h3.int_to_str(cell) for cell in cells])
        known = np.array(
            [(r.station.lon, r.station.lat, r.values["pm25"]) for r in rows], np.float64
        )
        found = (krige(known[:, 0], known[:, 1], known[:, 2], lon, lat), cells)
        cache.set(key, found, KEPT_S)
    return found


def list_cells() -> list[int]:
    """The cells of the district at the surface's resolution."""
    found: list[int] | None = cache.get("environment.cells")
    if found is None:
        fine = PlaceCell.objects.values_list("cell", flat=True).distinct()
        found = sorted({h3.cell_to_parent(cell, RESOLUTION) for cell in fine.iterator()})
        cache.set("environment.cells", found, KEPT_S)
    return found


def blend(value: float, steps: tuple[tuple[float, str], ...]) -> str:
    """The color of a value, running from step to step: each step's color stands at its upper end,
    so that small differences on a clean day still show."""
    uppers = [upper for upper, _color in steps[:-1]]
    channels = [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for _upper, color in steps[:-1]]
    if value > uppers[-1]:
        return steps[-1][1]
    mixed = [np.interp(value, uppers, channel) for channel in zip(*channels, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*(round(float(one)) for one in mixed))


def _feature(
    cell: int, drawn: float, text: str, steps: tuple[tuple[float, str], ...]
) -> dict[str, Any]:
    ring = [[round(lon, 5), round(lat, 5)] for lat, lon in h3.cell_to_boundary(cell)]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        "properties": {
            "title": _("PM₂.₅ between the stations"),
            "value": text,
            "color": blend(drawn, steps),
            "url": reverse("environment:air"),
        },
    }
