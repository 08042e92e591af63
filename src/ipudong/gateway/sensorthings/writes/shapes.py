"""What can be written of each entity set: its properties, its links, and the verbs that do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ipudong.gateway.sensorthings.entities import OBSERVATIONS
from ipudong.gateway.sensorthings.tasking.verbs import (
    ACTUATOR_VERBS,
    CAPABILITY_VERBS,
    TASK_VERBS,
)
from ipudong.gateway.sensorthings.writes import verbs
from ipudong.gateway.sensorthings.writes.acts import Verbs
from ipudong.gateway.sensorthings.writes.fields import (
    Field,
    anything,
    area,
    complex_type,
    described,
    document,
    geo_encoding,
    geometry,
    moment,
    observation_type,
    ours,
    read_types,
    read_units,
    text,
    unit,
)


@dataclass(frozen=True)
class Link:
    """A navigation property a client may write.

    `inverse` is the link of the target that holds the relation; without one it is held here, and
    the targets must be there before the entity is made.
    """

    target: str
    to_many: bool
    required: bool = False
    inverse: str = ""


@dataclass(frozen=True)
class Shape:
    """The writable side of an entity set."""

    set_name: str
    fields: tuple[Field, ...]
    links: Mapping[str, Link]
    verbs: Verbs
    parts: Mapping[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", {row.name: row for row in self.fields})


_NAME: Final = text("name", "name", 300, required=True)
_NAME_ZH: Final = text("name", "name_zh", 150, required=True)
_PROPERTIES: Final = document("properties", "properties")
_DESCRIBED: Final = (_NAME, described(), _PROPERTIES)
_ENCODED: Final = (
    *_DESCRIBED,
    text("encodingType", "encoding_type", 100, required=True),
    anything("metadata", "metadata"),
)
_SPANS: Final = (ours("phenomenonTime"), ours("resultTime"))
_THING: Final = Link("Things", False, required=True)
_SENSOR: Final = Link("Sensors", False, required=True)
_LINKED_OBSERVATIONS: Final = Link(OBSERVATIONS, True, inverse="Datastream")

SHAPES: Final[Mapping[str, Shape]] = {
    shape.set_name: shape
    for shape in (
        Shape(
            "Things",
            (_NAME_ZH, described(), _PROPERTIES),
            {
                "Locations": Link("Locations", True),
                "HistoricalLocations": Link("HistoricalLocations", True, inverse="Thing"),
                "Datastreams": Link("Datastreams", True, inverse="Thing"),
                "MultiDatastreams": Link("MultiDatastreams", True, inverse="Thing"),
                "TaskingCapabilities": Link("TaskingCapabilities", True, inverse="Thing"),
            },
            verbs.THING,
        ),
        Shape(
            "Locations",
            (*_DESCRIBED, geo_encoding(), geometry("location")),
            {
                "Things": Link("Things", True),
                "HistoricalLocations": Link("HistoricalLocations", True, inverse="Locations"),
            },
            verbs.LOCATION,
        ),
        Shape(
            "HistoricalLocations",
            (moment("time", "time"),),
            {"Thing": _THING, "Locations": Link("Locations", True, required=True)},
            verbs.HISTORICAL_LOCATION,
        ),
        Shape(
            "Datastreams",
            (*_DESCRIBED, observation_type(), unit(), area(), *_SPANS),
            {
                "Thing": _THING,
                "Sensor": _SENSOR,
                "ObservedProperty": Link("ObservedProperties", False, required=True),
                OBSERVATIONS: _LINKED_OBSERVATIONS,
            },
            verbs.DATASTREAM,
        ),
        Shape(
            "MultiDatastreams",
            (
                *_DESCRIBED,
                complex_type(),
                Field(
                    "multiObservationDataTypes",
                    lambda path, value: {"types": read_types(path, value)},
                    required=True,
                ),
                Field(
                    "unitOfMeasurements",
                    lambda path, value: {"units": read_units(path, value)},
                    required=True,
                ),
                area(),
                *_SPANS,
            ),
            {
                "Thing": _THING,
                "Sensor": _SENSOR,
                "ObservedProperties": Link("ObservedProperties", True, required=True),
                OBSERVATIONS: Link(OBSERVATIONS, True, inverse="MultiDatastream"),
            },
            verbs.MULTI_DATASTREAM,
        ),
        Shape(
            "Sensors",
            _ENCODED,
            {
                "Datastreams": Link("Datastreams", True, inverse="Sensor"),
                "MultiDatastreams": Link("MultiDatastreams", True, inverse="Sensor"),
            },
            verbs.SENSOR,
        ),
        Shape(
            "ObservedProperties",
            (
                _NAME_ZH,
                described(),
                _PROPERTIES,
                text("definition", "definition", 300, required=True),
            ),
            {"Datastreams": Link("Datastreams", True, inverse="ObservedProperty")},
            verbs.OBSERVED_PROPERTY,
        ),
        Shape(
            "FeaturesOfInterest",
            (*_DESCRIBED, geo_encoding(), geometry("feature")),
            {OBSERVATIONS: Link(OBSERVATIONS, True, inverse="FeatureOfInterest")},
            verbs.FEATURE,
        ),
        Shape(
            "Actuators",
            _ENCODED,
            {"TaskingCapabilities": Link("TaskingCapabilities", True, inverse="Actuator")},
            ACTUATOR_VERBS,
        ),
        Shape(
            "TaskingCapabilities",
            (*_DESCRIBED, document("taskingParameters", "tasking_parameters", required=True)),
            {
                "Thing": _THING,
                "Actuator": Link("Actuators", False, required=True),
                "Tasks": Link("Tasks", True, inverse="TaskingCapability"),
            },
            CAPABILITY_VERBS,
        ),
        Shape(
            "Tasks",
            (
                document("taskingParameters", "parameters", required=True),
                _PROPERTIES,
                ours("creationTime"),
                ours("state"),
                ours("finishedTime"),
                ours("answer"),
            ),
            {"TaskingCapability": Link("TaskingCapabilities", False, required=True)},
            TASK_VERBS,
        ),
    )
}
