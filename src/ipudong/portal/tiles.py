"""The tiles systems put on the home page and the wall."""

import logging

from django.http import HttpRequest
from django.template.loader import render_to_string

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import list_allowed
from ipudong.city.manifest import HomeTile, System, installed

log = logging.getLogger(__name__)


AWAY = "portal/parts/away_tile.html"


def list_tiles(actor: Actor) -> list[tuple[System, HomeTile]]:
    """Tiles the actor may see with the system they are of, in their order."""
    tiles = [(system, tile) for system in installed() for tile in system.home_tiles]
    allowed = list_allowed(actor, {tile.permit for _, tile in tiles})
    shown = [(system, tile) for system, tile in tiles if tile.permit in allowed]
    return sorted(shown, key=lambda pair: pair[1].order)


def draw_tiles(request: HttpRequest, actor: Actor) -> list[str]:
    """The tiles as HTML. One that fails says so and is logged: a sick system hides no other."""
    drawn: list[str] = []
    for system, tile in list_tiles(actor):
        try:
            drawn.append(render_to_string(tile.template, dict(tile.context(actor)), request))
        except Exception:
            log.exception("the tile %s could not be drawn", tile.template)
            drawn.append(render_to_string(AWAY, {"title": system.title}, request))
    return drawn
