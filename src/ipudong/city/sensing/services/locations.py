"""Where things are: their locations now, and since when."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.registry.queries import find_place_at
from ipudong.city.sensing.geometry import Geometry, bounds_of, make_point, point_of
from ipudong.city.sensing.models import HistoricalLocation, Location, Thing
from ipudong.city.sensing.services.features import begin_span


@transaction.atomic
def create_location(
    *, by: str, at: datetime, geometry: Geometry, things: Iterable[Thing] = (), **facts: Any
) -> Location:
    """A location, where these things are from now on. Raises SensingError `bad_geometry`."""
    row = Location.objects.create(geometry=geometry, **bounds_of(geometry), **facts)
    record(actor=by, action="sensing.create_location", subject=f"location:{row.pk}")
    for thing in things:
        move_thing(thing=thing, locations=[row], by=by, at=at)
    return row


@transaction.atomic
def update_location(*, location: Location, by: str, at: datetime, **facts: Any) -> None:
    """Change what is said of a location; where its geometry changes, its things have moved.

    Raises SensingError `bad_geometry`.
    """
    has_moved = "geometry" in facts and facts["geometry"] != location.geometry
    if has_moved:
        facts |= bounds_of(facts["geometry"])
    for name, value in facts.items():
        setattr(location, name, value)
    location.save()
    record(
        actor=by,
        action="sensing.update_location",
        subject=f"location:{location.pk}",
        detail={"changed": sorted(facts)},
    )
    if has_moved:
        for thing in location.things.all():
            _note_place(thing, list(thing.locations.all()), at)


@transaction.atomic
def delete_location(*, location: Location, by: str) -> None:
    """Delete a location and the historical locations that know of no other."""
    for past in location.historical_locations.all():
        if past.locations.count() == 1:
            past.delete()
    record(actor=by, action="sensing.delete_location", subject=f"location:{location.pk}")
    location.delete()


@transaction.atomic
def move_thing(*, thing: Thing, locations: Sequence[Location], by: str, at: datetime) -> None:
    """A thing is at these locations from `at` on, and no longer where it was.

    A HistoricalLocation is made of it (SensorThings 1.1, 8.2.3).
    """
    thing.locations.set(locations)
    record(
        actor=by,
        action="sensing.move_thing",
        subject=f"thing:{thing.pk}",
        detail={"locations": [row.pk for row in locations]},
    )
    if locations:
        _note_place(thing, locations, at)


def _note_place(thing: Thing, locations: Sequence[Location], at: datetime) -> None:
    """The history, the place on the map, and what is observed from now on."""
    past = HistoricalLocation.objects.create(thing=thing, time=at)
    past.locations.set(locations)
    _settle(thing, locations[0], at)


def _settle(thing: Thing, location: Location, at: datetime) -> None:
    lon, lat = point_of(location.geometry)
    if (lon, lat) != (thing.lon, thing.lat):
        place = find_place_at(lon, lat)
        thing.lon, thing.lat = lon, lat
        thing.place_code = place.code if place else ""
        thing.save(update_fields=["lon", "lat", "place_code"])
    begin_span(thing, location, at)


@transaction.atomic
def create_historical_location(
    *, thing: Thing, locations: Sequence[Location], time: datetime, by: str
) -> HistoricalLocation:
    """Note where a thing was; where it is the newest known, the thing is there now."""
    is_newest = not thing.historical_locations.filter(time__gte=time).exists()
    row = HistoricalLocation.objects.create(thing=thing, time=time)
    row.locations.set(locations)
    if is_newest and locations:
        thing.locations.set(locations)
        _settle(thing, locations[0], time)
    record(actor=by, action="sensing.create_historical_location", subject=f"thing:{thing.pk}")
    return row


@transaction.atomic
def update_historical_location(*, past: HistoricalLocation, by: str, **facts: Any) -> None:
    """Change the time, thing or locations of a historical location."""
    locations = facts.pop("locations", None)
    for name, value in facts.items():
        setattr(past, name, value)
    past.save()
    if locations is not None:
        past.locations.set(locations)
    record(actor=by, action="sensing.update_historical_location", subject=f"thing:{past.thing_id}")


@transaction.atomic
def delete_historical_location(*, past: HistoricalLocation, by: str) -> None:
    """Forget that a thing was there."""
    record(actor=by, action="sensing.delete_historical_location", subject=f"thing:{past.thing_id}")
    past.delete()


def place_thing(thing: Thing, at: datetime) -> None:
    """Keep the location of a thing the house registers by longitude and latitude.

    Loaders bring things up to date often, so nothing happens where it has not moved.
    """
    if thing.lon is None or thing.lat is None:
        return
    point = make_point(thing.lon, thing.lat)
    current = thing.locations.first()
    if current is not None and point_of(current.geometry) == (thing.lon, thing.lat):
        return
    location = Location.objects.create(
        name=thing.name_zh,
        description=thing.description or thing.name_en or thing.name_zh,
        geometry=point,
        **bounds_of(point),
    )
    thing.locations.set([location])
    _note_place(thing, [location], at)
