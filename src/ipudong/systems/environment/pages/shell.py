"""What all environment pages share: the tabs, the instant asked about, names and colors."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.tabs import Tab, list_tabs
from ipudong.city.languages import reads_chinese
from ipudong.systems.environment.air_tables import CHINA_STANDARD_TIME

# The area of the district's stations, for a map without places.
BOUNDS: Final = (121.45, 30.83, 121.99, 31.41)


TABS: Final = (
    Tab("air", _("Air"), "environment:air", "environment.view_air"),
    Tab("water", _("Rivers and lakes"), "environment:water", "environment.view_water"),
    Tab("emission", _("Emission sources"), "environment:emission", "environment.view_emission"),
    Tab("quality", _("Data quality"), "environment:quality", "environment.view_quality"),
    Tab("desk", _("Duty desk"), "environment:desk", "environment.view_desk"),
)


def show(
    request: HttpRequest, tab: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Draw a page of the system under its tab."""
    shell = {
        "tabs": list_tabs(request, TABS),
        "tab": tab,
        "now": timezone.now(),
        "chinese": reads_chinese(),
    }
    return render(request, f"environment/{template}", {**shell, **context}, status=status)


def in_language(record: object, stem: str = "name") -> str:
    """`name_zh` or `name_en` of a row of the standards' tables."""
    return str(getattr(record, f"{stem}_{'zh' if reads_chinese() else 'en'}"))


def asked_at(request: HttpRequest) -> datetime:
    """The instant of `?at=2026-11-22T08:00` (China Standard Time unless it says otherwise), never
    later than now; now where none or nonsense is given."""
    now = timezone.now()
    try:
        at = parse_datetime(request.GET.get("at", ""))
    except ValueError:
        return now
    if at is None:
        return now
    at = at if at.tzinfo else at.replace(tzinfo=CHINA_STANDARD_TIME)
    oldest = datetime(2000, 1, 1, tzinfo=UTC)
    return min(max(at, oldest), now)


def iso(at: datetime) -> str:
    """ISO 8601 in China Standard Time, as charts and `<time>` take it."""
    return at.astimezone(CHINA_STANDARD_TIME).isoformat(timespec="seconds")


def map_spec(layers: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """A map of the district with these layers."""
    return {
        "base_url": reverse("portal:places_geojson"),
        "bounds": BOUNDS,
        "layers": list(layers),
    }


def geojson(features: Iterable[Mapping[str, Any]], **facts: Any) -> JsonResponse:
    """A FeatureCollection. Browsers keep none of it: a map asks when it has changed."""
    document = {"type": "FeatureCollection", "features": list(features), **facts}
    response = JsonResponse(document, content_type="application/geo+json")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def point(lon: float | None, lat: float | None, **properties: Any) -> dict[str, Any]:
    """A point feature."""
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties,
    }
