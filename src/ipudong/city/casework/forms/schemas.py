"""The part of JSON Schema 2020-12 that forms may use, checked and bounded.

The browser checks the same keywords (`frontend/src/forms/checks.ts`); a keyword outside this part
is refused when the form is read, so that the two sides cannot come to disagree.
"""

import copy
import re
from collections.abc import Mapping
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from ipudong.city.casework.forms.errors import FormError
from ipudong.city.casework.forms.formats import FORMATS, longest_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_FIELDS: Final = 200
_MAX_TEXT: Final = 200
_MAX_TEXT_BOUND: Final = 10_000
_MAX_ROWS: Final = 50
_NOTES: Final = frozenset({"title", "description", "examples", "$comment"})
_TOP: Final = _NOTES | {"$schema", "$id", "type", "properties", "required", "additionalProperties"}
_BY_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format", "enum"}),
    "integer": frozenset({"minimum", "maximum", "enum"}),
    "number": frozenset({"minimum", "maximum", "exclusiveMinimum", "multipleOf"}),
    "boolean": frozenset({"const"}),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
}
_GROUP: Final = _NOTES | {"type", "properties", "required", "additionalProperties"}


def read_schema(raw: Any, place: str) -> dict[str, Any]:
    """The form's schema with every text and list bounded; FormError where it is out of bounds."""
    try:
        Draft202012Validator.check_schema(raw)
    except SchemaError as error:
        where = "/".join(str(part) for part in error.absolute_path)
        raise FormError("schema", f"{place}/{where}", text=error.message[:200]) from error
    if not isinstance(raw, dict):
        raise FormError("schema_shape", place)
    schema = copy.deepcopy(raw)
    _check_keys(schema, _TOP, place)
    schema["$schema"] = DIALECT
    _read_object(schema, place, nested=False)
    return schema


def _read_object(schema: dict[str, Any], place: str, *, nested: bool) -> None:
    properties = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(properties, dict) or not properties:
        raise FormError("schema_shape", place)
    if len(properties) > MAX_FIELDS:
        raise FormError("too_many_fields", place, limit=MAX_FIELDS)
    schema["additionalProperties"] = False
    for name, one in properties.items():
        here = f"{place}/properties/{name}"
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
            raise FormError("field_name", here)
        _read_property(one, here, nested=nested)
    strangers = set(schema.get("required", [])) - set(properties)
    if strangers:
        raise FormError("required_unknown", f"{place}/required", field=min(strangers))


def _read_property(schema: Any, place: str, *, nested: bool) -> None:
    kind = str(schema.get("type")) if isinstance(schema, dict) else ""
    if kind not in _BY_TYPE:
        raise FormError("property_type", place, known=", ".join(_BY_TYPE))
    _check_keys(schema, _BY_TYPE[kind] | _NOTES | {"type"}, place)
    if kind == "string":
        _bound_text(schema, place)
    if kind == "array":
        if nested:
            raise FormError("nested_list", place)
        _bound_list(schema, place)


def _check_keys(schema: Mapping[str, Any], known: frozenset[str], place: str) -> None:
    unknown = sorted(set(schema) - known)
    if unknown:
        raise FormError("keyword", f"{place}/{unknown[0]}")


def _bound_text(schema: dict[str, Any], place: str) -> None:
    format_name = schema.get("format", "")
    if format_name and format_name not in FORMATS:
        raise FormError("format", f"{place}/format", known=", ".join(FORMATS))
    bound = longest_of(format_name) if format_name else _MAX_TEXT
    schema["maxLength"] = min(schema.get("maxLength", bound), _MAX_TEXT_BOUND)


def _bound_list(schema: dict[str, Any], place: str) -> None:
    items = schema.get("items")
    if not isinstance(items, dict):
        raise FormError("list_items", f"{place}/items")
    schema["maxItems"] = min(schema.get("maxItems", _MAX_ROWS), _MAX_ROWS)
    if items.get("type") == "object":
        _check_keys(items, _GROUP, f"{place}/items")
        _read_object(items, f"{place}/items", nested=True)
    elif items.get("type") == "string":
        _read_property(items, f"{place}/items", nested=True)
    else:
        raise FormError("list_items", f"{place}/items")
