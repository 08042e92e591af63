"""One table of a plan file, read key by key; what is wrong is noted, never guessed around."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ipudong.city.plan.lines import TableLines
from ipudong.city.plan.problems import Problem

_GREATEST = 1e15  # far beyond any count of a district, and exact as a float


class Table:
    """A TOML table with its lines. Getters note a problem and give a harmless value instead."""

    def __init__(
        self,
        kind: str,
        values: Any,
        lines: TableLines,
        problems: list[Problem],
        known: Collection[str],
    ) -> None:
        self.kind = kind
        self.lines = lines
        self._problems = problems
        self._values: Mapping[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            self.note("wrong_type", key=kind, expected=_("a table"))
        for key in self._values:
            if key not in known:
                self.note("unknown_key", key=key, table=kind, known=", ".join(known))

    def note(self, code: str, /, key: str = "", **fields: object) -> None:
        """Remember a problem at the line of `key`."""
        self._problems.append(Problem(self.lines.of(key), code, {"key": key, **fields}))

    def has(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, *, required: bool = True) -> str:
        """A text that is not blank; "" when it is missing and not required."""
        if not self._present(key, required):
            return ""
        value = self._values[key]
        if not isinstance(value, str):
            self.note("wrong_type", key=key, expected=_("a text"))
            return ""
        if not value.strip():
            self.note("empty", key=key)
        return value.strip()

    def choice(self, key: str, choices: Collection[str], problem: str = "not_a_choice") -> str:
        """A text out of a closed list."""
        value = self.text(key)
        if value and value not in choices:
            self.note(problem, key=key, value=value, known=", ".join(choices))
        return value

    def whole(self, key: str) -> int:
        """A whole number of one or more."""
        if not self._present(key, required=True):
            return 0
        value = self._values[key]
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self.note("wrong_type", key=key, expected=_("a whole number from 1 up"))
            return 0
        return value

    def number(self, key: str) -> float:
        """A finite number."""
        value = self._values[key]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not abs(value) < _GREATEST:  # the second is also true for nan
            self.note("wrong_type", key=key, expected=_("a number"))
            return 0.0
        return float(value)

    def date(self, key: str, default: dt.date | None = None) -> dt.date:
        """A TOML date without a time of day."""
        if default is not None and key not in self._values:
            return default
        if not self._present(key, required=True):
            return dt.date.min
        value = self._values[key]
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            self.note("bad_date", key=key)
            return dt.date.min
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, at least one."""
        if not self._present(key, required=True):
            return ()
        value = self._values[key]
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.note("wrong_type", key=key, expected=_("a list of texts"))
            return ()
        if not value:
            self.note("empty", key=key)
        return tuple(value)

    def tables(self, key: str) -> list[Any]:
        """The tables of an array of tables, at least one."""
        if not self._present(key, required=True):
            return []
        value = self._values[key]
        if not isinstance(value, list):
            self.note("wrong_type", key=key, expected=_("a list of tables"))
            return []
        if not value:
            self.note("empty", key=key)
        return value

    def table(self, key: str) -> Any:
        """The value of a key that must be there, to be read as a table."""
        return self._values.get(key, {}) if self._present(key, required=True) else {}

    def _present(self, key: str, required: bool) -> bool:
        if key in self._values:
            return True
        if required:
            self.note("missing_key", key=key, table=self.kind)
        return False
