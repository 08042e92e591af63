"""One property of a body as attributes of a row; each reader refuses what cannot be kept (400)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson

from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.geometry import read_geometry
from ipudong.city.sensing.observation_types import COMPLEX, FORMS
from ipudong.gateway.api.problems import RequestRefused, bad_request

MAX_DOCUMENT_DEPTH: Final = 32
MAX_DOCUMENT_BYTES: Final = 256 * 1024
MAX_TEXT_CHARS: Final = 20_000
MAX_MEMBERS: Final = 50
GEO_JSON: Final = frozenset({"application/geo+json", "application/vnd.geo+json"})

Attributes = dict[str, Any]
Reader = Callable[[str, Any], Attributes]


@dataclass(frozen=True)
class Field:
    """A property a client may write.

    `blank` are the attributes of a row without it. `is_ours`: the server maintains it; a client
    that sends back what it read is not refused, but nothing comes of it.
    """

    name: str
    read: Reader
    required: bool = False
    blank: Mapping[str, Any] = field(default_factory=dict)
    is_ours: bool = False


def bad_property(name: str, wanted: str) -> RequestRefused:
    """The refusal of a property's value."""
    return bad_request("bad_property", f"{name} {wanted}.", property=name)


def text(name: str, attribute: str, longest: int, *, required: bool = False) -> Field:
    """A text; a required one is not empty."""

    def read(path: str, value: Any) -> Attributes:
        if not isinstance(value, str) or len(value) > longest:
            raise bad_property(path, f"is a text of at most {longest} characters")
        if required and not value.strip():
            raise bad_property(path, "must not be empty")
        return {attribute: value}

    return Field(name, read, required, {} if required else {attribute: ""})


def described(attribute: str = "description") -> Field:
    """The description, which the standard requires but which may be empty."""

    def read(path: str, value: Any) -> Attributes:
        if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS:
            raise bad_property(path, f"is a text of at most {MAX_TEXT_CHARS} characters")
        return {attribute: value}

    return Field("description", read, required=True)


def document(name: str, attribute: str, *, required: bool = False) -> Field:
    """A JSON object."""

    def read(path: str, value: Any) -> Attributes:
        if value is None and not required:
            return {attribute: {}}
        if not isinstance(value, dict):
            raise bad_property(path, "is a JSON object")
        check_document(path, value)
        return {attribute: value}

    return Field(name, read, required, {} if required else {attribute: {}})


def anything(name: str, attribute: str) -> Field:
    """Any JSON value but null, such as the metadata of a sensor."""

    def read(path: str, value: Any) -> Attributes:
        if value is None:
            raise bad_property(path, "is required")
        check_document(path, value)
        return {attribute: value}

    return Field(name, read, required=True)


def geometry(name: str) -> Field:
    """A GeoJSON geometry or Feature."""

    def read(path: str, value: Any) -> Attributes:
        check_geometry(path, value)
        return {"geometry": value}

    return Field(name, read, required=True)


def geo_encoding() -> Field:
    """The encoding of a geometry: GeoJSON, the only one the standard names."""

    def read(path: str, value: Any) -> Attributes:
        if value not in GEO_JSON:
            raise bad_property(path, "is application/geo+json")
        return {"encoding_type": value}

    return Field("encodingType", read, required=True)


def area() -> Field:
    """The observed area, which the server widens as it learns of further features."""

    def read(path: str, value: Any) -> Attributes:
        if value is not None:
            check_geometry(path, value)
        return {"observed_area": value}

    return Field("observedArea", read)


def moment(name: str, attribute: str) -> Field:
    """An instant with its zone."""

    def read(path: str, value: Any) -> Attributes:
        return {attribute: read_moment(path, value)}

    return Field(name, read, required=True)


def ours(name: str) -> Field:
    """A property the server maintains."""
    return Field(name, lambda path, value: {}, is_ours=True)


def observation_type(name: str = "observationType") -> Field:
    """What kind of result a Datastream has."""
    return Field(name, lambda path, value: {"observation_type": read_type(path, value)}, True)


def complex_type() -> Field:
    """The kind of result of a MultiDatastream; there is but one."""

    def read(path: str, value: Any) -> Attributes:
        if value != COMPLEX:
            raise bad_property(path, f"is {COMPLEX}")
        return {}

    return Field("observationType", read)


def unit() -> Field:
    """The unit of a Datastream: name, symbol and definition, null where there is none."""
    return Field("unitOfMeasurement", read_unit, required=True)


def read_type(path: str, value: Any) -> str:
    """An observation type of table 15. Raises RequestRefused."""
    if not isinstance(value, str) or value not in FORMS:
        raise bad_property(path, "is one of: " + ", ".join(FORMS))
    return value


def read_unit(path: str, value: Any) -> Attributes:
    """The attributes of a unit. Raises RequestRefused."""
    if not isinstance(value, dict) or not set(value) <= {"name", "symbol", "definition"}:
        raise bad_property(path, "is an object of name, symbol and definition")
    limits = {"symbol": ("unit", 30), "name": ("unit_name", 100)}
    limits["definition"] = ("unit_definition", 300)
    found: Attributes = {}
    for name, (attribute, longest) in limits.items():
        given = value.get(name)
        if given is not None and (not isinstance(given, str) or len(given) > longest):
            raise bad_property(f"{path}/{name}", f"is a text of at most {longest} characters")
        found[attribute] = given or ""
    return found


def read_units(path: str, value: Any) -> list[Attributes]:
    """The units of a MultiDatastream, in order. Raises RequestRefused."""
    return [read_unit(f"{path}[{at}]", row) for at, row in enumerate(_read_list(path, value))]


def read_types(path: str, value: Any) -> list[Attributes]:
    """The observation types of a MultiDatastream's columns, in order. Raises RequestRefused."""
    return [
        {"observation_type": read_type(f"{path}[{at}]", row)}
        for at, row in enumerate(_read_list(path, value))
    ]


def _read_list(path: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_MEMBERS:
        raise bad_property(path, f"is a list of 1 to {MAX_MEMBERS}")
    return value


def read_moment(path: str, value: Any) -> datetime:
    """An instant with its zone. Raises RequestRefused."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise bad_property(path, "is an ISO 8601 time with its zone")
    return found


def check_geometry(path: str, value: Any) -> None:
    """Raises RequestRefused (400) where this is no GeoJSON geometry."""
    check_document(path, value)
    try:
        read_geometry(value)
    except SensingError as error:
        raise bad_property(path, f"is a GeoJSON geometry: {error.fields['reason']}") from error


def check_document(path: str, value: Any) -> None:
    """Raises RequestRefused (400) where JSON is nested too deep, (413) where it is too large."""
    layer, depth = [value], 0
    while layer:
        depth += 1
        if depth > MAX_DOCUMENT_DEPTH:
            raise bad_property(path, f"is nested at most {MAX_DOCUMENT_DEPTH} deep")
        layer = [part for whole in layer for part in _parts(whole)]
    if len(orjson.dumps(value)) > MAX_DOCUMENT_BYTES:
        detail = f"{path} has at most {MAX_DOCUMENT_BYTES} bytes."
        raise RequestRefused(413, "body_too_large", detail, property=path)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
