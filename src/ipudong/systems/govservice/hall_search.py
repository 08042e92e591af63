"""Search of the hall: findings, suggestions while typing, and help where nothing was found."""

from collections.abc import Iterable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ipudong.city.casework.queries.catalogue import list_entries
from ipudong.city.casework.queries.catalogue_search import (
    search_items,
    suggest_items,
    suggest_words,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import permitted
from ipudong.city.manifest import SearchHit
from ipudong.systems.govservice.hall_cards import card_of, list_events
from ipudong.systems.govservice.hall_pages import asked_often

HITS: Final = 30
IN_PORTAL: Final = 6


@permitted("govservice.view")
def show_search(request: HttpRequest) -> HttpResponse:
    """Items for a query in everyday words."""
    wanted = request.GET.get("q", "").strip()[:200]
    found = search_items(wanted, HITS)
    context = {
        "wanted": wanted,
        "cards": [card_of(row.entry, row.phrase) for row in found],
        "near": suggest_words(wanted) if wanted and not found else [],
        "asked": asked_often(request.LANGUAGE_CODE),
        "events": [*list_events(list_entries(), "life"), *list_events(list_entries(), "business")],
    }
    return render(request, "govservice/hall/search.html", context)


@permitted("govservice.view")
def suggest(request: HttpRequest) -> HttpResponse:
    """Items for what has been typed so far: a part of a page."""
    wanted = request.GET.get("q", "").strip()[:60]
    cards = [card_of(row.entry, row.phrase) for row in suggest_items(wanted)]
    return render(request, "govservice/hall/suggest.html", {"cards": cards})


def find_in_hall(text: str, actor: Actor) -> Iterable[SearchHit]:
    """What the portal's search shows of the hall."""
    for row in search_items(text, IN_PORTAL):
        yield SearchHit(
            title=str(row.entry.name),
            url=reverse("govservice:item", args=[row.entry.code]),
            kind=_("Service item"),
            summary=str(row.entry.item.summary) if row.entry.item else row.entry.kind_title,
        )
