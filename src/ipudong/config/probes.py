"""The portal's own probes."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from ipudong.operations.probes import probe_answer


def _database_answers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def answer(request: HttpRequest) -> HttpResponse:
    """`/healthz`, `/readyz` and `/metrics`, without asking the database for a permit: a probe
    must answer most of all when the database does not."""
    status, content_type, body = probe_answer(request.path, {"database": _database_answers})
    return HttpResponse(body, status=status, content_type=content_type)


answer.required_action = "portal.probe"  # type: ignore[attr-defined]

urlpatterns = [path("healthz", answer), path("readyz", answer), path("metrics", answer)]
