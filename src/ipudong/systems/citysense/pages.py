"""Pages of the sensing network: its vehicles, the map's layer, and the track of one vehicle."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.models import LatestPosition, Thing
from ipudong.city.sensing.queries import Track, get_thing, read_track
from ipudong.systems.citysense import exports
from ipudong.systems.citysense.queries import VehicleRow, list_vehicles
from ipudong.systems.citysense.tracks import GAP, find_stops, summarize, thin

VIEW: Final = "sensing.view_positions"
DEFAULT_SPAN: Final = timedelta(hours=1)
LONGEST_SPAN: Final = timedelta(days=7)
MOST_POINTS: Final = 1000
MOST_OF_TRACK: Final = 5000
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
PACES: Final = (10, 60, 300)  # times as fast as it was driven


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
        "spec": _map_spec([], _find_bounds(track)),
        "legend": _legend(),
        "words": _player_words(),
        "paces": PACES,
        "heard": _window_before(thing),
    }
    return render(request, "citysense/vehicle.html", context)


@permitted(VIEW)
def track_points(request: HttpRequest, thing_id: int) -> HttpResponse:
    """The track as columns, for the map and its player (frontend/src/map/track.ts)."""
    _thing, _start, _end, track = _read(request, thing_id)
    stops = [
        {"from": _ms(stop.began_at), "to": _ms(stop.ended_at), "lon": stop.lon, "lat": stop.lat}
        for stop in find_stops(track)
    ]
    fixed = thin(track.take(track.is_fixed), MOST_OF_TRACK)
    columns = {name: _list_known(getattr(fixed, name)) for name in ("lon", "lat", "speed")}
    times = (fixed.time_us // 1000).tolist()
    document = {
        "time": times,
        **columns,
        "heading": _list_known(fixed.heading),
        "stops": stops,
        "steps": SPEED_STEPS,
        "gap_ms": GAP // timedelta(milliseconds=1),
    }
    response = JsonResponse(document)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _list_known(column: NDArray[np.float64]) -> list[float | None]:
    """A column for JSON, which has no NaN."""
    return [None if value != value else value for value in column.tolist()]


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


def _find_bounds(track: Track) -> list[float] | None:
    """West, south, east, north around a track; None where it has no position."""
    fixed = track.take(track.is_fixed)
    if not len(fixed):
        return None
    return [
        float(fixed.lon.min()) - MARGIN_DEGREES,
        float(fixed.lat.min()) - MARGIN_DEGREES,
        float(fixed.lon.max()) + MARGIN_DEGREES,
        float(fixed.lat.max()) + MARGIN_DEGREES,
    ]


def _player_words() -> dict[str, str]:
    """Texts the player shows; `{name}` places are filled there."""
    return {
        "began": _("Start of the track"),
        "ended": _("End"),
        "minutes": _("stood {minutes} min"),
        "play": _("Play the track"),
        "pause": _("Pause"),
        "speed": _("{speed} km/h"),
        "unknown": _("no position known"),
        "failed": _("The track could not be fetched. Load the page again."),
    }


def _window_before(thing: Thing) -> str:
    """The query of the hour up to the last position of a vehicle; "" where it never had one."""
    last = LatestPosition.objects.filter(thing=thing).first()
    if last is None:
        return ""
    return urlencode(_window(last.time - DEFAULT_SPAN, last.time + timedelta(seconds=1)))


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
