"""Making many new things at once, with their locations, in few statements.

The rows are those that `register_thing` makes one by one; a test holds both together.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.geometry import bounds_of, make_point
from ipudong.city.sensing.models import (
    FeatureOfInterest,
    FeatureSpan,
    HistoricalLocation,
    Location,
    QuarantinedDevice,
    QuarantineState,
    Thing,
)

BATCH: Final = 400


def register_new_things(things: Sequence[Thing], *, at: datetime) -> None:
    """Store things that are not known yet, all with a protocol and an identity; they get their ids.

    Within the caller's transaction. Raises SensingError `identity_taken`.
    """
    try:
        with transaction.atomic():
            Thing.objects.bulk_create(things, batch_size=BATCH)
    except IntegrityError as error:
        raise SensingError("identity_taken") from error
    _place([thing for thing in things if thing.lon is not None and thing.lat is not None], at)
    _end_waiting(things)


def _place(things: Sequence[Thing], at: datetime) -> None:
    """Location, history, feature and span of each, as `locations.place_thing` makes them."""
    places = [_make_location(thing) for thing in things]
    Location.objects.bulk_create(places, batch_size=BATCH)
    pasts = [HistoricalLocation(thing=thing, time=at) for thing in things]
    HistoricalLocation.objects.bulk_create(pasts, batch_size=BATCH)
    features = [_make_feature(place) for place in places]
    FeatureOfInterest.objects.bulk_create(features, batch_size=BATCH)
    now, then = Thing.locations.through, HistoricalLocation.locations.through
    now.objects.bulk_create(
        (now(thing=t, location=p) for t, p in zip(things, places, strict=True)), batch_size=BATCH
    )
    then.objects.bulk_create(
        (then(historicallocation=h, location=p) for h, p in zip(pasts, places, strict=True)),
        batch_size=BATCH,
    )
    FeatureSpan.objects.bulk_create(
        (
            FeatureSpan(thing=thing, feature=feature, start_us=to_us(at))
            for thing, feature in zip(things, features, strict=True)
        ),
        batch_size=BATCH,
    )


def _make_location(thing: Thing) -> Location:
    point = make_point(thing.lon or 0.0, thing.lat or 0.0)
    words = thing.description or thing.name_en or thing.name_zh
    return Location(name=thing.name_zh, description=words, geometry=point, **bounds_of(point))


def _make_feature(place: Location) -> FeatureOfInterest:
    names = ("name", "description", "properties", "encoding_type", "geometry")
    facts = {name: getattr(place, name) for name in (*names, "west", "south", "east", "north")}
    return FeatureOfInterest(location=place, **facts)


def _end_waiting(things: Sequence[Thing]) -> None:
    """Who is known waits for no decision."""
    known = {(thing.protocol, thing.identity): thing for thing in things}
    for device in QuarantinedDevice.objects.filter(state=QuarantineState.WAITING):
        thing = known.get((device.protocol, device.identity))
        if thing is not None:
            device.state, device.thing = QuarantineState.ADOPTED, thing
            device.credential, device.raw = "", b""
            device.save()
