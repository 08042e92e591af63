"""Who is asking, and may they: API tokens and permit rows for machines."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from ipudong.city.identity.actors import ANONYMOUS, Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.identity.token_use import use_token
from ipudong.gateway.api.problems import RequestRefused

# A revoked token or a withdrawn permit works on for at most so long.
REMEMBER_S = 5.0
MAX_REMEMBERED = 10_000

Guard = Callable[[ASGIConnection, BaseRouteHandler], Coroutine[Any, Any, None]]


class Desk:
    """Answers who a token is and what they may do, and remembers it for a few seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Actor | None, bool]] = {}

    async def ask(self, token: str, action: str) -> tuple[Actor | None, bool]:
        """The actor of a token ("" is anybody; None: not a valid one) and whether they may."""
        now = self._clock()
        found = self._known.get((token, action))
        if found is None or now - found[0] > REMEMBER_S:
            if len(self._known) >= MAX_REMEMBERED:
                self._known.clear()
            found = (now, *await asyncio.to_thread(_look_up, token, action))
            self._known[token, action] = found
        return found[1], found[2]


def _look_up(token: str, action: str) -> tuple[Actor | None, bool]:
    actor = use_token(token, now=datetime.now(UTC)) if token else ANONYMOUS
    return actor, actor is not None and is_allowed(actor, action)


def permit(action: str) -> Guard:
    """A guard that opens a route to those whose permit rows name `action`."""

    async def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:
        token = read_token(connection)
        actor, allowed = await connection.app.state.desk.ask(token, action)
        connection.state.actor = judge_access(actor, allowed=allowed, action=action)

    guard.action = action  # type: ignore[attr-defined]
    return guard


def judge_access(actor: Actor | None, *, allowed: bool, action: str) -> Actor:
    """The actor who may. Raises RequestRefused (401, 403)."""
    if actor is None:
        raise RequestRefused(401, "bad_token", "The token is unknown, expired or revoked.")
    if not allowed and actor == ANONYMOUS:
        raise RequestRefused(401, "token_needed", "This needs an API token.", action=action)
    if not allowed:
        raise RequestRefused(403, "not_permitted", "Not permitted.", action=action)
    return actor


def read_token(connection: ASGIConnection) -> str:
    """The bearer token of a request, "" when there is none."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip()[:200] if scheme.lower() == "bearer" else ""


def peer_of(connection: ASGIConnection) -> str:
    """The address a request came from."""
    return connection.client.host if connection.client else ""
