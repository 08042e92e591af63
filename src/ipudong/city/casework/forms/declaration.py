"""A declared form as frozen records: pages, sections, fields, conditions and rules."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# What a field looks like, by the type its schema has.
WIDGETS: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"text", "textarea", "date", "select", "radio", "signature", "hidden"}),
    "integer": frozenset({"number", "select", "radio"}),
    "number": frozenset({"number"}),
    "boolean": frozenset({"checkbox", "yes_no"}),
    "array": frozenset({"checkboxes", "attachment", "group"}),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages of the house."""

    zh: str
    en: str

    def said(self, language: str) -> str:
        """The text in the language of a page (`zh-hans`, `en`)."""
        return self.zh if language.startswith("zh") else self.en

    def __bool__(self) -> bool:
        return bool(self.zh)


NOTHING: Final = Words("", "")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an enumeration and what people call it."""

    value: str | int
    label: Words
    help: Words = NOTHING


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question; `schema` is its JSON Schema, `fields` are a repeated group's questions."""

    name: str
    label: Words
    schema: Mapping[str, Any]
    widget: str
    required: bool
    help: Words = NOTHING
    prefill: str = ""
    autocomplete: str = ""
    fixed: bool = False
    """Prefilled and not to be changed by hand: the registry's answer counts."""
    material: str = ""
    """Code of the service item's material that an attachment slot stands for."""
    choices: tuple[Choice, ...] = ()
    show_if: Mapping[str, Any] | None = None
    fields: tuple["Field", ...] = ()
    item: Words = NOTHING

    @property
    def type(self) -> str:
        """JSON type: string, integer, number, boolean or array."""
        return str(self.schema["type"])

    @property
    def format(self) -> str:
        """Format of a text, "" for none."""
        return str(self.schema.get("format", ""))


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions that belong together under one heading."""

    title: Words
    help: Words = NOTHING
    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """One page of the form: what a phone shows at a time."""

    code: str
    title: Words
    lead: Words = NOTHING
    show_if: Mapping[str, Any] | None = None
    sections: tuple[Section, ...]

    @property
    def fields(self) -> Iterator[Field]:
        """The page's questions in their order."""
        return (row for section in self.sections for row in section.fields)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What must hold between answers, and at which question it is said when it does not: a
    condition, which the browser checks too, or a FEEL expression."""

    at: str
    message: Words
    holds: Mapping[str, Any] | None = None
    feel: str = ""


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """A whole form as its file declares it; `schema` is bounded: each text has a longest form."""

    code: str
    version: int
    title: Words
    schema: Mapping[str, Any]
    pages: tuple[FormPage, ...]
    rules: tuple[Rule, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> Iterator[Field]:
        """All questions in the order of the pages."""
        return (row for page in self.pages for row in page.fields)
