"""Bytes of a form's file -> a declaration, or a FormError that names the place."""

import json
from collections.abc import Mapping
from typing import Any, Final

from ipudong.city.casework.forms import conditions
from ipudong.city.casework.forms.declaration import (
    WIDGETS,
    Choice,
    Declaration,
    Field,
    FormPage,
    Rule,
    Section,
)
from ipudong.city.casework.forms.errors import FormError
from ipudong.city.casework.forms.feel_rules import check_feel
from ipudong.city.casework.forms.reading import (
    read_choices,
    read_list,
    read_object,
    read_text,
    read_words,
)
from ipudong.city.casework.forms.schemas import read_schema

MAX_BYTES: Final = 512 * 1024
_TOP: Final = frozenset({"code", "version", "title", "schema", "pages", "rules", "renamed"})
_PAGE: Final = frozenset({"code", "title", "lead", "show_if", "sections"})
_SECTION: Final = frozenset({"title", "help", "fields"})
_FIELD: Final = frozenset(
    {"name", "label", "help", "widget", "prefill", "autocomplete", "fixed", "material"}
    | {"choices", "show_if", "fields", "item"}
)
_RULE: Final = frozenset({"at", "message", "holds", "feel"})
_DEFAULTS: Final[Mapping[str, str]] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "checkbox",
}


def parse(raw: bytes) -> Declaration:
    """A checked declaration from UTF-8 JSON of at most 512 KiB."""
    top = read_object(_load(raw), "", _TOP)
    version = top.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FormError("version", "version")
    schema = read_schema(top.get("schema"), "schema")
    pages = _Pages(schema).read(read_list(top, "pages", "", least=1))
    names = frozenset(schema["properties"])
    return Declaration(
        code=read_text(top, "code", ""),
        version=version,
        title=read_words(top, "title", ""),
        schema=schema,
        pages=pages,
        rules=tuple(_read_rules(top, names)),
        renamed=_read_renamed(top, names),
    )


def _load(raw: bytes) -> Any:
    if len(raw) > MAX_BYTES:
        raise FormError("file_too_large", "", limit=MAX_BYTES)
    try:
        return json.loads(raw, object_pairs_hook=_refuse_twice)
    except (ValueError, RecursionError) as error:
        raise FormError("json", "", text=str(error)[:200]) from error


def _refuse_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("an object names a key twice")
    return row


class _Pages:
    """Reads the layout; each property of the schema must have its one field."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self.seen: list[str] = []

    def read(self, rows: list[Any]) -> tuple[FormPage, ...]:
        pages = tuple(self.read_page(row, f"pages/{index}") for index, row in enumerate(rows))
        codes = [page.code for page in pages]
        if len(set(codes)) < len(codes):
            raise FormError("page_twice", "pages")
        left = sorted(set(self.schema["properties"]) - set(self.seen))
        if left:
            raise FormError("property_without_field", f"schema/properties/{left[0]}")
        return pages

    def read_page(self, raw: Any, place: str) -> FormPage:
        row = read_object(raw, place, _PAGE)
        code = read_text(row, "code", place)
        if not code.replace("-", "").replace("_", "").isalnum() or not code.isascii():
            raise FormError("page_code", f"{place}/code")
        show_if = self.read_condition(row, place)
        sections = read_list(row, "sections", place, least=1)
        return FormPage(
            code=code,
            title=read_words(row, "title", place),
            lead=read_words(row, "lead", place, needed=False),
            show_if=show_if,
            sections=tuple(
                self.read_section(one, f"{place}/sections/{index}")
                for index, one in enumerate(sections)
            ),
        )

    def read_section(self, raw: Any, place: str) -> Section:
        row = read_object(raw, place, _SECTION)
        return Section(
            title=read_words(row, "title", place),
            help=read_words(row, "help", place, needed=False),
            fields=tuple(
                self.read_top_field(one, f"{place}/fields/{index}")
                for index, one in enumerate(read_list(row, "fields", place, least=1))
            ),
        )

    def read_top_field(self, raw: Any, place: str) -> Field:
        row = read_object(raw, place, _FIELD)
        show_if = self.read_condition(row, place)
        found = _read_field(row, self.schema, place, show_if)
        if found.name in self.seen:
            raise FormError("field_twice", f"{place}/name", field=found.name)
        self.seen.append(found.name)
        return found

    def read_condition(self, row: Mapping[str, Any], place: str) -> Mapping[str, Any] | None:
        """A condition may only ask what was asked before: so it never goes round in a circle."""
        if row.get("show_if") is None:
            return None
        known = frozenset(self.seen)
        conditions.check(row["show_if"], known=known, place=f"{place}/show_if")
        return row["show_if"]


def _read_field(
    row: Mapping[str, Any], schema: Mapping[str, Any], place: str, show_if: Any = None
) -> Field:
    """A question of the form or of a group, with the schema of its property."""
    name = read_text(row, "name", place)
    own = schema["properties"].get(name)
    if own is None:
        raise FormError("field_without_property", f"{place}/name", field=name)
    widget = _read_widget(row, own, place)
    return Field(
        name=name,
        label=read_words(row, "label", place),
        schema=own,
        widget=widget,
        required=name in schema.get("required", ()),
        help=read_words(row, "help", place, needed=False),
        prefill=read_text(row, "prefill", place, ""),
        autocomplete=read_text(row, "autocomplete", place, ""),
        fixed=row.get("fixed") is True,
        material=read_text(row, "material", place, ""),
        choices=_read_choices(row, own, widget, place),
        show_if=show_if,
        fields=_read_group(row, own, place) if widget == "group" else (),
        item=read_words(row, "item", place, needed=widget == "group"),
    )


def _read_widget(row: Mapping[str, Any], own: Mapping[str, Any], place: str) -> str:
    kind = own["type"]
    widget = read_text(row, "widget", place, _default_widget(own))
    if widget not in WIDGETS[kind]:
        raise FormError("widget", f"{place}/widget", known=", ".join(sorted(WIDGETS[kind])))
    items = own.get("items", {})
    wanted = {"group": items.get("type") == "object", "checkboxes": "enum" in items}
    if not wanted.get(widget, True) or (widget in {"select", "radio"} and "enum" not in own):
        raise FormError("widget_schema", f"{place}/widget")
    return widget


def _default_widget(own: Mapping[str, Any]) -> str:
    items = own.get("items", {})
    if own["type"] == "array":
        return "group" if items.get("type") == "object" else "attachment"
    if "enum" in own:
        return "radio" if len(own["enum"]) <= 5 else "select"
    return "date" if own.get("format") == "date" else _DEFAULTS[own["type"]]


def _read_choices(
    row: Mapping[str, Any], own: Mapping[str, Any], widget: str, place: str
) -> tuple[Choice, ...]:
    values = own.get("enum") or own.get("items", {}).get("enum")
    return read_choices(row, values, place) if values and widget != "hidden" else ()


def _read_group(row: Mapping[str, Any], own: Mapping[str, Any], place: str) -> tuple[Field, ...]:
    known = _FIELD - {"show_if", "fields", "item", "material"}
    items = own["items"]
    fields = []
    for index, one in enumerate(read_list(row, "fields", place, least=1)):
        here = f"{place}/fields/{index}"
        fields.append(_read_field(read_object(one, here, known), items, here))
    names = [inner.name for inner in fields]
    if sorted(names) != sorted(items["properties"]):
        raise FormError("group_fields", f"{place}/fields", wanted=", ".join(items["properties"]))
    return tuple(fields)


def _read_rules(top: Mapping[str, Any], names: frozenset[str]) -> list[Rule]:
    rules = []
    for index, raw in enumerate(read_list(top, "rules", "")):
        place = f"rules/{index}"
        row = read_object(raw, place, _RULE)
        at = read_text(row, "at", place)
        if at not in names:
            raise FormError("rule_field", f"{place}/at", field=at)
        rules.append(_read_rule(row, at, names, place))
    return rules


def _read_rule(row: Mapping[str, Any], at: str, names: frozenset[str], place: str) -> Rule:
    message = read_words(row, "message", place)
    condition: Any = row.get("holds")
    feel = read_text(row, "feel", place, "")
    if (condition is None) == (not feel):
        raise FormError("rule_shape", place)
    if feel:
        check_feel(feel, names, f"{place}/feel")
    else:
        conditions.check(condition, known=names, place=f"{place}/holds", between=True)
    return Rule(at=at, message=message, holds=condition, feel=feel)


def _read_renamed(top: Mapping[str, Any], names: frozenset[str]) -> Mapping[str, str]:
    raw = top.get("renamed", {})
    if not isinstance(raw, dict) or not all(isinstance(new, str) for new in raw.values()):
        raise FormError("not_an_object", "renamed")
    for old, new in raw.items():
        if new not in names or old in names:
            raise FormError("renamed_field", f"renamed/{old}")
    return raw
