"""The way in: the sections that the reader may open."""

from django.http import HttpRequest, HttpResponse

from ipudong.city.identity.pages import permitted
from ipudong.portal.administration.pages import draw


@permitted("administration.open")
def show_entrance(request: HttpRequest) -> HttpResponse:
    """Sections with a line on what each is for."""
    return draw(request, "administration/entrance.html", {})
