"""Kinds of device and the scope of a rule or of maintenance, in the reader's language."""

from typing import Final, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import find_system, installed
from ipudong.city.registry.queries import PlaceNotFoundError, get_place
from ipudong.city.sensing.house import GENERIC_KIND, VEHICLE_KIND
from ipudong.city.sensing.models import Thing

_OF_THE_HOUSE: Final[dict[str, Promise]] = {
    GENERIC_KIND: _("Sensors"),
    VEHICLE_KIND: _("Vehicles"),
}


class Scope(Protocol):
    """What says of which devices it speaks; empty parts say nothing."""

    thing: Thing | None
    thing_kind: str
    place_code: str
    system: str


def title_of_kind(kind: str) -> str:
    """A kind of device, in the plural; what nobody has named is shown by its code."""
    for system in installed():
        if kind in system.thing_kinds:
            return str(system.thing_kinds[kind])
    return str(_OF_THE_HOUSE.get(kind, kind))


def list_kinds() -> list[tuple[str, str]]:
    """The kinds that devices have, by code and title, to choose from."""
    kinds = Thing.objects.exclude(kind="").order_by("kind").values_list("kind", flat=True)
    return [(kind, title_of_kind(kind)) for kind in kinds.distinct()]


def title_of_system(name: str) -> str:
    """An installed system's title."""
    system = find_system(name)
    return str(system.title) if system else name


def name_of_place(code: str) -> str:
    """A place by its name."""
    try:
        return get_place(code).name
    except PlaceNotFoundError:
        return code


def say_scope(scope: Scope) -> list[str]:
    """Whose it is: the one device; else its kind, place and system."""
    if scope.thing:
        return [scope.thing.name]
    parts = [title_of_kind(scope.thing_kind)] if scope.thing_kind else []
    if scope.place_code:
        parts.append(name_of_place(scope.place_code))
    if scope.system:
        parts.append(title_of_system(scope.system))
    return parts
