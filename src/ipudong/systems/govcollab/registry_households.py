"""The registry desk: a household and who is and was in it, masked."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from ipudong.city.audit.services import record
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.masking import mask
from ipudong.city.registry.models import Household
from ipudong.city.registry.queries import list_members
from ipudong.city.registry.queries.search import SEARCH, hit_of
from ipudong.systems.govcollab.registry_shell import show


@permitted("registry.search_persons")
@require_GET
def show_household(request: HttpRequest, household_id: int) -> HttpResponse:
    """Members by name and relation, masked; opening one asks for a purpose."""
    household = get_object_or_404(Household.objects.select_related("place"), pk=household_id)
    members: list[dict[str, Any]] = [
        {"row": row, "hit": hit_of(row.person), "relation": row.get_relation_display()}
        for row in list_members(household.pk)
    ]
    actor = actor_of_request(request)
    detail = {"by": "household", "found": len(members), "offices": sorted(actor.departments)}
    record(actor=actor.name, action=SEARCH, subject=f"household:{household.pk}", detail=detail)
    context = {
        "household": household,
        "number": mask("household_number", household.number),
        "address": mask("address", household.address),
        "now": [member for member in members if member["row"].until_on is None],
        "before": [member for member in members if member["row"].until_on is not None],
    }
    return show(request, "persons", "household.html", context)
