"""`/healthz`, `/readyz`, `/metrics`."""

import asyncio
from collections.abc import Mapping

from django.db import connection
from litestar import Request, Response, get

from ipudong.gateway.api.access import permit
from ipudong.operations.probes import Check, probe_answer

PROBE = "portal.probe"


def check_database() -> None:
    """Raises when the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


async def _answer(path: str, checks: Mapping[str, Check]) -> Response:
    status, content_type, body = await asyncio.to_thread(probe_answer, path, checks)
    return Response(body, status_code=status, media_type=content_type)


@get("/healthz", summary="Is the process alive?", tags=["operations"])
async def healthz() -> Response:
    """Open to everybody and asks nobody: it must answer when the database is away."""
    return await _answer("/healthz", {})


@get("/readyz", summary="Can it do its work?", tags=["operations"])
async def readyz(request: Request) -> Response:
    """The database answers and the journal took the last batch."""
    return await _answer("/readyz", request.app.state.checks)


@get("/metrics", guards=[permit(PROBE)], summary="Prometheus figures", tags=["operations"])
async def metrics() -> Response:
    """Prometheus text format."""
    return await _answer("/metrics", {})
