"""The hall: its first page, lists of items, journeys by life event, and whether it is well."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from ipudong.city.casework.catalogue.themes import EVENTS, THEMES
from ipudong.city.casework.queries.cases import list_kinds
from ipudong.city.casework.queries.catalogue import Entry, list_entries
from ipudong.city.identity.pages import permitted
from ipudong.systems.govservice.hall_cards import (
    card_of,
    count_departments,
    count_themes,
    fits,
    items_of,
    list_events,
)

VIEW: Final = "govservice.view"
PER_PAGE: Final = 30
# What most people come for, before anybody has counted: shown as ready questions under the search.
ASKED_OFTEN: Final = ("营业执照", "居住证", "开饭店", "敬老卡", "上户口", "摆摊")
ASKED_OFTEN_EN: Final = ("company", "residence permit", "restaurant", "senior card", "newborn")


def asked_often(language: str) -> tuple[str, ...]:
    """Ready questions in the language of the page."""
    return ASKED_OFTEN if language.startswith("zh") else ASKED_OFTEN_EN


@permitted(VIEW)
def show_hall(request: HttpRequest) -> HttpResponse:
    """What the hall can do for whom."""
    entries = list_entries()
    context: dict[str, Any] = {
        "life": list_events(entries, "life"),
        "business": list_events(entries, "business"),
        "themes": count_themes(entries),
        "departments": count_departments(entries)[:12],
        "online": [card_of(entry) for entry, _item in items_of(entries)],
        "total": len(entries),
        "whole": sum(entry.depth == "whole" for entry in entries),
        "asked": asked_often(request.LANGUAGE_CODE),
    }
    return render(request, "govservice/hall/home.html", context)


@permitted(VIEW)
def list_items(request: HttpRequest) -> HttpResponse:
    """Items by theme, department, for whom, and whether one can apply online."""
    entries = list_entries()
    given = request.GET
    theme = THEMES.get(given.get("theme", ""))
    audience = given.get("for", "")
    found = [
        entry
        for entry in entries
        if fits(
            entry,
            theme=theme,
            department=given.get("department", ""),
            audience=audience if audience in ("person", "organization") else "",
            online=given.get("online") == "1",
        )
    ]
    page = Paginator(found, PER_PAGE).get_page(given.get("page"))
    context = {
        "page": page,
        "cards": [card_of(entry) for entry in page.object_list],
        "themes": THEMES.values(),
        "departments": count_departments(entries),
        "given": {key: given.get(key, "") for key in ("theme", "department", "for", "online")},
        "title": _title_of(given.get("department", ""), entries) or (theme.title if theme else ""),
        "count": len(found),
    }
    return render(request, "govservice/hall/items.html", context)


def _title_of(department: str, entries: list[Entry]) -> Any:
    return next((one.department for one in entries if one.department.code == department), None)


@permitted(VIEW)
def show_journey(request: HttpRequest, code: str) -> HttpResponse:
    """All that belongs to one event of life or business, in the order it is needed."""
    event = EVENTS.get(code)
    if event is None:
        raise Http404
    belonging = [(entry, item) for entry, item in items_of(list_entries()) if code in item.events]
    belonging.sort(key=lambda pair: pair[1].events.index(code))
    context = {"event": event, "steps": [card_of(entry) for entry, _item in belonging]}
    if not belonging:
        raise Http404
    return render(request, "govservice/hall/journey.html", context)


@permitted(VIEW)
def show_health(request: HttpRequest) -> HttpResponse:
    """Which items can be applied for now, and since when their guide stands as it does."""
    declared = {kind.code: kind for kind in list_kinds()}
    rows = [
        {
            "entry": entry,
            "url": reverse("govservice:item", args=[entry.code]),
            "well": item.case_kind in declared,
            "kind": declared.get(item.case_kind),
        }
        for entry, item in items_of(list_entries())
        if entry.is_online
    ]
    well = sum(bool(row["well"]) for row in rows)
    words = _("%(well)s of %(total)s services take applications") % {
        "well": well,
        "total": len(rows),
    }
    context = {"rows": rows, "words": words, "all_well": well == len(rows)}
    return render(request, "govservice/hall/health.html", context)
