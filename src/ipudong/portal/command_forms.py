"""Forms of commands, made from the rows that say what a protocol's devices can be asked."""

import json
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.command_kinds import (
    MAX_JSON,
    Argument,
    CommandKind,
    find_command_kind,
    list_command_kinds,
)


class JsonField(forms.CharField):
    """A text that is JSON; bounded, and no number that JSON does not know."""

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_JSON, **kwargs)
        self.widget.attrs |= {"rows": 3, "spellcheck": "false"}

    def to_python(self, value: Any) -> Any:
        """The value the text says."""
        text = super().to_python(value)
        if not text:
            return None
        try:
            return json.loads(text, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(
                _("This is no JSON. Check quotes and braces."), "json"
            ) from error

    def validate(self, value: Any) -> None:
        """0, false and empty lists are values too."""
        if self.required and value is None:
            raise forms.ValidationError(self.error_messages["required"], "required")

    def run_validators(self, value: Any) -> None:
        """Lengths are those of the text, checked before it is read."""


def _refuse(name: str) -> None:
    raise ValueError(name)


_FIELDS: Final[dict[str, type[forms.Field]]] = {
    "integer": forms.IntegerField,
    "number": forms.FloatField,
    "text": forms.CharField,
    "boolean": forms.BooleanField,
    "choice": forms.ChoiceField,
    "json": JsonField,
}


def _make_field(argument: Argument) -> forms.Field:
    common: dict[str, Any] = {
        "label": argument.title,
        "required": argument.required and argument.type != "boolean",
        "help_text": argument.help,
    }
    if argument.type in ("integer", "number"):
        common |= {"min_value": argument.minimum, "max_value": argument.maximum}
    elif argument.type == "text":
        common["max_length"] = argument.max_length
    elif argument.type == "choice":
        common["choices"] = argument.choices
    return _FIELDS[argument.type](**common)


class KindForm(forms.Form):
    """The arguments of one command."""

    def __init__(self, kind: CommandKind, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_{kind.name}_%s")
        self.kind = kind
        for argument in kind.arguments:
            self.fields[argument.name] = _make_field(argument)

    @property
    def arguments(self) -> dict[str, Any]:
        """What the command carries; what was left empty is not sent."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


def list_command_forms(protocol: str, sent: KindForm | None = None) -> list[KindForm]:
    """A form for each command of the protocol; the one that was sent with its errors."""
    forms_by_name = {kind.name: KindForm(kind) for kind in list_command_kinds(protocol)}
    if sent is not None:
        forms_by_name[sent.kind.name] = sent
    return list(forms_by_name.values())


def read_command(protocol: str, data: Any) -> KindForm | None:
    """The form of the command that was sent; None for one the protocol does not know."""
    kind = find_command_kind(protocol, str(data.get("command", "")))
    return KindForm(kind, data) if kind is not None and not kind.by_campaign else None
