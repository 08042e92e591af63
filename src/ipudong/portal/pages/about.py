"""About this site: what it is, and how it is kept usable for everyone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipudong.city.identity.pages import permitted


@permitted("portal.view")
def show_about(request: HttpRequest) -> HttpResponse:
    """The page of explanations."""
    return render(request, "portal/pages/about.html")
