"""The routes of SensorThings 1.1 under `/sensorthings/v1.1`."""

import asyncio
from typing import Any, Final
from uuid import uuid4

import numpy as np
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath
from numpy.typing import NDArray

from ipudong.gateway.api.access import peer_of, permit, read_token
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.live.latest import LatestRows
from ipudong.gateway.mqtt.options import PORT as MQTT_PORT
from ipudong.gateway.sensorthings import batch, dispatch, intake, multipart
from ipudong.gateway.sensorthings.batch import Batch
from ipudong.gateway.sensorthings.conformance import CONFORMANCE, MQTT
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.dispatch import Inner, Outcome
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS
from ipudong.gateway.sensorthings.mqtt import Topics
from ipudong.gateway.sensorthings.paths import parse_path
from ipudong.gateway.sensorthings.rich_arrays import take_rich_arrays
from ipudong.gateway.sensorthings.roots import POST, ROOT, VIEW
from ipudong.gateway.sensorthings.subscribed import read_entity
from ipudong.gateway.sensorthings.walk import Walk
from ipudong.gateway.sensorthings.writes.routes import WRITES

TAGS: Final = ["SensorThings 1.1"]
# Reads share the threads with everything else; a crowd of them waits here.
_READERS = asyncio.Semaphore(8)
TAKE_S: Final = 5.0


def make_router(gateway: Gateway, topics: Topics) -> Router:
    """The SensorThings routes. What is written through them is told to MQTT subscribers."""

    async def tell(response: Any) -> Any:
        link = response.headers.get("Location", "") if isinstance(response, Response) else ""
        if link and topics.wants_entities and "/Observations(" not in link:
            topics.note_changed(link, await read_entity(gateway, topics.base, link))
        return response

    handlers = [read_root, read_path, run_batch, create_observations, *WRITES]
    return Router(ROOT, route_handlers=handlers, after_request=tell)


@get("/", guards=[permit(VIEW)], summary="Service root", tags=TAGS)
async def read_root(request: Request) -> dict[str, Any]:
    """The entity sets, and the requirements of the standard that are met."""
    base = base_of(request)
    names = [*SETS, OBSERVATIONS]
    return {
        "value": [{"name": name, "url": f"{base}/{name}"} for name in names],
        "serverSettings": {"conformance": list(CONFORMANCE), **_list_endpoints(request)},
    }


def _list_endpoints(request: Request) -> dict[str, Any]:
    """Where MQTT is spoken, under the requirements that ask for it."""
    port = MQTT_PORT.get()
    address = f"mqtt://{request.base_url.hostname}:{port}"
    return {name: {"endpoints": [address]} for name in MQTT} if port else {}


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


@post("/$batch", guards=[permit(VIEW)], summary="Many requests in one", tags=TAGS, status_code=200)
async def run_batch(request: Request) -> Response:
    """A multipart batch, or a JSON one: `{"requests": [{"id", "method", "url", "body"}]}`.

    Each request needs the permits it needs alone. At most 100; the answers are in their order.
    """
    base, kind = base_of(request), request.headers.get("content-type", "")
    body = await request.body()

    async def carry_out(inner: Inner) -> Outcome:
        return await dispatch.carry_out(request.scope, request.app, inner, base)

    if multipart.is_multipart(kind):
        done = await Batch(carry_out).run(multipart.read_requests(body, kind))
        boundary = f"batch_{uuid4().hex}"
        answer = multipart.write_responses(done, boundary)
        return Response(answer, media_type=f"multipart/mixed; boundary={boundary}")
    done = await Batch(carry_out).run(batch.read_requests(intake.read_json(body)))
    return Response(batch.write_responses(done), media_type="application/json")


@post("/CreateObservations", guards=[permit(POST)], summary="Many observations", tags=TAGS)
async def create_observations(request: Request) -> Response:
    """A list of data arrays; an address or "error" for each observation, in order."""
    gateway = admit(request)
    document, base = intake.read_json(await request.body()), base_of(request)
    if intake.is_plain_arrays(document):
        links = await intake.take_arrays(gateway, document, base)
    else:
        links = await take_rich_arrays(gateway, document, base, request.state.actor)
    return Response(links, status_code=201, media_type="application/json")


def admit(request: Request) -> Gateway:
    """Count a post against its sender's limit; the gateway it goes to."""
    limit: RateLimit = request.app.state.limit
    limit.take(read_token(request) or peer_of(request))
    gateway: Gateway = request.app.state.gateway
    return gateway


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
        shelf=request.app.state.shelf,
    )


def base_of(request: Request) -> str:
    """The service root's address as this client sees it."""
    return str(request.base_url).rstrip("/") + ROOT
