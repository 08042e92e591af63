"""What is answered: JSON, data arrays, CSV, GeoJSON, a bare value, or nothing."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.entities import OBSERVATIONS
from ipudong.gateway.sensorthings.writing import Properties

JSON: Final = "application/json"
GEO_JSON: Final = "application/geo+json"
# The framework adds the charset.
CSV: Final = "text/csv"
TEXT: Final = "text/plain"

COMPONENTS: Final = ("id", "phenomenonTime", "resultTime", "result", "resultQuality")
_LINK: Final = "@iot.navigationLink"
# A table's cell that begins so is taken for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a response."""

    body: bytes
    media_type: str = JSON
    status: int = 200


def to_json(value: Any) -> Answer:
    """A JSON document."""
    return Answer(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


def to_value(value: Any) -> Answer:
    """A property alone, as text; an object stays JSON. Nothing where it is null."""
    if value is None:
        return Answer(b"", TEXT, 204)
    if isinstance(value, dict | list):
        return to_json(value)
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return Answer(text.encode(), TEXT)


def to_data_arrays(
    body: Properties, entities: Sequence[Properties], select: Sequence[str]
) -> Answer:
    """Observations as data arrays, one for each datastream (SensorThings 1.1, 12.2)."""
    components = [name for name in select or COMPONENTS if name != "Datastream"]
    names = ["@iot.id" if name == "id" else name for name in components]
    groups: dict[str, list[list[Any]]] = {}
    for entity in entities:
        row = [entity.get(name) for name in names]
        groups.setdefault(_owner_link(entity), []).append(row)
    body["value"] = [
        {
            link: address,
            "components": components,
            "dataArray@iot.count": len(rows),
            "dataArray": rows,
        }
        for (link, address), rows in ((_named(key), rows) for key, rows in groups.items())
    ]
    return to_json(body)


def _owner_link(entity: Mapping[str, Any]) -> str:
    """Where the datastream is: the observation's id begins with its id."""
    base = str(entity["@iot.selfLink"]).rpartition("/Observations(")[0]
    stream = str(entity["@iot.id"]).partition("-")[0]
    if stream.startswith("m"):
        return f"{base}/MultiDatastreams({stream[1:]})"
    return f"{base}/Datastreams({stream})"


def _named(address: str) -> tuple[str, str]:
    kind = "MultiDatastream" if "/MultiDatastreams(" in address else "Datastream"
    return f"{kind}{_LINK}", address


def to_csv(entities: Sequence[Properties]) -> Answer:
    """A table: one row for each entity, objects laid out as columns `a/b`."""
    rows = [dict(_flatten(entity)) for entity in entities]
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return Answer(text.getvalue().encode(), CSV)


def _flatten(entity: Properties, prefix: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in entity.items():
        if key.endswith((_LINK, "@iot.nextLink")) or key == "@iot.selfLink":
            continue
        name = prefix + ("id" if key == "@iot.id" else key)
        if isinstance(value, dict):
            found += _flatten(value, f"{name}/")
        else:
            found.append((name, value))
    return found


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


def to_geo_json(name: str, body: Properties, entities: Sequence[Properties]) -> Answer:
    """A collection of features; a thing's geometry is that of its expanded location."""
    if name == OBSERVATIONS:
        raise bad_request(
            "bad_option", "GeoJSON is for entities with a place.", option="$resultFormat"
        )
    features = [
        {
            "type": "Feature",
            "id": entity.get("@iot.id"),
            "geometry": _geometry_of(entity),
            "properties": dict(_flatten(_without_geometry(entity))),
        }
        for entity in entities
    ]
    document = {"type": "FeatureCollection", "features": features, **body}
    document.pop("value", None)
    return Answer(orjson.dumps(document), GEO_JSON)


def _without_geometry(entity: Properties) -> Properties:
    hidden = ("location", "feature", "observedArea", "Locations")
    return {key: value for key, value in entity.items() if key not in hidden}


def _geometry_of(entity: Mapping[str, Any]) -> Any:
    for key in ("location", "feature", "observedArea"):
        found = entity.get(key)
        if isinstance(found, dict):
            return found.get("geometry") if found.get("type") == "Feature" else found
    places = entity.get("Locations")
    if isinstance(places, list) and places:
        return _geometry_of(places[0])
    for key in ("Thing", "FeatureOfInterest"):
        if isinstance(entity.get(key), dict):
            return _geometry_of(entity[key])
    return None
