"""The registry desk: organizations, their entry on any day, licenses, life, branches, holders."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.codes import QUALITIES
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Land, Organization, Project
from ipudong.city.registry.queries import (
    list_branches,
    list_changes,
    list_holdings,
    list_licenses,
    list_states,
    search_organizations,
)
from ipudong.city.registry.queries.organizations import get_row, is_license_valid
from ipudong.city.registry.queries.search import begins
from ipudong.city.registry.services import (
    Origin,
    change_organization,
    record_organization_event,
)
from ipudong.city.registry.tracked import TRACKED
from ipudong.systems.govcollab.registry_forms import ChangeForm, EventForm, OriginForm
from ipudong.systems.govcollab.registry_shell import read_days, show
from ipudong.systems.govcollab.registry_words import name_sources, say_refusal, show_value, title_of
from ipudong.systems.govcollab.tables import csv_file

CHANGE = "registry.change_organization"
_LISTED = 60


@permitted("registry.view_register")
@require_GET
def find_organizations(request: HttpRequest) -> HttpResponse:
    """The search over the register."""
    text = request.GET.get("q", "").strip()[:100]
    page = search_organizations(text) if text else None
    short = bool(text) and len(text) < 2
    context = {"text": text, "page": page, "short": short}
    return show(request, "organizations", "organizations.html", context)


@permitted("registry.view_register")
@require_GET
def export_organizations(request: HttpRequest) -> HttpResponse:
    """What a search found as a file: the register is public."""
    page = search_organizations(request.GET.get("q", "").strip()[:100])
    rows: list[Organization] = list(page.rows)  # type: ignore[arg-type]
    head = [_("Credit code"), _("Name"), _("Kind"), _("Status"), _("Founded"), _("Address")]
    cells = [
        (
            *(row.credit_code, row.name, row.get_kind_display(), row.get_status_display()),
            *(row.founded_on or "", row.address),
        )
        for row in rows
    ]
    return csv_file("organizations.csv", head, cells)


@permitted("registry.view_register")
@require_GET
def show_organization(request: HttpRequest, organization_id: int) -> HttpResponse:
    """The register entry as of a day, and all around it."""
    row = _get(organization_id)
    changes = list(list_changes("organization", row.pk))
    days = read_days(request, (change.effective_on for change in changes))
    today = timezone.localdate()
    sources = name_sources(change.source for change in changes)
    context = {
        "row": row,
        "days": days,
        "lines": _lines_of(row, days.chosen),
        "licenses": [
            (one, is_license_valid(one, today)) for one in list_licenses(row.pk, on=today)
        ],
        "events": row.events.all()[:_LISTED],
        "branches": list_branches(row.pk, limit=_LISTED),
        "holdings": list_holdings(row.pk, on=days.chosen),
        "projects": row.projects.all()[:_LISTED],
        "parcels": row.parcels.all()[:_LISTED],
        "finance": getattr(row, "finance", None),
        "history": [_change_words(change, sources) for change in changes],
        "may_change": is_allowed(actor_of_request(request), CHANGE),
    }
    return show(request, "organizations", "organization.html", context)


@permitted(CHANGE)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Change the register entry from a day on."""
    row, actor = _get(organization_id), actor_of_request(request)
    form = ChangeForm(row, TRACKED["organization"], request.POST or None)
    origin = OriginForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and origin.is_valid():
        try:
            change_organization(
                by=actor,
                organization_id=row.pk,
                values=form.changes(),
                origin=Origin(**origin.cleaned_data, by=actor.name, at=timezone.now()),
                today=timezone.localdate(),
            )
        except RegistryError as error:
            form.add_error(None, say_refusal(error))
        else:
            messages.success(request, _("The change is written."))
            return redirect("govcollab:registry_organization", row.pk)
    status = 422 if request.method == "POST" else 200
    context = {"row": row, "form": form, "origin": origin}
    return show(request, "organizations", "organization_change.html", context, status)


@permitted(CHANGE)
@require_http_methods(["GET", "POST"])
def add_event(request: HttpRequest, organization_id: int) -> HttpResponse:
    """Record something in the organization's life."""
    row, actor = _get(organization_id), actor_of_request(request)
    form = EventForm(request.POST or None, initial={"happened_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            origin = Origin(
                source=given["source"],
                quality="declared",
                effective_on=given["happened_on"],
                by=actor.name,
                at=timezone.now(),
            )
            record_organization_event(
                by=actor,
                organization_id=row.pk,
                kind=given["kind"],
                text=given["text"],
                origin=origin,
            )
        except RegistryError as error:
            form.add_error(None, say_refusal(error))
        else:
            messages.success(request, _("The event is recorded."))
            return redirect("govcollab:registry_organization", row.pk)
    status = 422 if request.method == "POST" else 200
    context = {"row": row, "form": form}
    return show(request, "organizations", "organization_event.html", context, status)


@permitted("registry.view_register")
@require_GET
def show_projects(request: HttpRequest) -> HttpResponse:
    """Construction projects and land parcels, by code or name."""
    text = request.GET.get("q", "").strip()[:100]
    projects, parcels = (
        Project.objects.select_related("builder"),
        Land.objects.select_related("holder"),
    )
    if text:
        projects = projects.filter(begins("code", text.upper()) | begins("name", text))
        parcels = parcels.filter(begins("parcel_code", text.upper()))
    context = {"text": text, "projects": projects[:_LISTED], "parcels": parcels[:_LISTED]}
    return show(request, "projects", "projects.html", context)


def _get(organization_id: int) -> Organization:
    try:
        return get_row(organization_id)
    except RegistryError as error:
        raise Http404(error.code) from error


def _lines_of(row: Organization, on: Any) -> list[dict[str, Any]]:
    states = list_states("organization", row, on=on)
    sources = name_sources(state.source for state in states)
    return [
        {
            "title": title_of(Organization, state.field),
            "value": show_value(Organization, state.field, state.value),
            "source_name": sources[state.source],
            "quality": QUALITIES.get(state.quality, ""),
            "since_on": state.since_on,
        }
        for state in states
        if state.field not in {"name", "representative"}
    ]


def _change_words(change: Any, sources: Mapping[str, str]) -> dict[str, Any]:
    return {
        "row": change,
        "source": sources[change.source],
        "title": title_of(Organization, change.field),
        "old": show_value(Organization, change.field, change.old),
        "new": show_value(Organization, change.field, change.new),
    }
