"""Addresses of the live streams a page may follow."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlencode

from django.urls import reverse

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.manifest import MapLayer, installed


def ticket_address(*topics: str) -> str:
    """Where the browser fetches its ticket for `topics` (`things:environment`, `alarms`,
    `datastreams:1,2`); empty when there is nothing to follow."""
    if not topics:
        return ""
    return f"{reverse('portal:live_ticket')}?{urlencode([('topic', topic) for topic in topics])}"


def list_topics(actor: Actor, layers: Iterable[MapLayer]) -> Iterator[str]:
    """What a map of these layers follows: the readings of every system, and positions where a
    layer moves and the actor may see them."""
    yield from (f"things:{system.name}" for system in installed())
    has_moving = any(layer.kind == "moving" for layer in layers)
    if has_moving and is_allowed(actor, "sensing.view_positions"):
        yield "positions"
