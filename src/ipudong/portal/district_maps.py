"""Descriptions of maps for the browser (frontend/src/map/spec.ts)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.urls import reverse

from ipudong.city.manifest import MapLayer
from ipudong.city.registry.models import Place
from ipudong.city.registry.queries import list_places
from ipudong.portal.tile_options import TILES_CREDIT, TILES_URL

MARGIN_DEGREES = 0.06
# Shown while no place is known: the extent of Pudong New Area.
PUDONG_BOUNDS = (121.45, 30.83, 121.99, 31.41)


def find_bounds() -> tuple[float, float, float, float]:
    """West, south, east, north of the district's places, with a margin around their centers."""
    places = list_places()
    if not places:
        return PUDONG_BOUNDS
    lons, lats = [place.lon for place in places], [place.lat for place in places]
    return (
        min(lons) - MARGIN_DEGREES,
        min(lats) - MARGIN_DEGREES,
        max(lons) + MARGIN_DEGREES,
        max(lats) + MARGIN_DEGREES,
    )


def describe_layer(layer: MapLayer, shown: bool) -> Mapping[str, Any]:
    """A manifest's layer as the browser reads it."""
    return {
        "id": layer.code,
        "title": str(layer.title),
        "kind": layer.kind,
        "url": reverse(layer.url_name),
        "legend": [[color, str(text)] for color, text in layer.legend],
        "shown": shown,
        "refresh_s": layer.refresh_s,
        "steps": [[least, color] for least, color in layer.steps],
        "quiet_color": layer.quiet_color,
    }


def describe_map(
    layers: Iterable[MapLayer],
    *,
    shown: Iterable[str] | None = None,
    focus: Place | None = None,
    still: bool = False,
) -> dict[str, Any]:
    """A map of the district; `shown` are the codes of layers to begin with, else their own wish;
    `focus` is a place to begin at, else the whole district is shown."""
    wanted = None if shown is None else set(shown)
    spec: dict[str, Any] = {
        "base_url": reverse("portal:places_geojson"),
        "bounds": find_bounds(),
        "layers": [
            describe_layer(layer, layer.shown if wanted is None else layer.code in wanted)
            for layer in layers
        ],
        "still": still,
    }
    if focus is not None:
        spec["focus"] = {"lon": focus.lon, "lat": focus.lat, "title": focus.name}
    if TILES_URL.get():
        spec |= {"tiles_url": TILES_URL.get(), "tiles_credit": TILES_CREDIT.get()}
    return spec
