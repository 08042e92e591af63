"""A page of a form as its templates need it: one view a question, in the page's language."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from ipudong.city.casework.forms.declaration import Choice, Field, FormPage
from ipudong.city.casework.forms.form import Form
from ipudong.city.casework.forms.problems import TEXTS, Problem, anchor_of

_INPUT_MODES: Final[Mapping[str, str]] = {
    "money": "decimal",
    "mobile-phone": "tel",
    "phone": "tel",
    "postal-code": "numeric",
    "email": "email",
}
_INPUT_TYPES: Final[Mapping[str, str]] = {
    "date": "date",
    "month": "month",
    "time-of-day": "time",
    "mobile-phone": "tel",
    "phone": "tel",
    "email": "email",
}
_CHECKED: Final = (
    *("type", "enum", "const", "minLength", "maxLength", "pattern", "format", "minimum"),
    *("maximum", "exclusiveMinimum", "multipleOf", "minItems", "maxItems", "uniqueItems"),
)


@dataclass(frozen=True, kw_only=True)
class StoredFile:
    """A file in an attachment slot, as the page shows it."""

    key: str
    name: str
    size: str
    url: str = ""
    thumbnail_url: str = ""
    licence: str = ""


@dataclass(frozen=True, kw_only=True)
class Reusable:
    """A licence the applicant holds that may fill a slot instead of a file."""

    key: str
    title: str
    number: str


@dataclass(frozen=True, kw_only=True)
class OptionView:
    """One answer to choose."""

    value: str
    label: str
    help: str
    chosen: bool
    anchor: str


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """One question; `post_name` is what the browser sends it as."""

    path: str
    post_name: str
    label: str
    help: str
    widget: str
    input_type: str
    input_mode: str
    value: str
    required: bool
    locked: bool
    known: bool
    autocomplete: str
    max_length: int
    problem: str
    options: Sequence[OptionView] = ()
    rows: Sequence["RowView"] = ()
    item: str = ""
    may_add: bool = False
    show_if: str = ""
    off: bool = False
    files: Sequence[StoredFile] = ()
    reusable: Sequence[Reusable] = ()
    material: str = ""

    @property
    def anchor(self) -> str:
        """Id of its element."""
        return anchor_of(self.path)

    @property
    def described_by(self) -> str:
        """Ids of help and problem, for those who hear the page."""
        parts = [("help", self.help or self.known), ("problem", self.problem)]
        return " ".join(f"{self.anchor}-{name}" for name, there in parts if there)


@dataclass(frozen=True, kw_only=True)
class RowView:
    """One row of a repeated group."""

    number: int
    index: int
    fields: Sequence[FieldView]


@dataclass(frozen=True, kw_only=True)
class SectionView:
    """Questions under one heading."""

    title: str
    help: str
    fields: Sequence[FieldView]


@dataclass(frozen=True, kw_only=True)
class ProblemLine:
    """A line of the error summary: it leads to the question."""

    label: str
    text: str
    anchor: str
    path: str


@dataclass(frozen=True, kw_only=True)
class PageView:
    """One page: what `casework/forms/page.html` draws; `spec` is for the browser's own checks."""

    code: str
    title: str
    lead: str
    version: int
    sections: Sequence[SectionView]
    summary: Sequence[ProblemLine]
    spec: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What a page is drawn from: answers, problems, and what is known or locked."""

    form: Form
    page: FormPage
    data: Mapping[str, Any]
    problems: Sequence[Problem] = ()
    known: Collection[str] = ()
    locked: Collection[str] = ()
    files: Mapping[str, Sequence[StoredFile]] = field(default_factory=dict)
    reusable: Mapping[str, Sequence[Reusable]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    """By attachment slot: what the service item says of the material."""

    @property
    def language(self) -> str:
        """Language of the page."""
        return get_language() or "zh-hans"


def draw_page(drawing: Drawing) -> PageView:
    """The page in the language of the request."""
    page, language = drawing.page, drawing.language
    asked = {row.name for row in drawing.form.list_asked(drawing.data)}
    sections = [
        SectionView(
            title=section.title.said(language),
            help=section.help.said(language),
            fields=[_draw_field(drawing, row, asked) for row in section.fields],
        )
        for section in page.sections
    ]
    return PageView(
        code=page.code,
        title=page.title.said(language),
        lead=page.lead.said(language),
        version=drawing.form.version,
        sections=sections,
        summary=list_problem_lines(drawing.form, drawing.problems, language),
        spec=describe_checks(drawing.form, page, drawing.data, language),
    )


def render_page(request: HttpRequest, drawing: Drawing) -> SafeString:
    """The page's HTML, to be put into the caller's form element."""
    context = {"page": draw_page(drawing)}
    return render_to_string("casework/forms/page.html", context, request)


def list_problem_lines(form: Form, problems: Sequence[Problem], language: str) -> list[ProblemLine]:
    """Problems with the names of their questions, for the error summary."""
    return [
        ProblemLine(
            label=_label_of(form, one.path, language),
            text=one.text,
            anchor=one.anchor,
            path=one.path,
        )
        for one in problems
    ]


def _label_of(form: Form, path: str, language: str) -> str:
    name, *inner = path.split("/")
    row = form.fields.get(name)
    if row is None:
        return ""
    if len(inner) < 2:
        return row.label.said(language)
    labels = [field.label.said(language) for field in row.fields if field.name == inner[1]]
    return " ".join((row.item.said(language), str(int(inner[0]) + 1), *labels))


def _draw_field(drawing: Drawing, row: Field, asked: set[str]) -> FieldView:
    value = drawing.data.get(row.name)
    parts: dict[str, Any] = {}
    if row.widget == "group":
        rows = value if isinstance(value, list) and value else [{}]
        parts["rows"] = [_draw_row(drawing, row, index, one) for index, one in enumerate(rows)]
        parts["may_add"] = len(rows) < row.schema["maxItems"]
    if row.show_if is not None:
        parts["show_if"] = json.dumps(row.show_if, ensure_ascii=False)
        parts["off"] = row.name not in asked
    if row.widget == "attachment":
        parts["files"] = drawing.files.get(row.name, ())
        parts["reusable"] = drawing.reusable.get(row.name, ())
        parts["material"] = drawing.notes.get(row.name, "")
    return _view(drawing, row, row.name, value, parts)


def _draw_row(drawing: Drawing, row: Field, index: int, answers: Any) -> RowView:
    given = answers if isinstance(answers, dict) else {}
    return RowView(
        number=index + 1,
        index=index,
        fields=[
            _view(drawing, inner, f"{row.name}/{index}/{inner.name}", given.get(inner.name), {})
            for inner in row.fields
        ],
    )


def _view(
    drawing: Drawing, row: Field, path: str, value: Any, parts: Mapping[str, Any]
) -> FieldView:
    language = drawing.language
    problem = next((one.text for one in drawing.problems if one.path == path), "")
    return FieldView(
        path=path,
        post_name=path.replace("/", "-"),
        label=row.label.said(language),
        help=row.help.said(language),
        widget=row.widget,
        input_type=_INPUT_TYPES.get(row.format, "text"),
        input_mode=_input_mode(row),
        value=text_of(value),
        required=row.required,
        locked=row.name in drawing.locked,
        known=path in drawing.known,
        autocomplete=row.autocomplete or "off",
        max_length=int(row.schema.get("maxLength", 30)),
        problem=problem,
        options=[_option(one, value, path, language) for one in row.choices],
        item=row.item.said(language),
        **parts,
    )


def _option(choice: Choice, value: Any, path: str, language: str) -> OptionView:
    chosen = choice.value in value if isinstance(value, list) else choice.value == value
    return OptionView(
        value=str(choice.value),
        label=choice.label.said(language),
        help=choice.help.said(language),
        chosen=chosen,
        anchor=f"{anchor_of(path)}-{choice.value}",
    )


def _input_mode(row: Field) -> str:
    if row.type == "integer":
        return "numeric"
    return "decimal" if row.type == "number" else _INPUT_MODES.get(row.format, "")


def text_of(value: Any) -> str:
    """An answer as an input holds it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def describe_checks(
    form: Form, page: FormPage, data: Mapping[str, Any], language: str
) -> Mapping[str, Any]:
    """What `frontend/src/forms` checks by: fields, rules, texts, and answers of other pages."""
    names = {row.name for row in page.fields}
    rules = [
        {"at": rule.at, "holds": rule.holds, "message": rule.message.said(language)}
        for rule in form.declaration.rules
        if rule.at in names and rule.holds is not None  # FEEL is the server's
    ]
    return {
        "fields": [_describe_field(row) for row in page.fields],
        "rules": rules,
        "texts": {code: str(text) for code, text in TEXTS.items()},
        "others": {name: value for name, value in data.items() if name not in names},
    }


def _describe_field(row: Field) -> Mapping[str, Any]:
    schema = {key: row.schema[key] for key in _CHECKED if key in row.schema}
    found = {
        "name": row.name,
        "widget": row.widget,
        "required": row.required,
        "schema": schema,
        "show_if": row.show_if,
    }
    if row.fields:
        found["fields"] = [_describe_field(inner) for inner in row.fields]
    return found
