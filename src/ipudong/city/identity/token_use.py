"""When a token was last used, kept to the minute so that requests do not become writes."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import DatabaseError
from django.db.models import Q

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import ApiToken
from ipudong.city.identity.queries import actor_of_token, find_token

NOTED_EVERY: Final = timedelta(minutes=1)

log = structlog.get_logger()


def use_token(text: str, *, now: datetime) -> Actor | None:
    """`queries.find_actor_by_token` that also notes the use, at most once a minute a token.

    A use is no change and is not audited. Where it cannot be noted (a read-only or busy
    database) the token still works.
    """
    token = find_token(text, now=now)
    if token is None:
        return None
    if _is_due(token, now):
        _note_use(token, now)
    return actor_of_token(token)


def _is_due(token: ApiToken, now: datetime) -> bool:
    return token.last_used_at is None or now - token.last_used_at >= NOTED_EVERY


def _note_use(token: ApiToken, now: datetime) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - NOTED_EVERY)
    try:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    except DatabaseError as error:
        log.warning("token_use_not_noted", token=token.pk, error=str(error))
