"""The routes that write: POST, PUT, PATCH and DELETE below the service root."""

from typing import Final

from litestar import Request, Response, delete, patch, post, put
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath

from ipudong.gateway.api.access import Guard, judge_access, peer_of, read_token
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.sensorthings.roots import ROOT
from ipudong.gateway.sensorthings.writes.requests import MANAGE, Write, action_of, perform

TAGS: Final = ["SensorThings 1.1"]
JSON: Final = "application/json"


def permit_write() -> Guard:
    """A guard that asks for the permit of what the path writes."""

    async def guard(connection: ASGIConnection, handler: BaseRouteHandler) -> None:
        path = str(connection.path_params.get("path", ""))
        action = action_of(str(connection.scope.get("method", "")), path)
        actor, allowed = await connection.app.state.desk.ask(read_token(connection), action)
        connection.state.actor = judge_access(actor, allowed=allowed, action=action)

    guard.action = MANAGE  # type: ignore[attr-defined]
    return guard


async def write(request: Request, path: str) -> Response:
    """Do what a request asks, counted against its sender's limit."""
    limit: RateLimit = request.app.state.limit
    limit.take(read_token(request) or peer_of(request))
    gateway: Gateway = request.app.state.gateway
    content_type = request.headers.get("content-type", JSON)
    written = await perform(
        gateway,
        Write(
            method=request.method,
            path=path,
            body=await request.body(),
            base=str(request.base_url).rstrip("/") + ROOT,
            actor=request.state.actor,
            media_type=content_type.partition(";")[0].strip().lower(),
            query=request.scope["query_string"].decode("latin-1"),
        ),
    )
    headers = {"Location": written.link} if written.link else {}
    return Response(
        written.body or None, status_code=written.status, headers=headers, media_type=JSON
    )


@post("/{path:path}", guards=[permit_write()], summary="Create or link", tags=TAGS)
async def create(request: Request, path: FromPath[str]) -> Response:
    """`POST Things` with all nested in it, `Things(1)/Locations`, `Observations`, `$ref`."""
    return await write(request, path)


@put("/{path:path}", guards=[permit_write()], summary="Replace or link", tags=TAGS)
async def replace(request: Request, path: FromPath[str]) -> Response:
    """`PUT Things(1)`: all properties; `PUT Datastreams(1)/Thing/$ref`."""
    return await write(request, path)


@patch("/{path:path}", guards=[permit_write()], summary="Change", tags=TAGS)
async def change(request: Request, path: FromPath[str]) -> Response:
    """`PATCH Things(1)`: the properties named, or a JSON Patch."""
    return await write(request, path)


@delete(
    "/{path:path}",
    guards=[permit_write()],
    status_code=200,
    summary="Delete or unlink",
    tags=TAGS,
)
async def remove(request: Request, path: FromPath[str]) -> Response:
    """`DELETE Things(1)` with all that hangs on it; `Things(1)/Locations(2)/$ref`."""
    return await write(request, path)


WRITES: Final = (create, replace, change, remove)
