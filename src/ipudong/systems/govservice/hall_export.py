"""The catalogue for machines: CPSV-AP 3.2.0 as Turtle and JSON-LD."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ipudong.city.casework.catalogue.cpsv import Addresses, describe
from ipudong.city.casework.queries.catalogue import Entry, find_entry, list_entries
from ipudong.city.identity.pages import permitted

FORMATS: Final = {"ttl": ("turtle", "text/turtle"), "jsonld": ("json-ld", "application/ld+json")}


@permitted("govservice.view")
@require_safe
def export_catalogue(request: HttpRequest, suffix: str) -> HttpResponse:
    """Every item in force."""
    return _answer(request, list_entries(), suffix)


@permitted("govservice.view")
@require_safe
def export_item(request: HttpRequest, code: str, suffix: str) -> HttpResponse:
    """One item."""
    entry = find_entry(code)
    if entry is None:
        raise Http404
    return _answer(request, [entry], suffix)


def _answer(request: HttpRequest, entries: list[Entry], suffix: str) -> HttpResponse:
    if suffix not in FORMATS:
        raise Http404
    name, media_type = FORMATS[suffix]
    addresses = Addresses(request.build_absolute_uri("/").rstrip("/"))
    text = describe(entries, addresses).serialize(format=name, encoding="utf-8")
    answer = HttpResponse(text, content_type=f"{media_type}; charset=utf-8")
    answer["Cache-Control"] = "public, max-age=300"
    return answer
