"""What is wrong with the data: shown, not smoothed."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.systems.environment.devices import AIR_STATION, WATER_STATION
from ipudong.systems.environment.models import DataFinding, FindingState, ImportRun
from ipudong.systems.environment.pages.shell import in_language, show
from ipudong.systems.environment.properties import PROPERTY_ROWS
from ipudong.systems.environment.services import settle_finding

A_PAGE: Final = 30
RUNS_SHOWN: Final = 10
REJECTS_SHOWN: Final = 20
CODES: Final[dict[str, tuple[Promise, Promise]]] = {
    "copied_column": (
        _("Copied column"),
        _("Two factors have the same values hour after hour: one of them is a copy."),
    ),
    "duplicate_row": (_("Repeated rows"), _("Rows that say again what an earlier row said.")),
    "conflicting_row": (
        _("Contradicting rows"),
        _("Two rows of the same time say different things; the first one was kept."),
    ),
    "flat_line": (_("Stuck value"), _("The same value hour after hour.")),
    "missing_mark": (
        _("Missing values"),
        _("The source marks these values as missing, for example with ////."),
    ),
    "fine_above_coarse": (
        _("PM₂.₅ above PM₁₀"),
        _("A part cannot be more than the whole: one of the instruments is wrong."),
    ),
    "impossible_step": (_("Impossible jump"), _("A change faster than air can change.")),
    "published_differs": (
        _("Published index differs"),
        _("The published AQI does not follow from the concentrations published beside it."),
    ),
}
# What spoils an index stands before what is only untidy.
_GRAVITY: Final = Case(
    When(code="copied_column", then=0),
    When(code__in=("impossible_step", "fine_above_coarse", "flat_line"), then=1),
    When(code__in=("published_differs", "conflicting_row"), then=2),
    default=3,
)
_PAGES: Final = {
    AIR_STATION: "environment:air_station",
    WATER_STATION: "environment:water_section",
}


@permitted("environment.view_quality")
def show_quality(request: HttpRequest) -> HttpResponse:
    """Findings, newest first; `?code=` one kind, `?state=all` settled ones too; newest imports."""
    findings = DataFinding.objects.select_related("thing", "run").defer("thing__credential")
    findings = findings.order_by(_GRAVITY, "-found_at", "-id")
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    if code in CODES:
        findings = findings.filter(code=code)
    if state != "all":
        findings = findings.filter(state=FindingState.OPEN)
    page = Paginator(findings, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "findings": [describe_finding(row) for row in page],
        "kinds": [(name, titles[0]) for name, titles in CODES.items()],
        "code": code,
        "state": state,
        "runs": ImportRun.objects.all()[:RUNS_SHOWN],
        "rejects_shown": REJECTS_SHOWN,
        "may_settle": is_allowed(actor_of_request(request), "environment.handle_event"),
    }
    return show(request, "quality", "quality.html", context)


def describe_finding(row: DataFinding) -> dict[str, Any]:
    """A finding in words."""
    title, meaning = CODES.get(row.code, (row.code, ""))
    page = _PAGES.get(row.thing.kind) if row.thing else None
    return {
        "row": row,
        "title": title,
        "meaning": meaning,
        "factors": ", ".join(
            in_language(PROPERTY_ROWS[code]) if code in PROPERTY_ROWS else code
            for code in row.factors
        ),
        "url": reverse(page, args=[row.thing_id]) if page else "",
        "share": 100 * row.rows / row.of_rows if row.of_rows else None,
    }


@permitted("environment.handle_event")
@require_POST
def settle(request: HttpRequest, finding_id: int) -> HttpResponse:
    """Mark a finding as looked into."""
    finding = get_object_or_404(DataFinding, pk=finding_id)
    settle_finding(finding=finding, by=actor_of_request(request).name)
    if request.POST.get("next") == "desk":
        return redirect("environment:desk")
    return redirect("environment:quality")
