"""How a page says what it takes: `@permitted("environment.view_air")`.

A view without that mark is refused by the middleware, so forgetting it denies, not opens.
"""

import functools
from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ipudong.city.identity.actors import ANONYMOUS, Actor
from ipudong.city.identity.queries import actor_of, is_allowed

View = Callable[..., HttpResponseBase]


def actor_of_request(request: HttpRequest) -> Actor:
    """The request's actor, looked up once a request."""
    actor = getattr(request, "_ipudong_actor", None)
    if actor is None:
        user = getattr(request, "user", None)
        actor = actor_of(user) if user is not None else ANONYMOUS
        request._ipudong_actor = actor  # type: ignore[attr-defined]
    return actor


def permitted(action: str) -> Callable[[View], View]:
    """Open a view to the roles whose permit rows name `action`; others sign in or get 403."""

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = actor_of_request(request)
            if is_allowed(actor, action):
                return view(request, *args, **kwargs)
            if actor == ANONYMOUS and request.method == "GET":
                return redirect_to_login(request.get_full_path())
            raise PermissionDenied(action)

        guarded.required_action = action  # type: ignore[attr-defined]
        return guarded

    return decorate


class DenyUnmarkedViews:
    """Middleware: a view that names no action is refused, unless it belongs to a foreign
    application whose own rules are listed in `FOREIGN_MODULES`."""

    FOREIGN_MODULES = ("allauth.", "django.views.i18n", "django.views.static", "django.contrib.")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: object, kwargs: object
    ) -> HttpResponse | None:
        """Refuse what nobody permitted."""
        if view_is_marked(view):
            return None
        raise PermissionDenied("this page names no permission")


def view_is_marked(view: View) -> bool:
    """Whether a view names its action or is a foreign application's own."""
    if hasattr(view, "required_action"):
        return True
    module = cast(str, getattr(view, "__module__", ""))
    return module.startswith(DenyUnmarkedViews.FOREIGN_MODULES)
