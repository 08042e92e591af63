"""The verbs of the sensing entities: from links and attributes to the services of sensing."""

from collections.abc import Iterable, Mapping
from typing import Final

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    MultiDatastream,
    ObservedProperty,
    Sensor,
    Thing,
)
from ipudong.city.sensing.services import (
    features,
    locations,
    multidatastreams,
    sensors,
    thing_entities,
)
from ipudong.gateway.sensorthings.writes.acts import Act, Attributes, Links, Verbs

_ATTRIBUTES: Final = {"Thing": "thing", "Sensor": "sensor", "ObservedProperty": "observed_property"}
# What the house shows among the properties of its own rows, and a client does not change.
_THING_FACTS: Final = ("kind", "system", "status", "name_en", "simulated")
_STREAM_FACTS: Final = ("period", "statistic", "channel")
_PROPERTY_FACTS: Final = ("unit", "min", "max")


def _to_one(links: Links) -> Attributes:
    """Links to one row as attributes."""
    return {_ATTRIBUTES[name]: row for name, row in links.items() if name in _ATTRIBUTES}


def _own(attributes: Attributes, facts: Iterable[str]) -> Attributes:
    """The attributes without what the house itself shows among the properties."""
    given = attributes.get("properties")
    if not isinstance(given, Mapping):
        return attributes
    hidden = set(facts)
    kept = {name: value for name, value in given.items() if name not in hidden}
    return {**attributes, "properties": kept}


def _create_thing(act: Act, links: Links, attributes: Attributes) -> Thing:
    return thing_entities.create_thing(
        by=act.by, at=act.at, locations=links.get("Locations", ()), **attributes
    )


def _update_thing(act: Act, row: Thing, links: Links, attributes: Attributes) -> None:
    if row.system:
        attributes = _own(attributes, _THING_FACTS)
    places = links.get("Locations")
    thing_entities.update_thing(thing=row, by=act.by, at=act.at, locations=places, **attributes)


THING: Final = Verbs(
    _create_thing,
    _update_thing,
    lambda act, row: thing_entities.delete_thing(thing=row, by=act.by, at=act.at),
)


def _create_location(act: Act, links: Links, attributes: Attributes) -> Location:
    things = links.get("Things", ())
    return locations.create_location(by=act.by, at=act.at, things=things, **attributes)


def _update_location(act: Act, row: Location, links: Links, attributes: Attributes) -> None:
    if attributes:
        locations.update_location(location=row, by=act.by, at=act.at, **attributes)
    for thing in links.get("Things", ()):
        locations.move_thing(thing=thing, locations=[row], by=act.by, at=act.at)


LOCATION: Final = Verbs(
    _create_location,
    _update_location,
    lambda act, row: locations.delete_location(location=row, by=act.by),
)


def _create_past(act: Act, links: Links, attributes: Attributes) -> HistoricalLocation:
    return locations.create_historical_location(
        by=act.by, thing=links["Thing"], locations=links["Locations"], **attributes
    )


def _update_past(act: Act, row: HistoricalLocation, links: Links, attributes: Attributes) -> None:
    facts = {**attributes, **_to_one(links)}
    if "Locations" in links:
        facts["locations"] = links["Locations"]
    locations.update_historical_location(past=row, by=act.by, **facts)


HISTORICAL_LOCATION: Final = Verbs(
    _create_past,
    _update_past,
    lambda act, row: locations.delete_historical_location(past=row, by=act.by),
)


def _create_datastream(act: Act, links: Links, attributes: Attributes) -> Datastream:
    facts = {name: value for name, value in attributes.items() if value is not None}
    return sensors.create_datastream(by=act.by, **_to_one(links), **facts)


def _update_datastream(act: Act, row: Datastream, links: Links, attributes: Attributes) -> None:
    if row.thing.protocol:
        attributes = _own(attributes, _STREAM_FACTS)
    sensors.update_datastream(datastream=row, by=act.by, **attributes, **_to_one(links))


DATASTREAM: Final = Verbs(
    _create_datastream,
    _update_datastream,
    lambda act, row: sensors.delete_datastreams(rows=[row], by=act.by),
)


def _members(attributes: Attributes) -> tuple[Attributes, list[Attributes] | None]:
    """The attributes, and apart from them those of the members as far as they are given."""
    facts = dict(attributes)
    units, types = facts.pop("units", None), facts.pop("types", None)
    if units is None or types is None:
        return facts, units or types
    if len(units) != len(types):
        raise SensingError("uneven_members", units=len(units), types=len(types))
    return facts, [{**one, **other} for one, other in zip(units, types, strict=True)]


def _create_multi(act: Act, links: Links, attributes: Attributes) -> MultiDatastream:
    facts, members = _members(attributes)
    return multidatastreams.create_multi_datastream(
        by=act.by,
        thing=links["Thing"],
        sensor=links["Sensor"],
        observed_properties=links["ObservedProperties"],
        members=members or (),
        **facts,
    )


def _update_multi(act: Act, row: MultiDatastream, links: Links, attributes: Attributes) -> None:
    if "ObservedProperties" in links:
        raise SensingError("members_fixed", multi=row.pk)
    facts, members = _members(attributes)
    multidatastreams.update_multi_datastream(
        multi=row, by=act.by, members=members, **facts, **_to_one(links)
    )


MULTI_DATASTREAM: Final = Verbs(
    _create_multi,
    _update_multi,
    lambda act, row: multidatastreams.delete_multi_datastream(multi=row, by=act.by),
)


def _update_sensor(act: Act, row: Sensor, links: Links, attributes: Attributes) -> None:
    sensors.update_sensor(sensor=row, by=act.by, **attributes)


SENSOR: Final = Verbs(
    lambda act, links, attributes: sensors.create_sensor(by=act.by, **attributes),
    _update_sensor,
    lambda act, row: sensors.delete_sensor(sensor=row, by=act.by),
)


def _update_property(act: Act, row: ObservedProperty, links: Links, attributes: Attributes) -> None:
    facts = _own(attributes, _PROPERTY_FACTS)
    sensors.update_observed_property(observed=row, by=act.by, **facts)


OBSERVED_PROPERTY: Final = Verbs(
    lambda act, links, attributes: sensors.create_observed_property(by=act.by, **attributes),
    _update_property,
    lambda act, row: sensors.delete_observed_property(observed=row, by=act.by),
)


def _update_feature(act: Act, row: FeatureOfInterest, links: Links, attributes: Attributes) -> None:
    features.update_feature(feature=row, by=act.by, **attributes)


FEATURE: Final = Verbs(
    lambda act, links, attributes: features.create_feature(by=act.by, **attributes),
    _update_feature,
    lambda act, row: features.delete_feature(feature=row, by=act.by, at=act.at),
)
