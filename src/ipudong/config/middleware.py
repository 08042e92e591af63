"""What every request of the portal passes through."""

import time
import uuid
from collections.abc import Callable

import structlog
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from prometheus_client import Counter, Histogram

from ipudong.city.identity.pages import actor_of_request
from ipudong.store.errors import JournalError, LakeError

Handler = Callable[[HttpRequest], HttpResponse]

REQUESTS = Counter("ipudong_portal_requests_total", "Requests answered", ["method", "status"])
SECONDS = Histogram("ipudong_portal_request_seconds", "Time to answer a request")
PAGE_WANTED = "page_wanted"  # in the session of staff who must set up a second factor first
log = structlog.get_logger()


class RequestContext:
    """Gives each request an id that its log lines and its answer carry."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            spent_s = time.perf_counter() - started
            if response.status_code >= 500:
                log.error("request", path=request.path, status=response.status_code)
        REQUESTS.labels(request.method, response.status_code).inc()
        SECONDS.observe(spent_s)
        response.headers["X-Request-ID"] = request_id
        return response


class SecurityHeaders:
    """Adds the content security policy to every page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault(
            "Content-Security-Policy", settings.IPUDONG_CONTENT_SECURITY_POLICY
        )
        response.headers.setdefault("Permissions-Policy", "geolocation=(self)")
        return response


class DatabaseAway:
    """Says plainly that the database is away, and that nothing is lost, with 503.

    The page is drawn without the database; monitors see 503 and a Retry-After.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer errors of the database connection; leave all others to Django."""
        if not isinstance(error, OperationalError | DatabaseError):
            return None
        log.error("database_away", path=request.path, error=str(error))
        return _say_away(
            request,
            _("The district's database cannot be reached"),
            _(
                "Nothing you saved before is lost. The page will work again as soon as "
                "the database is back; please try again in a minute."
            ),
        )


class HistoryAway:
    """Says plainly, with 503, that past readings cannot be read now.

    Readings not sealed yet could still be shown, but would pass for all there are.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer errors of lake and journal; leave all others to Django."""
        if not isinstance(error, LakeError | JournalError):
            return None
        log.error("history_away", path=request.path, error=str(error))
        return _say_away(
            request,
            _("The history of readings cannot be read now"),
            _(
                "The store of past readings is away (%(code)s). Stations are still heard, and "
                "nothing they send is lost. The page will work again as soon as the store is back."
            )
            % {"code": error.code},
        )


def _say_away(request: HttpRequest, title: str, advice: str) -> HttpResponse:
    context = {"status": 503, "title": title, "advice": advice}
    response = render(request, "portal/errors/standalone.html", context, status=503)
    response.headers["Retry-After"] = "30"
    return response


class StaffSecondFactor:
    """Where the district demands it, sends staff without a second factor to set one up.

    The page they wanted is kept, so that the page of second factors can lead them there.
    """

    ALLOWED_PREFIXES = ("/static/", "/i18n/", "/healthz", "/readyz", "/metrics")
    FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self._is_asked(request):
            return self.get_response(request)
        missing = self._is_missing(request)
        if request.path.startswith("/accounts/"):
            request.second_factor_missing = missing  # type: ignore[attr-defined]
            return self.get_response(request)
        if missing:
            if request.method == "GET":
                request.session[PAGE_WANTED] = request.get_full_path()
            return redirect("mfa_index")
        request.session.pop(PAGE_WANTED, None)
        return self.get_response(request)

    def _is_asked(self, request: HttpRequest) -> bool:
        if settings.IPUDONG_STAFF_SECOND_FACTOR != "required":
            return False
        if request.path.startswith(self.ALLOWED_PREFIXES):
            return False
        return actor_of_request(request).is_staff

    def _is_missing(self, request: HttpRequest) -> bool:
        factors = request.user.authenticator_set  # type: ignore[union-attr]
        return not factors.filter(type__in=self.FACTORS).exists()
