"""Services for residents, by system."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal import entries


@permitted("portal.view")
def list_services(request: HttpRequest) -> HttpResponse:
    """Everything a resident may do here."""
    context = {"systems": entries.list_services(actor_of_request(request))}
    return render(request, "portal/pages/services.html", context)
