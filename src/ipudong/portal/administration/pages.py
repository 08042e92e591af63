"""What every administration page shares: its menu, and secrets that are shown once."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from ipudong.city.identity.pages import actor_of_request
from ipudong.portal.administration.sections import list_sections


def draw(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page with the menu of the sections; nothing of it is kept by a cache."""
    sections = list_sections(actor_of_request(request))
    response = render(request, template, {**context, "sections": sections}, status=status)
    add_never_cache_headers(response)
    return response
