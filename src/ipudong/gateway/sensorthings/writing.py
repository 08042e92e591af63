"""One row of the database as the properties of its entity (SensorThings 1.1, tables 3 to 13)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Max, Min

from ipudong.city.sensing.clock import SECOND_US, from_us
from ipudong.city.sensing.models import (
    Actuator,
    Datastream,
    FeatureOfInterest,
    HistoricalLocation,
    Latest,
    Location,
    MultiDatastream,
    ObservedProperty,
    Period,
    Sensor,
    Task,
    TaskingCapability,
    Thing,
)
from ipudong.city.sensing.observation_types import COMPLEX, Form, form_of

UCUM: Final = "https://ucum.org/ucum#"

Properties = dict[str, Any]


def write_thing(row: Thing) -> Properties:
    """A thing; what the house knows of its own devices stands among the properties."""
    facts: Properties = {}
    if row.system:
        facts = {"kind": row.kind, "system": row.system, "status": row.status}
        facts |= {"name_en": row.name_en, "simulated": row.simulated}
    return {
        "name": row.name_zh,
        "description": row.description or row.name_en or row.name_zh,
        "properties": {**facts, **row.properties},
    }


def write_location(row: Location) -> Properties:
    """A location."""
    return {**_described(row), "encodingType": row.encoding_type, "location": row.geometry}


def write_feature(row: FeatureOfInterest) -> Properties:
    """A feature of interest."""
    return {**_described(row), "encodingType": row.encoding_type, "feature": row.geometry}


def write_historical_location(row: HistoricalLocation) -> Properties:
    """A historical location."""
    return {"time": format_moment(row.time)}


def write_sensor(row: Sensor | Actuator) -> Properties:
    """A sensor or an actuator."""
    return {**_described(row), "encodingType": row.encoding_type, "metadata": row.metadata}


write_actuator = write_sensor


def write_observed_property(row: ObservedProperty) -> Properties:
    """An observed property; its unit and limits stand among the properties where there are any."""
    facts = {"unit": row.unit, "min": row.physical_min, "max": row.physical_max}
    known = {name: value for name, value in facts.items() if value not in ("", None)}
    return {
        "name": row.name_zh,
        "description": row.description or row.name_en or row.name_zh,
        "definition": row.definition or f"urn:ipudong:property:{row.code}",
        "properties": {**known, **row.properties},
    }


def write_datastream(row: Datastream) -> Properties:
    """A datastream with the span of its observations; select thing, property and latest with it."""
    facts: Properties = {}
    if row.thing.protocol:
        facts = {"period": row.period, "statistic": row.statistic, "channel": row.channel}
    entity = {
        "name": row.name,
        "description": row.description,
        "observationType": row.observation_type,
        "unitOfMeasurement": _unit_of(row),
        "properties": {**facts, **row.properties},
    }
    if row.observed_area is not None:
        entity["observedArea"] = row.observed_area
    return entity | _span_of([row])


def write_multi_datastream(row: MultiDatastream) -> Properties:
    """A MultiDatastream; fetch members with their observed property and latest with it."""
    members = sorted(row.members.all(), key=lambda member: member.position)
    entity = {
        **_described(row),
        "observationType": COMPLEX,
        "multiObservationDataTypes": [member.observation_type for member in members],
        "unitOfMeasurements": [_unit_of(member) for member in members],
    }
    if row.observed_area is not None:
        entity["observedArea"] = row.observed_area
    return entity | _span_of(members)


def write_capability(row: TaskingCapability) -> Properties:
    """A tasking capability."""
    return {**_described(row), "taskingParameters": row.tasking_parameters}


def write_task(row: Task) -> Properties:
    """A task; `state` is how far its command came, `kept` where no door delivers it."""
    command = row.command
    entity = {
        "creationTime": format_moment(row.created_at),
        "taskingParameters": row.parameters,
        "properties": row.properties,
        "state": command.state if command else "kept",
    }
    if command and command.finished_at:
        entity |= {"finishedTime": format_moment(command.finished_at), "answer": command.answer}
    return entity


def format_moment(moment: datetime) -> str:
    """An instant as the standard writes it."""
    return moment.astimezone(UTC).isoformat(timespec="auto").replace("+00:00", "Z")


def _described(row: Any) -> Properties:
    return {"name": row.name, "description": row.description, "properties": row.properties}


def _unit_of(row: Datastream) -> Properties:
    """The unit; all three are null where there is none, as of a truth or a category."""
    symbol = row.unit or row.observed_property.unit
    if not (symbol or row.unit_name or row.unit_definition):
        return {"name": None, "symbol": None, "definition": None}
    return {
        "name": row.unit_name or symbol,
        "symbol": symbol or None,
        "definition": row.unit_definition or (UCUM + symbol if symbol else None),
    }


def _span_of(streams: Iterable[Datastream]) -> Properties:
    """`phenomenonTime` and `resultTime` of all observations so far, where there are any."""
    spans = [span for stream in streams if (span := _latest_of(stream))]
    if not spans:
        return {}
    first = min(begin for begin, _, _ in spans)
    last = max(end for _, end, _ in spans)
    length_us = spans[0][2]
    return {
        "phenomenonTime": _format_span(first, last + length_us),
        "resultTime": _format_span(first + length_us, last + length_us),
    }


def _latest_of(stream: Datastream) -> tuple[int, int, int] | None:
    latest: Latest | None = getattr(stream, "latest", None)
    if latest is None:
        return _events_of(stream)
    first = latest.time_us if latest.first_us is None else latest.first_us
    return first, latest.time_us, Period(stream.period).length_s * SECOND_US


def _events_of(stream: Datastream) -> tuple[int, int, int] | None:
    """The span of a datastream that has had no number, but texts."""
    if form_of(stream.observation_type) not in (Form.CATEGORY, Form.ANY):
        return None
    span = stream.details.aggregate(first=Min("time_us"), last=Max("time_us"))
    return None if span["first"] is None else (span["first"], span["last"], 0)


def _format_span(begin_us: int, end_us: int) -> str:
    return f"{format_moment(from_us(begin_us))}/{format_moment(from_us(end_us))}"
