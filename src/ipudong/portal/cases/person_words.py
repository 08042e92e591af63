"""A person's data as read for a case, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.records import PersonView

REFUSALS: Final[dict[str, Promise]] = {
    "read_not_allowed": _("Your role may not read persons."),
    "purpose_not_yours": _("Your office may not read persons for this purpose."),
    "person_not_found": _("The registry has no such person any more."),
}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One value; `is_masked` where only a part is shown."""

    label: str
    value: str
    is_masked: bool


def draw_person(view: PersonView, labels: Mapping[str, Promise]) -> list[PersonRow]:
    """Values in the order of the registry; empty ones are left out."""
    return [
        PersonRow(str(labels.get(name, name)), value, name in view.masked)
        for name, value in view.values.items()
        if value
    ]


def words_of(error: RegistryError) -> str:
    """The registry's refusal in words."""
    return str(REFUSALS.get(error.code, error.code))
