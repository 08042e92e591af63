"""What every page of My space shares: whom one acts for, the menu, and no cache."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from ipudong.portal.space.parties import standing_of
from ipudong.portal.space.sections import SECTIONS


def draw(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page with the menu of the sections; nothing of it is kept by a cache."""
    standing = standing_of(request)
    sections = [row for row in SECTIONS if not (row.own_only and standing.is_acting)]
    filled = {**context, "standing": standing, "sections": sections}
    response = render(request, template, filled, status=status)
    add_never_cache_headers(response)
    return response
