"""The properties of each entity type and their kinds (SensorThings 1.1, 8.2; Tasking 1.0, 8)."""

from collections.abc import Mapping
from typing import Final

_NAMED: Final = {"name": "text", "description": "text", "properties": "any"}

PROPERTIES: Final[Mapping[str, Mapping[str, str]]] = {
    "Things": _NAMED,
    "Locations": {**_NAMED, "encodingType": "text", "location": "geometry"},
    "HistoricalLocations": {"time": "time"},
    "Datastreams": {
        **_NAMED,
        "observationType": "text",
        "unitOfMeasurement": "any",
        "observedArea": "geometry",
        "phenomenonTime": "time",
        "resultTime": "time",
    },
    "MultiDatastreams": {
        **_NAMED,
        "observationType": "text",
        "multiObservationDataTypes": "any",
        "unitOfMeasurements": "any",
        "observedArea": "geometry",
        "phenomenonTime": "time",
        "resultTime": "time",
    },
    "Sensors": {**_NAMED, "encodingType": "text", "metadata": "any"},
    "ObservedProperties": {**_NAMED, "definition": "text"},
    "FeaturesOfInterest": {**_NAMED, "encodingType": "text", "feature": "geometry"},
    "Observations": {
        "phenomenonTime": "time",
        "resultTime": "time",
        "result": "number",
        "resultQuality": "any",
        "validTime": "time",
        "parameters": "any",
    },
    "Actuators": {**_NAMED, "encodingType": "text", "metadata": "any"},
    "TaskingCapabilities": {**_NAMED, "taskingParameters": "any"},
    "Tasks": {"creationTime": "time", "taskingParameters": "any"},
}
IDS: Final = frozenset({"id", "@iot.id"})


def find_kind(entity_set: str, name: str) -> str | None:
    """The kind of a property; None when the type has none of this name."""
    if name in IDS:
        return "id"
    if name == "@iot.selfLink":
        return "text"
    return PROPERTIES.get(entity_set, {}).get(name)
