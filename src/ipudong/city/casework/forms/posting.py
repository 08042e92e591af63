"""What a page of a form sends -> answers, with scripts in the browser or without."""

import math
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.http import QueryDict

from ipudong.city.casework.forms.declaration import Field, FormPage
from ipudong.city.casework.forms.formats import tidy

# A group never grows beyond what its schema allows, whatever the sent count says.
_MAX_NUMBER: Final = 30
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
YES: Final = "true"
NO: Final = "false"


def read_post(
    page: FormPage, post: QueryDict, data: Mapping[str, Any], *, locked: Collection[str] = ()
) -> dict[str, Any]:
    """`data` with the answers of one page as sent; what was left empty is taken out.

    `locked` answers and attachments are never taken from what was sent.
    """
    answers = dict(data)
    for row in page.fields:
        if row.name in locked or row.widget == "attachment":
            continue
        value = _read_answer(row, post, row.name)
        if value is None:
            answers.pop(row.name, None)
        else:
            answers[row.name] = value
    return answers


def _read_answer(row: Field, post: QueryDict, name: str) -> Any:
    if row.widget == "group":
        return _read_rows(row, post) or None
    if row.type == "array":
        return post.getlist(name) or None
    sent = post.get(name, "")
    if row.type == "boolean":
        return {YES: True, NO: False}.get(sent)
    if row.type in {"integer", "number"}:
        return read_number(sent, whole=row.type == "integer")
    return sent or None


def read_number(sent: str, *, whole: bool) -> int | float | str | None:
    """A number in ASCII or wide digits; what is none stays a text, to be told so."""
    text = tidy(sent, format_name="money")
    if not text:
        return None
    if len(text) > _MAX_NUMBER or not _NUMBER.fullmatch(text):
        return text[:_MAX_NUMBER]
    if whole or "." not in text:
        return text if "." in text else int(text)
    number = float(text)
    return number if math.isfinite(number) else text


def _read_rows(row: Field, post: QueryDict) -> list[dict[str, Any]]:
    sent = post.get(f"{row.name}-rows", "0")
    count = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 4 else 0
    found = []
    for index in range(min(count, int(row.schema["maxItems"]))):
        inner = {
            field.name: _read_answer(field, post, f"{row.name}-{index}-{field.name}")
            for field in row.fields
        }
        found.append({name: value for name, value in inner.items() if value is not None})
    return found


def drop_empty_rows(page: FormPage, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Without rows of groups in which nothing was written."""
    kept = dict(answers)
    for row in page.fields:
        if row.widget == "group" and row.name in kept:
            kept[row.name] = [one for one in kept[row.name] if one]
    return kept


def change_rows(
    page: FormPage, post: QueryDict, answers: Mapping[str, Any]
) -> tuple[dict[str, Any], str] | None:
    """Adds or removes a row as a button of the page asked: `add=helpers`, `remove=helpers-1`.

    The answers then and the id of the element to go to; None where no such button was pressed.
    """
    groups = {row.name: row for row in page.fields if row.widget == "group"}
    name, place = post.get("add", ""), -1
    if not name:
        name, _, number = post.get("remove", "").rpartition("-")
        place = int(number) if number.isascii() and number.isdigit() else -1
    if name not in groups:
        return None
    rows = list(answers.get(name) or [])
    if place < 0:
        return _add_row(groups[name], rows, answers)
    del rows[place : place + 1]
    return {**answers, name: rows}, f"f-{name}"


def _add_row(row: Field, rows: list[Any], answers: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    # The page shows one empty row where there is none; adding then makes it two.
    rows = rows or [{}]
    if len(rows) >= row.schema["maxItems"]:
        return {**answers, row.name: rows}, f"f-{row.name}"
    return {**answers, row.name: [*rows, {}]}, f"f-{row.name}-{len(rows)}-{row.fields[0].name}"
