"""The routes of SensorThings 1.1 under `/sensorthings/v1.1`."""

import asyncio
from typing import Any, Final

import numpy as np
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from numpy.typing import NDArray

from ipudong.gateway.api.access import peer_of, permit, read_token
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.live.latest import LatestRows
from ipudong.gateway.sensorthings import intake
from ipudong.gateway.sensorthings.conformance import CONFORMANCE
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS
from ipudong.gateway.sensorthings.paths import Segment, parse_path
from ipudong.gateway.sensorthings.roots import POST, ROOT, VIEW
from ipudong.gateway.sensorthings.walk import Walk

TAGS: Final = ["SensorThings 1.1"]
# Reads share the threads with everything else; a crowd of them waits here.
_READERS = asyncio.Semaphore(8)
TAKE_S: Final = 5.0


def make_router() -> Router:
    """The SensorThings routes."""
    return Router(ROOT, route_handlers=[read_root, read_path, create_observations, create])


@get("/", guards=[permit(VIEW)], summary="Service root", tags=TAGS)
async def read_root(request: Request) -> dict[str, Any]:
    """The entity sets, and the requirements of the standard that are met."""
    base = base_of(request)
    names = [*SETS, OBSERVATIONS]
    return {
        "value": [{"name": name, "url": f"{base}/{name}"} for name in names],
        "serverSettings": {"conformance": list(CONFORMANCE)},
    }


@get("/{path:path}", guards=[permit(VIEW)], summary="Entities", tags=TAGS)
async def read_path(request: Request, path: FromPath[str]) -> Response:
    """`Things`, `Things(1)`, `Things(1)/Datastreams`, `Datastreams(1)/Observations` and so on.

    Collections take `$top` (at most 10000), `$skip`, `$count`, `$orderby`, `$filter`, `$expand`,
    `$select` and `$resultFormat`.
    """
    pairs = list(request.query_params.multi_items())
    answer = await read(request, path, pairs)
    return Response(answer.body, media_type=answer.media_type, status_code=answer.status)


async def read(request: Request, path: str, pairs: list[tuple[str, str]]) -> Any:
    """The answer to a GET of a path below the root. Raises RequestRefused."""
    segments = parse_path(path)
    walk = Walk(make_context(request), path, pairs)
    async with _READERS:
        return await asyncio.to_thread(walk.read, segments)


@post("/CreateObservations", guards=[permit(POST)], summary="Many observations", tags=TAGS)
async def create_observations(request: Request) -> Response:
    """A list of data arrays; an address or "error" for each observation, in order."""
    gateway = admit(request)
    document = intake.read_json(await request.body())
    links = await intake.take_arrays(gateway, document, base_of(request))
    return Response(links, status_code=201, media_type="application/json")


@post("/{path:path}", guards=[permit(POST)], summary="One observation", tags=TAGS)
async def create(request: Request, path: FromPath[str]) -> Response:
    """`POST Observations` or `Datastreams(1)/Observations`; durable before 201."""
    gateway = admit(request)
    stream = _posted_stream(parse_path(path))
    row = intake.find_row(gateway, intake.read_json(await request.body()), stream)
    if row is None:
        raise RequestRefused(501, "not_creatable", "Only plain observations can be created yet.")
    own_id = await intake.take_row(gateway, row)
    link, body = intake.write_created(base_of(request), own_id)
    headers = {"Location": link}
    return Response(body, status_code=201, headers=headers, media_type="application/json")


def admit(request: Request) -> Gateway:
    """Count a post against its sender's limit; the gateway it goes to."""
    limit: RateLimit = request.app.state.limit
    limit.take(read_token(request) or peer_of(request))
    gateway: Gateway = request.app.state.gateway
    return gateway


def _posted_stream(segments: tuple[Segment, ...]) -> int | None:
    if segments == (Segment(OBSERVATIONS),):
        return None
    if len(segments) == 2 and segments[0].name == "Datastreams":
        key = segments[0].key
        if segments[1] == Segment(OBSERVATIONS) and isinstance(key, int):
            return key
    raise RequestRefused(501, "not_creatable", "Only Observations can be created yet.")


def make_context(request: Request) -> Context:
    """What reading this request needs to know; made on the loop."""
    gateway: Gateway = request.app.state.gateway
    loop = asyncio.get_running_loop()

    async def take(ids: NDArray[np.int32]) -> LatestRows:
        return gateway.latest.take(ids)

    def take_latest(ids: NDArray[np.int32]) -> LatestRows:
        """The live state belongs to the loop; readers are in threads."""
        return asyncio.run_coroutine_threadsafe(take(ids), loop).result(TAKE_S)

    return Context(
        base_of(request),
        take_latest=take_latest,
        lengths_us=gateway.snapshot.directory.streams.length_us,
    )


def base_of(request: Request) -> str:
    """The service root's address as this client sees it."""
    return str(request.base_url).rstrip("/") + ROOT
