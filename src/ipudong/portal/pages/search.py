"""The search page."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.finding import find

LONGEST: Final = 100
# Words that lead somewhere in every district.
SUGGESTIONS: Final = (_("air"), _("water"), _("broadband"), _("health"), _("Lujiazui"))


@permitted("portal.view")
def show_search(request: HttpRequest) -> HttpResponse:
    """What is found for `?q=`, by kind; suggestions where nothing is."""
    wanted = request.GET.get("q", "").strip()[:LONGEST]
    found = find(wanted, actor_of_request(request))
    context = {
        "wanted": wanted,
        "found": found,
        "count": sum(map(len, found.values())),
        "suggestions": SUGGESTIONS,
    }
    return render(request, "portal/pages/search.html", context)
