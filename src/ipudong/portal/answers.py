"""A whole page, or the part of it that htmx asked for."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def answer(
    request: HttpRequest, *, page: str, part: str, context: Mapping[str, Any]
) -> HttpResponse:
    """Draw `part` for htmx and `page` for everyone else; going back in the browser is a page."""
    headers = request.headers
    asks_part = headers.get("HX-Request") and not headers.get("HX-History-Restore-Request")
    response = render(request, part if asks_part else page, dict(context))
    patch_vary_headers(response, ["HX-Request"])
    return response
