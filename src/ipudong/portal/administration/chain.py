"""Verifying the audit from a page: step by step, so that no request is long."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipudong.city.audit import checks
from ipudong.city.audit.models import ChainCheck
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.administration.acts import words_of_fault
from ipudong.portal.administration.pages import draw


def _draw_check(request: HttpRequest, check: ChainCheck) -> HttpResponse:
    """The whole page, or for htmx the part that changes."""
    asks_part = request.headers.get("HX-Request")
    template = "administration/check_state.html" if asks_part else "administration/check.html"
    return draw(request, template, {"check": check, "fault": words_of_fault(check.reason)})


@permitted("audit.view")
@require_POST
def start_check(request: HttpRequest) -> HttpResponse:
    """Begin a verification and do its first step; short chains are done with it."""
    now = timezone.now()
    check = checks.start_check(by=actor_of_request(request).name, at=now)
    checks.advance_check(check_id=check.pk, at=now)
    return redirect("portal:administration:check", check.pk)


@permitted("audit.view")
def show_check(request: HttpRequest, check_id: int) -> HttpResponse:
    """How far a verification is, or what it found."""
    check = ChainCheck.objects.filter(pk=check_id).first()
    if check is None:
        raise Http404
    return _draw_check(request, check)


@permitted("audit.view")
@require_POST
def advance_check(request: HttpRequest, check_id: int) -> HttpResponse:
    """Do the next step."""
    try:
        check = checks.advance_check(check_id=check_id, at=timezone.now())
    except ChainCheck.DoesNotExist as error:
        raise Http404 from error
    if request.headers.get("HX-Request"):
        return _draw_check(request, check)
    return redirect("portal:administration:check", check_id)
