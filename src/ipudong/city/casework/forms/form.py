"""A declared form: read once, then checks answers, takes over old ones and exports its schema."""

import copy
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ipudong.city.casework.forms.cleaning import (
    Cleaned,
    Cleaner,
    list_shown,
    list_shown_pages,
)
from ipudong.city.casework.forms.conditions import as_schema
from ipudong.city.casework.forms.declaration import Declaration, Field, FormPage
from ipudong.city.casework.forms.parsing import parse


class Form:
    """`Form.parse(bytes)`; FormError names the place of what is wrong in the declaration."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self._cleaner = Cleaner(declaration)

    @classmethod
    def parse(cls, raw: bytes) -> "Form":
        """A form from its file's bytes."""
        return cls(parse(raw))

    @property
    def code(self) -> str:
        """The form's own name."""
        return self.declaration.code

    @property
    def version(self) -> int:
        """Version of the declaration; a draft remembers the one it was begun with."""
        return self.declaration.version

    @property
    def fields(self) -> Mapping[str, Field]:
        """Questions by name."""
        return {row.name: row for row in self.declaration.fields}

    @property
    def attachments(self) -> tuple[Field, ...]:
        """Slots for materials, in order."""
        return tuple(row for row in self.declaration.fields if row.widget == "attachment")

    def clean(self, data: Mapping[str, Any], page: str = "") -> Cleaned:
        """Answers tidied and checked: of the whole form, or problems of one page only.

        The answers of questions not asked (`show_if`) are left out of the values.
        """
        return self._cleaner.clean(data, page)

    def list_pages(self, data: Mapping[str, Any]) -> list[FormPage]:
        """Pages that these answers call for."""
        return list_shown_pages(self.declaration, data)

    def list_asked(self, data: Mapping[str, Any]) -> list[Field]:
        """Questions that these answers call for."""
        return list_shown(self.declaration, data)

    def prefill(self, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Answers known already; `sources` {"person": {"name": ...}} fill `person.name`."""
        answers = {}
        for row in self.declaration.fields:
            source, _, key = row.prefill.partition(".")
            value = sources.get(source, {}).get(key)
            if key and value not in (None, ""):
                answers[row.name] = value
        return answers

    def list_prefilled(self, source: str) -> tuple[str, ...]:
        """Keys asked of a source (`person`): what has to be read, and no more than that."""
        paths = (row.prefill.partition(".") for row in self.declaration.fields if row.prefill)
        return tuple(dict.fromkeys(key for name, _, key in paths if name == source))

    def adopt(self, data: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Answers given to an older version: renamed ones carried over, others kept by name.

        Second, names of answers that no question of this version asks for.
        """
        adopted: dict[str, Any] = {}
        for name, value in data.items():
            adopted.setdefault(self.declaration.renamed.get(name, name), value)
        left = tuple(name for name in adopted if name not in self.fields)
        return {name: value for name, value in adopted.items() if name in self.fields}, left

    def export_schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12 of complete answers: what is asked only sometimes is required only
        then."""
        schema = copy.deepcopy(dict(self.declaration.schema))
        sometimes = self._list_conditional()
        always = [name for name in schema.get("required", []) if name not in sometimes]
        schema["required"] = always
        parts = []
        for name, conditions in sometimes.items():
            wanted: dict[str, Any] = {"not": {"required": [name]}}
            then = {"required": [name]} if self.fields[name].required else {}
            parts.append({"if": {"allOf": conditions}, "then": then, "else": wanted})
        return {**schema, "title": self.declaration.title.en, **({"allOf": parts} if parts else {})}

    def _list_conditional(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for page in self.declaration.pages:
            for row in page.fields:
                conditions = [one for one in (page.show_if, row.show_if) if one is not None]
                if conditions:
                    found[row.name] = [as_schema(one) for one in conditions]
        return found


@lru_cache(maxsize=256)
def _load(path: Path, changed_ns: int) -> Form:
    return Form.parse(path.read_bytes())


def load_form(path: Path) -> Form:
    """The form of a file, read anew only when the file has changed."""
    return _load(path, path.stat().st_mtime_ns)
