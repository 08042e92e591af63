"""Pages of the system."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipudong.city.identity.pages import permitted


@permitted("govservice.view")
def home(request: HttpRequest) -> HttpResponse:
    """The system's first page."""
    return render(request, "govservice/home.html")
