"""What observations are of: named with the observation, or else where the thing was."""

from datetime import datetime
from typing import Any

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.geometry import Geometry, bounds_of, join_areas
from ipudong.city.sensing.models import (
    Datastream,
    FeatureOfInterest,
    FeatureSpan,
    Location,
    Thing,
)
from ipudong.city.sensing.revision import bump_revision


@transaction.atomic
def create_feature(*, by: str, geometry: Geometry, **facts: Any) -> FeatureOfInterest:
    """A feature of interest. Raises SensingError `bad_geometry`."""
    row = FeatureOfInterest.objects.create(geometry=geometry, **bounds_of(geometry), **facts)
    record(actor=by, action="sensing.create_feature", subject=f"feature:{row.pk}")
    return row


@transaction.atomic
def update_feature(*, feature: FeatureOfInterest, by: str, **facts: Any) -> None:
    """Change what is said of a feature. Raises SensingError `bad_geometry`."""
    if "geometry" in facts:
        facts |= bounds_of(facts["geometry"])
    for name, value in facts.items():
        setattr(feature, name, value)
    feature.save()
    record(
        actor=by,
        action="sensing.update_feature",
        subject=f"feature:{feature.pk}",
        detail={"changed": sorted(facts)},
    )


@transaction.atomic
def delete_feature(*, feature: FeatureOfInterest, by: str, at: datetime) -> None:
    """Delete a feature; its observations are withdrawn by whoever can reach them, before.

    What its things observe from now on is of a new feature of their place.
    """
    record(actor=by, action="sensing.delete_feature", subject=f"feature:{feature.pk}")
    things = list(Thing.objects.filter(feature_spans__feature=feature).distinct())
    feature.delete()
    for thing in things:
        location = thing.locations.first()
        if location is not None:
            begin_span(thing, location, at)
    bump_revision()


def feature_of(location: Location) -> FeatureOfInterest:
    """The feature made of a location as it is now (SensorThings 1.1, 8.2.8), made where missing."""
    found = location.features.filter(geometry=location.geometry).order_by("-pk").first()
    if found is not None:
        return found
    return FeatureOfInterest.objects.create(
        name=location.name,
        description=location.description,
        properties=location.properties,
        encoding_type=location.encoding_type,
        geometry=location.geometry,
        west=location.west,
        south=location.south,
        east=location.east,
        north=location.north,
        location=location,
    )


def begin_span(thing: Thing, location: Location, at: datetime) -> None:
    """From `at` on, what this thing observes is of this location's feature."""
    feature = feature_of(location)
    last = thing.feature_spans.order_by("-start_us", "-pk").first()
    if last is not None and last.feature_id == feature.pk:
        return
    FeatureSpan.objects.create(thing=thing, feature=feature, start_us=to_us(at))
    for stream in thing.datastreams.all():
        widen_area(stream, feature.geometry)
    bump_revision()


def widen_area(stream: Datastream, geometry: Geometry) -> None:
    """Let a datastream's observed area hold this geometry too."""
    known = stream.observed_area
    area = join_areas([geometry] if known is None else [known, geometry])
    if area != known:
        stream.observed_area = area
        stream.save(update_fields=["observed_area"])


def area_of(thing: Thing) -> Geometry | None:
    """Where a thing is, as the observed area of a datastream that begins now."""
    span = thing.feature_spans.select_related("feature").last()
    return join_areas([span.feature.geometry]) if span else None
