"""The entity sets as rows: where their properties come from and how they relate.

An entity set is a query of the registry of things with a function that writes one entity. Adding a
set or a property of the standard is adding a row. Observations are not here: they live in the
history (`observations.py`). What can be written is said in `writes/shapes.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from ipudong.city.sensing.models import (
    Actuator,
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Location,
    MultiDatastream,
    ObservedProperty,
    Sensor,
    Status,
    Task,
    TaskingCapability,
    Thing,
)
from ipudong.gateway.sensorthings import writing
from ipudong.gateway.sensorthings.writing import Properties

OBSERVATIONS: Final = "Observations"


@dataclass(frozen=True)
class Relation:
    """A navigation property: the set it leads to, whether to many, and the way in the database.

    `lookup` is what a row of the target set fulfils: `lookup=<own_field of this row>`. `path` is
    the way from this row to the target's in a query, for conditions across the relation; "" where
    there is none, which is so of Observations.
    """

    target: str
    to_many: bool
    lookup: str = ""
    own_field: str = "pk"
    path: str = ""


@dataclass(frozen=True)
class Interval:
    """A property that is a span of time, kept as two columns of microseconds UTC."""

    begin: str
    end: str


@dataclass(frozen=True)
class EntitySet:
    """One entity set.

    `columns` maps the properties that can be filtered and ordered by to columns of the row, which
    hold at the end of a relation's `path` too; `documents` those whose parts can be named
    (`properties/color`), `times` instants, `intervals` spans, `geometries` GeoJSON (a row of
    `Placed` has its bounds in `west`, `south`, `east`, `north`).
    """

    name: str
    title: str
    rows: Callable[[], QuerySet[Any]]
    write: Callable[[Any], Properties]
    columns: Mapping[str, str]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    has_text_key: bool = False
    documents: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    geometries: Mapping[str, str] = field(default_factory=dict)


def _things() -> QuerySet[Thing]:
    return Thing.objects.exclude(status=Status.RETIRED).defer("credential")


def _datastreams() -> QuerySet[Datastream]:
    streams = Datastream.objects.filter(multi=None).exclude(thing__status=Status.RETIRED)
    return streams.select_related("thing", "observed_property", "latest").defer("thing__credential")


def _multi_datastreams() -> QuerySet[MultiDatastream]:
    rows = MultiDatastream.objects.exclude(thing__status=Status.RETIRED)
    return rows.prefetch_related("members__observed_property", "members__latest")


def _historical_locations() -> QuerySet[HistoricalLocation]:
    return HistoricalLocation.objects.exclude(thing__status=Status.RETIRED)


def _capabilities() -> QuerySet[TaskingCapability]:
    return TaskingCapability.objects.exclude(thing__status=Status.RETIRED)


def _tasks() -> QuerySet[Task]:
    tasks = Task.objects.exclude(capability__thing__status=Status.RETIRED)
    return tasks.select_related("command")


_ID: Final = {"id": "pk", "@iot.id": "pk"}
_DESCRIBED: Final = {**_ID, "name": "name", "description": "description"}
_NAMED: Final = {**_ID, "name": "name_zh", "description": "description"}
_ENCODED: Final = {**_DESCRIBED, "encodingType": "encoding_type"}
_PROPERTIES: Final = {"properties": "properties"}
_MEASURED: Final = {"phenomenonTime": Interval("latest__first_us", "latest__time_us")}
_MEASURED_MULTI: Final = {
    "phenomenonTime": Interval("members__latest__first_us", "members__latest__time_us")
}
_TO_THING: Final = Relation("Things", False, "pk", "thing_id", "thing")
_TO_SENSOR: Final = Relation("Sensors", False, "pk", "sensor_id", "sensor")
_TO_OBSERVATIONS: Final = Relation(OBSERVATIONS, True)


_ROWS: Final = (
    EntitySet(
        "Things",
        "Thing",
        _things,
        writing.write_thing,
        {
            **_NAMED,
            "properties/kind": "kind",
            "properties/system": "system",
            "properties/status": "status",
        },
        {
            "Datastreams": Relation("Datastreams", True, "thing", path="datastreams"),
            "MultiDatastreams": Relation(
                "MultiDatastreams", True, "thing", path="multi_datastreams"
            ),
            "Locations": Relation("Locations", True, "things", path="locations"),
            "HistoricalLocations": Relation(
                "HistoricalLocations", True, "thing", path="historical_locations"
            ),
            "TaskingCapabilities": Relation(
                "TaskingCapabilities", True, "thing", path="tasking_capabilities"
            ),
        },
        documents=_PROPERTIES,
    ),
    EntitySet(
        "Locations",
        "Location",
        Location.objects.all,
        writing.write_location,
        _ENCODED,
        {
            "Things": Relation("Things", True, "locations", path="things"),
            "HistoricalLocations": Relation(
                "HistoricalLocations", True, "locations", path="historical_locations"
            ),
        },
        documents=_PROPERTIES,
        geometries={"location": "geometry"},
    ),
    EntitySet(
        "HistoricalLocations",
        "HistoricalLocation",
        _historical_locations,
        writing.write_historical_location,
        _ID,
        {
            "Thing": _TO_THING,
            "Locations": Relation("Locations", True, "historical_locations", path="locations"),
        },
        times={"time": "time"},
    ),
    EntitySet(
        "Datastreams",
        "Datastream",
        _datastreams,
        writing.write_datastream,
        {
            **_DESCRIBED,
            "observationType": "observation_type",
            "unitOfMeasurement/name": "unit_name",
            "unitOfMeasurement/symbol": "unit",
            "unitOfMeasurement/definition": "unit_definition",
            "properties/period": "period",
            "properties/statistic": "statistic",
            "properties/channel": "channel",
        },
        {
            "Thing": _TO_THING,
            "Sensor": _TO_SENSOR,
            "ObservedProperty": Relation(
                "ObservedProperties", False, "pk", "observed_property_id", "observed_property"
            ),
            OBSERVATIONS: _TO_OBSERVATIONS,
        },
        documents=_PROPERTIES,
        intervals=_MEASURED,
        geometries={"observedArea": "observed_area"},
    ),
    EntitySet(
        "MultiDatastreams",
        "MultiDatastream",
        _multi_datastreams,
        writing.write_multi_datastream,
        _DESCRIBED,
        {
            "Thing": _TO_THING,
            "Sensor": _TO_SENSOR,
            "ObservedProperties": Relation(
                "ObservedProperties", True, "datastreams__multi", path="members__observed_property"
            ),
            OBSERVATIONS: _TO_OBSERVATIONS,
        },
        documents=_PROPERTIES,
        intervals=_MEASURED_MULTI,
        geometries={"observedArea": "observed_area"},
    ),
    EntitySet(
        "Sensors",
        "Sensor",
        Sensor.objects.all,
        writing.write_sensor,
        _ENCODED,
        {
            "Datastreams": Relation("Datastreams", True, "sensor", path="datastreams"),
            "MultiDatastreams": Relation(
                "MultiDatastreams", True, "sensor", path="multi_datastreams"
            ),
        },
        documents={**_PROPERTIES, "metadata": "metadata"},
    ),
    EntitySet(
        "ObservedProperties",
        "ObservedProperty",
        ObservedProperty.objects.all,
        writing.write_observed_property,
        {**_NAMED, "definition": "definition"},
        {
            "Datastreams": Relation("Datastreams", True, "observed_property", path="datastreams"),
            "MultiDatastreams": Relation(
                "MultiDatastreams", True, "members__observed_property", path="datastreams__multi"
            ),
        },
        has_text_key=True,
        documents=_PROPERTIES,
    ),
    EntitySet(
        "FeaturesOfInterest",
        "FeatureOfInterest",
        FeatureOfInterest.objects.all,
        writing.write_feature,
        _ENCODED,
        {OBSERVATIONS: _TO_OBSERVATIONS},
        documents=_PROPERTIES,
        geometries={"feature": "geometry"},
    ),
    EntitySet(
        "Actuators",
        "Actuator",
        Actuator.objects.all,
        writing.write_actuator,
        _ENCODED,
        {
            "TaskingCapabilities": Relation(
                "TaskingCapabilities", True, "actuator", path="tasking_capabilities"
            )
        },
        documents={**_PROPERTIES, "metadata": "metadata"},
    ),
    EntitySet(
        "TaskingCapabilities",
        "TaskingCapability",
        _capabilities,
        writing.write_capability,
        _DESCRIBED,
        {
            "Thing": _TO_THING,
            "Actuator": Relation("Actuators", False, "pk", "actuator_id", "actuator"),
            "Tasks": Relation("Tasks", True, "capability", path="tasks"),
        },
        documents={**_PROPERTIES, "taskingParameters": "tasking_parameters"},
    ),
    EntitySet(
        "Tasks",
        "Task",
        _tasks,
        writing.write_task,
        {**_ID, "state": "command__state"},
        {
            "TaskingCapability": Relation(
                "TaskingCapabilities", False, "pk", "capability_id", "capability"
            )
        },
        documents={**_PROPERTIES, "taskingParameters": "parameters"},
        times={"creationTime": "created_at"},
    ),
)

SETS: Final[Mapping[str, EntitySet]] = {row.name: row for row in _ROWS}


def related_rows(relation: Relation, row: Model) -> QuerySet[Any]:
    """The rows a navigation property of this row leads to."""
    condition = Q(**{relation.lookup: getattr(row, relation.own_field)})
    rows = SETS[relation.target].rows().filter(condition)
    return rows.distinct() if "__" in relation.lookup else rows
