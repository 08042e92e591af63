"""What is shown when something is wrong: what happened, and what one may do."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, advice: str) -> HttpResponse:
    context = {"status": status, "title": title, "advice": advice}
    return render(request, "portal/errors/page.html", context, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the address or the form could not be read."""
    return _page(
        request,
        400,
        _("The request could not be read"),
        _("Something in the address or the form is not as it should be. Nothing was changed."),
    )


def forbidden(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403: signed in, but not allowed."""
    return _page(
        request,
        403,
        _("Your account may not open this page"),
        _("If your work needs it, ask your department head to have the permission given to you."),
    )


def not_found(request: HttpRequest, exception: Http404) -> HttpResponse:
    """404: nothing lives at this address."""
    return _page(
        request,
        404,
        _("There is nothing at this address"),
        _("It may have moved, or the address may be mistyped. Searching often helps."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault; drawn without database and session, which may be the fault."""
    context = {
        "status": 500,
        "title": _("Something went wrong here, not with you"),
        "advice": _(
            "The fault has been written down with the number in the answer's X-Request-ID. "
            "What you saved before is kept; please try again in a moment."
        ),
    }
    return render(request, "portal/errors/standalone.html", context, status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form was opened too long ago, or cookies are off."""
    return _page(
        request,
        403,
        _("This form is no longer valid"),
        _("It was opened too long ago, or the browser keeps no cookies. Open the page again."),
    )
