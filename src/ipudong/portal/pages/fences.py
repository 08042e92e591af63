"""Areas that moving things are watched against."""

from django.contrib import messages
from django.db.models import Count, ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.models import Fence
from ipudong.city.sensing.services.rules import delete_fence, save_fence
from ipudong.portal.district_maps import describe_map
from ipudong.portal.fence_forms import FenceForm, initial_of

MANAGE = "sensing.manage_rules"


@permitted(MANAGE)
def list_fences(request: HttpRequest) -> HttpResponse:
    """All areas, and how many rules use each."""
    fences = Fence.objects.annotate(used=Count("rules"))
    return render(request, "portal/pages/fences.html", {"fences": fences})


@permitted(MANAGE)
def edit_fence(request: HttpRequest, fence_id: int | None = None) -> HttpResponse:
    """Draw an area, or name one."""
    fence = get_object_or_404(Fence, pk=fence_id) if fence_id else Fence()
    form = FenceForm(request.POST or None, initial=initial_of(fence) if fence_id else None)
    if request.method == "POST" and form.is_valid():
        save_fence(fence=form.fill(fence), by=actor_of_request(request).name)
        return redirect("portal:fences")
    context = {"form": form, "fence": fence, "map": describe_map(()) | {"fence": True}}
    return render(request, "portal/pages/fence.html", context, status=422 if form.is_bound else 200)


@permitted(MANAGE)
@require_POST
def delete(request: HttpRequest, fence_id: int) -> HttpResponse:
    """Delete an area no rule uses."""
    try:
        delete_fence(fence=get_object_or_404(Fence, pk=fence_id), by=actor_of_request(request).name)
    except ProtectedError:
        messages.error(request, _("Rules use this area, so it is kept."))
    return redirect("portal:fences")
