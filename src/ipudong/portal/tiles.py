"""The tiles systems put on the home page and the wall."""

import logging

from django.http import HttpRequest
from django.template.loader import render_to_string

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import list_allowed
from ipudong.city.manifest import HomeTile, installed

log = logging.getLogger(__name__)


def list_tiles(actor: Actor) -> list[HomeTile]:
    """Tiles the actor may see, in their order."""
    tiles = [tile for system in installed() for tile in system.home_tiles]
    allowed = list_allowed(actor, {tile.permit for tile in tiles})
    return sorted((t for t in tiles if t.permit in allowed), key=lambda tile: tile.order)


def draw_tiles(request: HttpRequest, actor: Actor) -> list[str]:
    """The tiles as HTML. One that fails is left out and logged: a sick system hides no other."""
    drawn: list[str] = []
    for tile in list_tiles(actor):
        try:
            drawn.append(render_to_string(tile.template, dict(tile.context(actor)), request))
        except Exception:
            log.exception("the tile %s could not be drawn", tile.template)
    return drawn
