"""The reader's choices that are kept in a cookie."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import permitted
from ipudong.portal.context import THEMES

YEAR_S = 365 * 24 * 60 * 60


@permitted("portal.view")
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the colors chosen and go back; with script the browser does this itself."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR_S, samesite="Lax")
    return response
