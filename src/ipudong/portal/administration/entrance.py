"""The way in: the sections that the reader may open."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.administration.sections import list_sections


@permitted("administration.open")
def show_entrance(request: HttpRequest) -> HttpResponse:
    """Sections with a line on what each is for."""
    context = {"sections": list_sections(actor_of_request(request))}
    return render(request, "administration/entrance.html", context)
