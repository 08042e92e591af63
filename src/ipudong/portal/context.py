"""What the shell of every page needs; all of it lazy, so that a page can be drawn without the
database where it must (503)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import actor_of_request
from ipudong.portal.navigation import list_navigation

THEMES = ("auto", "light", "dark")


def theme_of(request: HttpRequest) -> str:
    """The reader's choice of colors; anything odd in the cookie is `auto`."""
    theme = request.COOKIES.get("theme", "auto")
    return theme if theme in THEMES else "auto"


def browser_words() -> Mapping[str, str]:
    """Texts the browser code shows, by key; `{name}` places are filled there."""
    return {
        "close": _("Close"),
        "no_value": _("no value"),
        "live_connecting": _("Connecting to live data"),
        "live_live": _("Live, last change {time}"),
        "live_stale": _("Live data interrupted; figures are from {time}"),
        "request_unsent": _("The portal could not be reached. Check the connection and try again."),
        "request_failed": _("That did not work. Nothing was changed; please try again."),
        "request_forbidden": _("Your account may not do that."),
        "draft_unsaved": _("Not saved yet"),
        "draft_saved": _("Saved at {time}"),
        "draft_failed": _("Could not be saved. It is tried again at your next change."),
        "draft_stale": _("Changed in another window since. Load the page again to go on there."),
        "map_open": _("See details"),
        "map_zoom_in": _("Zoom in"),
        "map_zoom_out": _("Zoom out"),
        "map_two_fingers": _("Use two fingers to move the map"),
        "map_layer_failed": _("This layer could not be renewed; what is shown may be old."),
        "map_listed": _("The {shown} nearest to the middle of the map, of {count}."),
        "map_heading": _("heading {way}"),
        "map_compass": _("north,northeast,east,southeast,south,southwest,west,northwest"),
        "map_heard": _("heard at {time}"),
        "map_quiet": _("not heard since {time}"),
        "map_cannot_draw": _("This browser cannot draw the map. The list below says the same."),
    }


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: navigation, colors, texts for the browser."""
    return {
        "navigation": SimpleLazyObject(lambda: list_navigation(actor_of_request(request))),
        "actor": SimpleLazyObject(lambda: actor_of_request(request)),
        "theme": theme_of(request),
        "browser_words": browser_words,
        "time_zone": settings.TIME_ZONE,
        "here": getattr(request.resolver_match, "view_name", ""),
    }
