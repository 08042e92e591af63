"""All answers on one page, in words: to be checked, printed and read by the clerk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ipudong.city.casework.forms.declaration import Field
from ipudong.city.casework.forms.form import Form
from ipudong.city.casework.forms.rendering import StoredFile, text_of


@dataclass(frozen=True, kw_only=True)
class AnswerView:
    """A question and its answer in words; `rows` are those of a repeated group."""

    name: str
    label: str
    text: str
    rows: Sequence[Sequence["AnswerView"]] = ()
    files: Sequence[StoredFile] = ()
    item: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswersPage:
    """Answers of one page of the form."""

    code: str
    title: str
    answers: Sequence[AnswerView]


def list_answers(
    form: Form,
    data: Mapping[str, Any],
    files: Mapping[str, Sequence[StoredFile]] | None = None,
) -> list[AnswersPage]:
    """The asked questions of each page with their answers; unanswered ones have no text."""
    language = get_language() or "zh-hans"
    asked = {row.name for row in form.list_asked(data) if row.widget != "hidden"}
    pages = []
    for page in form.list_pages(data):
        answers = [
            _answer(row, data.get(row.name), language, files or {})
            for row in page.fields
            if row.name in asked
        ]
        pages.append(AnswersPage(code=page.code, title=page.title.said(language), answers=answers))
    return [page for page in pages if page.answers]


def _answer(
    row: Field, value: Any, language: str, files: Mapping[str, Sequence[StoredFile]]
) -> AnswerView:
    rows: list[list[AnswerView]] = []
    if row.widget == "group" and isinstance(value, list):
        rows = [
            [_answer(inner, one.get(inner.name), language, {}) for inner in row.fields]
            for one in value
            if isinstance(one, dict)
        ]
    return AnswerView(
        name=row.name,
        label=row.label.said(language),
        text=say_answer(row, value, language),
        rows=rows,
        files=files.get(row.name, ()) if row.widget == "attachment" else (),
        item=row.item.said(language),
    )


def say_answer(row: Field, value: Any, language: str) -> str:
    """An answer in words: the label of a choice, yes or no, an amount in yuan."""
    labels = {one.value: one.label.said(language) for one in row.choices}
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        chosen = [labels[one] for one in value if isinstance(one, str) and one in labels]
        return ("、" if language.startswith("zh") else ", ").join(chosen)
    if isinstance(value, str | int) and value in labels:
        return labels[value]
    if row.format == "money" and value:
        return f"¥ {value}"
    return text_of(value)
