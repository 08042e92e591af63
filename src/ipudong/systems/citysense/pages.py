"""Pages of the sensing network: its vehicles, the map's layer, and the track of one vehicle."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.queries import Track, get_thing, read_track
from ipudong.systems.citysense import exports
from ipudong.systems.citysense.queries import VehicleRow, list_vehicles
from ipudong.systems.citysense.tracks import find_stops, summarize, thin

VIEW: Final = "sensing.view_positions"
DEFAULT_SPAN: Final = timedelta(hours=1)
LONGEST_SPAN: Final = timedelta(days=7)
MOST_POINTS: Final = 1000
MARGIN_DEGREES: Final = 0.005
# Speeds in km/h from which a color holds; colors that differ in lightness too.
SPEED_STEPS: Final = (
    (0, "#5b6b73"),
    (5, "#2166ac"),
    (25, "#35978f"),
    (50, "#d98b1f"),
    (80, "#b2182b"),
)
OLD_COLOR: Final = "#8fa6ad"
# The live stream says where vehicles are; the address says which there are.
REFRESH_S: Final = 300


@permitted(VIEW)
def home(request: HttpRequest) -> HttpResponse:
    """All vehicles on the map and as a list."""
    now = timezone.now()
    rows = list_vehicles(actor_of_request(request), now)
    context = {
        "rows": rows,
        "online": sum(row.is_online for row in rows),
        "spec": _map_spec([_vehicle_layer()], None),
        "live_ticket": reverse("portal:live_ticket", query={"topic": "positions"}),
        "now": now,
    }
    return render(request, "citysense/home.html", context)


@permitted(VIEW)
def vehicles_geojson(request: HttpRequest) -> HttpResponse:
    """Vehicles where they were last, when, how fast and where to; the browser colors them."""
    rows = list_vehicles(actor_of_request(request), timezone.now())
    return _geojson([_feature(row) for row in rows if row.position is not None])


@permitted(VIEW)
def show_vehicle(request: HttpRequest, thing_id: int) -> HttpResponse:
    """The track of a vehicle between two instants."""
    thing, start, end, track = _read(request, thing_id)
    context = {
        "thing": thing,
        "start": start,
        "end": end,
        "earlier": urlencode(_window(start - (end - start), start)),
        "later": urlencode(_window(end, end + (end - start))),
        "query": urlencode(_window(start, end)),
        "forms": tuple(EXPORTS),
        "summary": summarize(track),
        "stops": find_stops(track),
        "chart": _speed_chart(track),
        "spec": _track_map(thing, start, end, track),
    }
    return render(request, "citysense/vehicle.html", context)


@permitted(VIEW)
def track_points(request: HttpRequest, thing_id: int) -> HttpResponse:
    """The track as points colored by speed, for the map."""
    _thing, _start, _end, track = _read(request, thing_id)
    fixed = thin(track.take(track.is_fixed), MOST_POINTS)
    return _geojson([_point(fixed, row) for row in range(len(fixed))])


@permitted(VIEW)
def export_track(request: HttpRequest, thing_id: int, form: str) -> HttpResponse:
    """The track as a file."""
    write = EXPORTS.get(form)
    if write is None:
        raise Http404
    thing, start, _end, track = _read(request, thing_id)
    content_type, content = write(track.take(track.is_fixed), thing)
    name = f"track-{thing.pk}-{start:%Y%m%dT%H%M%SZ}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)


def _write_geojson(track: Track, thing: Thing) -> tuple[str, Any]:
    answer = JsonResponse(exports.write_geojson(track, thing.name))
    return "application/geo+json", answer.content


EXPORTS: Final[dict[str, Callable[[Track, Thing], tuple[str, Any]]]] = {
    "csv": lambda track, thing: ("text/csv; charset=utf-8", exports.write_csv(track)),
    "gpx": lambda track, thing: ("application/gpx+xml", exports.write_gpx(track, thing.name)),
    "geojson": _write_geojson,
}


# What is asked.


def _read(request: HttpRequest, thing_id: int) -> tuple[Thing, datetime, datetime, Track]:
    actor = actor_of_request(request)
    try:
        thing = get_thing(actor, thing_id)
    except Thing.DoesNotExist as error:
        raise Http404 from error
    start, end = read_span(request.GET.get("from", ""), request.GET.get("to", ""), timezone.now())
    return thing, start, end, read_track(actor, thing_id, start, end)


def read_span(first: str, last: str, now: datetime) -> tuple[datetime, datetime]:
    """The instants asked for; the last hour where they cannot be read, a week at most."""
    end = _instant(last) or now
    start = _instant(first) or end - DEFAULT_SPAN
    if start >= end:
        start = end - DEFAULT_SPAN
    return max(start, end - LONGEST_SPAN), end


def _instant(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    if moment is None or not 2000 <= moment.year <= 2100:
        return None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


def _window(start: datetime, end: datetime) -> dict[str, str]:
    return {"from": start.isoformat(timespec="seconds"), "to": end.isoformat(timespec="seconds")}


# What is drawn.


def color_of(speed: float) -> str:
    """The color of a speed in km/h."""
    return next(color for least, color in reversed(SPEED_STEPS) if not speed < least)


def _feature(row: VehicleRow) -> dict[str, Any]:
    assert row.position is not None  # noqa: S101 - the caller left the others out
    position = row.position
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [position.lon, position.lat]},
        "properties": {
            "thing": row.thing.pk,
            "title": row.thing.name,
            "url": reverse("citysense:vehicle", args=[row.thing.pk]),
            "time": position.time_us // 1000,
            "speed": position.speed,
            "heading": position.heading,
        },
    }


def _point(track: Track, row: int) -> dict[str, Any]:
    speed = float(track.speed[row])
    at = timezone.localtime(from_us(int(track.time_us[row])))
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point",
            "coordinates": [float(track.lon[row]), float(track.lat[row])],
        },
        "properties": {
            "title": f"{at:%Y-%m-%d %H:%M:%S}",
            "value": f"{speed:.0f} km/h",
            "color": color_of(speed),
        },
    }


def _geojson(features: list[dict[str, Any]]) -> HttpResponse:
    response = JsonResponse(
        {"type": "FeatureCollection", "features": features}, content_type="application/geo+json"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _legend() -> list[list[str]]:
    speeds = [step for step, _color in SPEED_STEPS]
    words = [_("standing")]
    words += [f"{low}–{high} km/h" for low, high in pairwise(speeds[1:])]
    words.append(f"≥ {speeds[-1]} km/h")
    return [[color, text] for (_step, color), text in zip(SPEED_STEPS, words, strict=True)]


def _vehicle_layer() -> dict[str, Any]:
    return {
        "id": "citysense-vehicles",
        "title": _("Vehicles"),
        "kind": "moving",
        "url": reverse("citysense:vehicles_geojson"),
        "legend": [*_legend(), [OLD_COLOR, _("not heard for five minutes")]],
        "shown": True,
        "refresh_s": REFRESH_S,
        "steps": SPEED_STEPS,
        "quiet_color": OLD_COLOR,
    }


def _map_spec(layers: list[dict[str, Any]], bounds: list[float] | None) -> dict[str, Any]:
    return {
        "base_url": reverse("portal:places_geojson"),
        "bounds": bounds or [121.45, 30.83, 121.99, 31.41],
        "layers": layers,
    }


def _track_map(thing: Thing, start: datetime, end: datetime, track: Track) -> dict[str, Any]:
    fixed = track.take(track.is_fixed)
    window = _window(start, end)
    bounds = None
    if len(fixed):
        bounds = [
            float(fixed.lon.min()) - MARGIN_DEGREES,
            float(fixed.lat.min()) - MARGIN_DEGREES,
            float(fixed.lon.max()) + MARGIN_DEGREES,
            float(fixed.lat.max()) + MARGIN_DEGREES,
        ]
    address = reverse("citysense:track_points", args=[thing.pk], query=window)
    layer = {
        "id": "citysense-track",
        "title": _("Track"),
        "kind": "points",
        "url": address,
        "legend": _legend(),
        "shown": True,
        "refresh_s": 0,
    }
    return _map_spec([layer], bounds)


def _speed_chart(track: Track) -> dict[str, Any]:
    fixed = thin(track.take(track.is_fixed), MOST_POINTS)
    points = [
        [timezone.localtime(from_us(time)).isoformat(timespec="seconds"), speed]
        for time, speed in zip(fixed.time_us.tolist(), fixed.speed.tolist(), strict=True)
        if speed == speed
    ]
    return {
        "title": _("Speed"),
        "unit": "km/h",
        "decimals": 0,
        "x": "time",
        "series": [{"name": _("Speed"), "points": points}],
    }
