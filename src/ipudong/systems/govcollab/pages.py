"""Pages of the system as a whole."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ipudong.city.identity.pages import permitted


@permitted("govcollab.view")
def home(request: HttpRequest) -> HttpResponse:
    """What everybody may see of it: by which published rules offices are watched."""
    return redirect("govcollab:supervision_rules")
