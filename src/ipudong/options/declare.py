"""The declaration of one setting."""

import os
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ipudong.options.files import OptionError, environment_name, read_option_file

Value = TypeVar("Value")

_DECLARED: dict[str, "Option[Any]"] = {}
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class Option(Generic[Value]):
    """One setting: `key` is `section.name`, `default` also fixes its type.

    `choices` bounds it, `check` raises ValueError with a sentence when a value will not do.
    """

    def __init__(
        self,
        key: str,
        *,
        default: Value,
        doc: str,
        secret: bool = False,
        choices: tuple[Value, ...] = (),
        check: Callable[[Value], None] | None = None,
    ) -> None:
        self.key = key
        self.default = default
        self.doc: str = doc
        self.secret = secret
        self.choices = choices
        self.check = check
        earlier = _DECLARED.setdefault(key, self)
        if earlier.doc != doc:
            raise OptionError(key, "is declared twice")

    @property
    def environment_name(self) -> str:
        """The environment variable that sets it."""
        return environment_name(self.key)

    def get(self) -> Value:
        """The value in force; OptionError when it is given but unusable."""
        raw = os.environ.get(self.environment_name)
        if raw is None:
            raw = read_option_file().get(self.key)
        if raw is None:
            return self.default
        value = self._convert(raw)
        if self.choices and value not in self.choices:
            raise OptionError(self.key, f"must be one of {', '.join(map(str, self.choices))}")
        self._run_check(value)
        return value

    def _run_check(self, value: Value) -> None:
        if self.check is None:
            return
        try:
            self.check(value)
        except ValueError as error:
            raise OptionError(self.key, str(error)) from error

    def _convert(self, raw: Any) -> Any:
        kind = type(self.default)
        if kind is tuple:
            parts = raw.split(",") if isinstance(raw, str) else raw
            return tuple(str(part).strip() for part in parts if str(part).strip())
        if kind is bool:
            return self._convert_bool(raw)
        try:
            return kind(raw)  # type: ignore[call-arg]
        except (TypeError, ValueError) as error:
            raise OptionError(self.key, f"{raw!r} is not {kind.__name__}") from error

    def _convert_bool(self, raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        text = str(raw).strip().lower()
        if text in _TRUE | _FALSE:
            return text in _TRUE
        raise OptionError(self.key, f"{raw!r} is not true or false")


def declared_options() -> tuple["Option[Any]", ...]:
    """Every setting declared by the modules imported so far, by key."""
    return tuple(_DECLARED[key] for key in sorted(_DECLARED))
