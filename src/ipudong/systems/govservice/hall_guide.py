"""One item: the guide of each situation, and the check whether one may apply."""

from typing import Any

import segno
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe

from ipudong.city.casework.catalogue.records import Item, Situation, Step
from ipudong.city.casework.queries.catalogue import Entry, find_entry, list_entries
from ipudong.city.identity.models import Department
from ipudong.city.identity.pages import permitted
from ipudong.systems.govservice.apply_eligibility import draw_checks, judge, read_checks
from ipudong.systems.govservice.hall_cards import card_of, items_of


def get_entry(code: str) -> Entry:
    """The item in force of that code; Http404 where there is none."""
    entry = find_entry(code)
    if entry is None:
        raise Http404
    return entry


@permitted("govservice.view")
def show_guide(request: HttpRequest, code: str) -> HttpResponse:
    """The guide of the situation asked for, the first otherwise."""
    entry = get_entry(code)
    if entry.item is None:
        return render(request, "govservice/hall/registered.html", {"entry": entry})
    item = entry.item
    situation = item.find_situation(request.GET.get("situation", "")) or item.situations[0]
    link = request.build_absolute_uri(request.get_full_path())
    context = {
        "entry": entry,
        "item": item,
        "situation": situation,
        "materials": item.materials_of(situation),
        "fees": item.fees_of(situation),
        "results": [r for r in item.results if _is_of(r.situations, situation)],
        "stages": list_stages(item.steps_of(situation), list_offices(item)),
        "promised": item.promised_days_of(situation),
        "legal": item.legal_days_of(situation),
        "visits": item.visits_of(situation),
        "to_bring": sum(not row.waived for row in item.materials_of(situation)),
        "related": _list_related(item),
        "link": link,
        "qr": draw_link(link),
    }
    return render(request, "govservice/hall/guide.html", context)


def _is_of(situations: tuple[str, ...], situation: Situation) -> bool:
    return not situations or situation.code in situations


def _list_related(item: Item) -> list[Any]:
    known = {entry.code: entry for entry, _item in items_of(list_entries())}
    return [card_of(known[code]) for code in item.related if code in known]


def list_offices(item: Item) -> dict[str, Department]:
    """The departments that a guide names, by code."""
    codes = {item.department, *item.partners, *(step.by for step in item.steps)}
    return {row.code: row for row in Department.objects.filter(code__in=codes)}


def list_stages(steps: list[Step], offices: dict[str, Department]) -> list[dict[str, Any]]:
    """Steps as the picture shows them: those that run beside one another are one stage."""
    stages: list[dict[str, Any]] = []
    for step in steps:
        row = {"step": step, "office": offices.get(step.by)}
        if step.beside and stages and stages[-1]["beside"] == step.beside:
            stages[-1]["rows"].append(row)
        else:
            stages.append({"beside": step.beside, "rows": [row]})
    for stage in stages:
        stage["days"] = max(row["step"].days for row in stage["rows"])
        stage["at_once"] = len(stage["rows"]) > 1
    return stages


def draw_link(link: str) -> SafeString:
    """The address of a page as a QR code, to hand it to a phone."""
    drawn = segno.make(link, error="m", micro=False).svg_inline(
        border=2, svgclass="hall-qr", lineclass="hall-qr-line", omitsize=True
    )
    return mark_safe(drawn)  # noqa: S308 - drawn by the library from the address; holds no text


@permitted("govservice.view")
def show_check(request: HttpRequest, code: str) -> HttpResponse:
    """The questions of the check; a POST is answered by the item's decision and kept nowhere."""
    entry = get_entry(code)
    if entry.item is None or not entry.item.checks:
        raise Http404
    asked = request.method == "POST"
    given = {key: value for key, value in request.POST.items() if isinstance(value, str)}
    answers = read_checks(entry.item, given)
    complete = len(answers) == len(entry.item.checks)
    context = {
        "entry": entry,
        "item": entry.item,
        "checks": draw_checks(entry.item, given, mark_missing=asked),
        "missing": asked and not complete,
        "verdict": judge(entry.item, answers) if asked and complete else None,
        "undecided": asked and complete,
    }
    return render(request, "govservice/hall/check.html", context)
