"""The wrong role at every page: whoever no row names is turned away before the page begins."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from ipudong.city.identity.actors import ANONYMOUS, Actor
from ipudong.city.identity.pages import DenyUnmarkedViews, view_is_marked
from ipudong.city.identity.permits import declared_permits
from ipudong.city.identity.roles import PUBLIC, ROLES

FOREIGN = DenyUnmarkedViews.FOREIGN_MODULES


def _patterns(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, prefix + str(entry.pattern))
        else:
            yield prefix + str(entry.pattern), entry


PAGES = [
    (address, pattern)
    for address, pattern in _patterns(get_resolver())
    if not pattern.callback.__module__.startswith(FOREIGN)
]
OWN = [(address, pattern) for address, pattern in PAGES if not address.endswith("z")]


def test_there_are_pages_to_test() -> None:
    assert len(OWN) > 20


@pytest.mark.parametrize(("address", "pattern"), PAGES, ids=[address for address, _ in PAGES])
def test_every_page_names_a_declared_permit(address: str, pattern: URLPattern) -> None:
    assert view_is_marked(pattern.callback), f"{address} names no permit"
    assert pattern.callback.required_action in declared_permits()


def _visit(pattern: URLPattern, actor: Actor, method: str) -> int:
    """The status a page answers with; its body is never reached by the wrong role."""
    request = RequestFactory().generic(method, "/")
    request.user = AnonymousUser()
    request._ipudong_actor = actor
    arguments = dict.fromkeys(pattern.pattern.regex.groupindex, "1") | pattern.default_args
    try:
        response = pattern.callback(request, **arguments)
    except PermissionDenied:
        return 403
    assert isinstance(response, HttpResponse)
    return response.status_code


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role.code for role in ROLES])
def test_the_wrong_role_is_turned_away_at_every_page(role: str) -> None:
    actor = ANONYMOUS if role == PUBLIC else Actor(name="x", roles=frozenset({role}))
    turned_away = 0
    for address, pattern in OWN:
        permit = declared_permits()[pattern.callback.required_action]
        if role in permit.roles:
            continue
        turned_away += 1
        expected = 302 if actor == ANONYMOUS else 403
        assert _visit(pattern, actor, "GET") == expected, f"{address} as {role}"
        assert _visit(pattern, actor, "POST") == 403, f"{address} as {role}"
    if role in (PUBLIC, "resident", "agent"):
        assert turned_away > 5
