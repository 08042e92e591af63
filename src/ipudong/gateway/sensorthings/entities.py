"""The entity sets as rows: where their properties come from and how they relate.

An entity set is a query of the registry of things with a function that writes one entity. Adding a
set or a property of the standard is adding a row. Observations are not here: they live in the
history (`observations.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import F, Func, Model, Q, QuerySet, Value

from ipudong.city.sensing.models import Datastream, ObservedProperty, Status, Thing

GEO_JSON: Final = "application/geo+json"
MEASUREMENT: Final = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"
UCUM: Final = "https://ucum.org/ucum#"

OBSERVATIONS: Final = "Observations"

Properties = dict[str, Any]


@dataclass(frozen=True)
class Relation:
    """A navigation property: the set it leads to, whether to many, and the way in the database.

    `lookup` is what a row of the target set fulfils: `lookup=<field of this row>`.
    """

    target: str
    to_many: bool
    lookup: str = ""
    own_field: str = "pk"


@dataclass(frozen=True)
class EntitySet:
    """One entity set. `columns` maps the properties that can be filtered and ordered by."""

    name: str
    title: str
    rows: Callable[[], QuerySet[Any]]
    write: Callable[[Any], Properties]
    columns: Mapping[str, str]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    has_text_key: bool = False


def _write_thing(row: Thing) -> Properties:
    facts = {"name_en": row.name_en, "kind": row.kind, "system": row.system, "status": row.status}
    return {
        "name": row.name_zh,
        "description": row.name_en or row.name_zh,
        "properties": {**row.properties, **facts, "simulated": row.simulated},
    }


def _write_location(row: Thing) -> Properties:
    return {
        "name": row.name_zh,
        "description": row.name_en or row.name_zh,
        "encodingType": GEO_JSON,
        "location": {"type": "Point", "coordinates": [row.lon, row.lat]},
        "properties": {},
    }


def _write_feature(row: Thing) -> Properties:
    location = _write_location(row)
    return {**location, "feature": location.pop("location")}


def _write_sensor(row: Thing) -> Properties:
    return {
        "name": row.profile or row.kind,
        "description": f"Device of {row.name_en or row.name_zh}",
        "encodingType": "text/plain",
        "metadata": row.profile or row.protocol,
        "properties": {"protocol": row.protocol},
    }


def _write_property(row: ObservedProperty) -> Properties:
    return {
        "name": row.name_zh,
        "description": row.name_en or row.name_zh,
        "definition": row.definition or f"urn:ipudong:property:{row.code}",
        "properties": {"unit": row.unit, "min": row.physical_min, "max": row.physical_max},
    }


def _write_datastream(row: Datastream) -> Properties:
    observed = row.observed_property
    name = f"{row.thing.name_zh} {observed.name_zh}"
    unit = row.unit or observed.unit
    return {
        "name": name,
        "description": f"{row.thing.name_en or row.thing.name_zh}: {observed.name_en}",
        "observationType": MEASUREMENT,
        "unitOfMeasurement": {"name": unit, "symbol": unit, "definition": UCUM + unit},
        "properties": {
            "period": row.period,
            "statistic": row.statistic,
            "channel": row.channel,
        },
    }


def _things() -> QuerySet[Thing]:
    return Thing.objects.exclude(status=Status.RETIRED).defer("credential")


def _placed_things() -> QuerySet[Thing]:
    return _things().exclude(lon=None).exclude(lat=None)


def _datastreams() -> QuerySet[Datastream]:
    streams = Datastream.objects.exclude(thing__status=Status.RETIRED)
    # The name of a datastream is its thing's and its property's; filters see it joined.
    name = Func(
        F("thing__name_zh"),
        Value(" "),
        F("observed_property__name_zh"),
        template="(%(expressions)s)",
        arg_joiner=" || ",
    )
    return (
        streams.annotate(joined_name=name)
        .select_related("thing", "observed_property")
        .defer("thing__credential")
    )


_NAMED = {"id": "pk", "@iot.id": "pk", "name": "name_zh", "description": "name_en"}
_OF_THING = {"Things": Relation("Things", True, "pk")}

SETS: Final[Mapping[str, EntitySet]] = {
    row.name: row
    for row in (
        EntitySet(
            "Things",
            "Thing",
            _things,
            _write_thing,
            {
                **_NAMED,
                "properties/kind": "kind",
                "properties/system": "system",
                "properties/status": "status",
            },
            {
                "Datastreams": Relation("Datastreams", True, "thing"),
                "Locations": Relation("Locations", True, "pk"),
            },
        ),
        EntitySet("Locations", "Location", _placed_things, _write_location, _NAMED, _OF_THING),
        EntitySet(
            "Sensors",
            "Sensor",
            _things,
            _write_sensor,
            {"id": "pk", "@iot.id": "pk", "name": "profile"},
            {"Datastreams": Relation("Datastreams", True, "thing")},
        ),
        EntitySet(
            "ObservedProperties",
            "ObservedProperty",
            ObservedProperty.objects.all,
            _write_property,
            {**_NAMED, "definition": "definition"},
            {"Datastreams": Relation("Datastreams", True, "observed_property")},
            has_text_key=True,
        ),
        EntitySet(
            "Datastreams",
            "Datastream",
            _datastreams,
            _write_datastream,
            {
                "id": "pk",
                "@iot.id": "pk",
                "name": "joined_name",
                "unitOfMeasurement/symbol": "unit",
                "properties/period": "period",
                "properties/statistic": "statistic",
                "properties/channel": "channel",
                "Thing/id": "thing_id",
                "Thing/@iot.id": "thing_id",
                "Thing/name": "thing__name_zh",
                "ObservedProperty/id": "observed_property_id",
                "ObservedProperty/@iot.id": "observed_property_id",
                "ObservedProperty/name": "observed_property__name_zh",
            },
            {
                "Thing": Relation("Things", False, "pk", "thing_id"),
                "Sensor": Relation("Sensors", False, "pk", "thing_id"),
                "ObservedProperty": Relation(
                    "ObservedProperties", False, "pk", "observed_property_id"
                ),
                OBSERVATIONS: Relation(OBSERVATIONS, True),
            },
        ),
        EntitySet(
            "FeaturesOfInterest", "FeatureOfInterest", _placed_things, _write_feature, _NAMED
        ),
    )
}


def related_rows(relation: Relation, row: Model) -> QuerySet[Any]:
    """The rows a navigation property of this row leads to."""
    condition = Q(**{relation.lookup: getattr(row, relation.own_field)})
    return SETS[relation.target].rows().filter(condition)
