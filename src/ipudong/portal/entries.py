"""Entry points that systems offer in their manifests, as the actor may open them."""

from collections.abc import Iterable

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import list_allowed
from ipudong.city.manifest import MapLayer, Page, System, installed
from ipudong.portal.links import Door, door_to


def _doors(actor: Actor, pages: Iterable[Page]) -> list[Door]:
    pages = list(pages)
    allowed = list_allowed(actor, {page.permit for page in pages})
    return [door_to(page) for page in pages if page.permit in allowed]


def list_services(actor: Actor) -> list[tuple[System, list[Door]]]:
    """Each system's services for residents; systems that offer none are left out."""
    found = [(system, _doors(actor, system.services_for_residents)) for system in installed()]
    return [(system, doors) for system, doors in found if doors]


def list_desks(actor: Actor) -> list[tuple[System, list[Door]]]:
    """Each system's desks for staff that the actor may open."""
    found = [(system, _doors(actor, system.desks_for_staff)) for system in installed()]
    return [(system, doors) for system, doors in found if doors]


def list_layers(actor: Actor) -> list[MapLayer]:
    """Map layers the actor may see, in the order of the systems."""
    layers = [layer for system in installed() for layer in system.map_layers]
    allowed = list_allowed(actor, {layer.permit for layer in layers})
    return [layer for layer in layers if layer.permit in allowed]
