"""The routes of SensorThings 1.1 under `/sensorthings/v1.1`."""

import asyncio
from typing import Any, Final

import orjson
from litestar import Request, Response, Router, get, post
from litestar.params import FromPath

from ipudong.gateway.api.access import peer_of, permit, read_token
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.sensorthings import posting
from ipudong.gateway.sensorthings.entities import OBSERVATIONS, SETS
from ipudong.gateway.sensorthings.paths import Segment, parse_path
from ipudong.gateway.sensorthings.walk import Walk

ROOT: Final = "/sensorthings/v1.1"
VIEW: Final = "sensing.view_things"
POST: Final = "sensing.post_observations"
TAGS: Final = ["SensorThings 1.1"]
# Reads share the threads with everything else; a crowd of them waits here.
_READERS = asyncio.Semaphore(8)

_REQUIREMENTS: Final = (
    "datamodel/entity-control-information/common-control-information",
    "datamodel/thing/properties",
    "datamodel/location/properties",
    "datamodel/sensor/properties",
    "datamodel/observed-property/properties",
    "datamodel/observation/properties",
    "datamodel/feature-of-interest/properties",
    "request-data/status-code",
    "request-data/query-status-code",
    "request-data/order",
    "request-data/select",
    "request-data/orderby",
    "request-data/top",
    "request-data/skip",
    "request-data/count",
    "request-data/pagination",
)
CONFORMANCE: Final = tuple(
    f"http://www.opengis.net/spec/iot_sensing/1.1/req/{name}" for name in _REQUIREMENTS
)


def make_router() -> Router:
    """The SensorThings routes."""
    return Router(ROOT, route_handlers=[read_root, read_path, create_observations, create])


@get("/", guards=[permit(VIEW)], summary="Service root", tags=TAGS)
async def read_root(request: Request) -> dict[str, Any]:
    """The entity sets, and the requirements of the standard that are met."""
    base = _base(request)
    names = [*SETS, OBSERVATIONS]
    return {
        "value": [{"name": name, "url": f"{base}/{name}"} for name in names],
        "serverSettings": {"conformance": list(CONFORMANCE)},
    }


@get("/{path:path}", guards=[permit(VIEW)], summary="Entities", tags=TAGS)
async def read_path(request: Request, path: FromPath[str]) -> Response:
    """`Things`, `Things(1)`, `Things(1)/Datastreams`, `Datastreams(1)/Observations` and so on.

    Collections take `$top` (at most 1000), `$skip`, `$count`, `$orderby`, `$filter` (comparisons
    with and, or, not), `$expand` (one level) and `$select`.
    """
    segments = parse_path(path)
    pairs = list(request.query_params.multi_items())
    async with _READERS:
        body = await asyncio.to_thread(Walk(_base(request), path, pairs).read, segments)
    return Response(orjson.dumps(body), media_type="application/json")


@post("/CreateObservations", guards=[permit(POST)], summary="Many observations", tags=TAGS)
async def create_observations(request: Request) -> Response:
    """A list of data arrays; all are durable, or none was taken."""
    gateway = _admit(request)
    streams = gateway.snapshot.directory.streams
    rows = posting.read_data_arrays(await _read_json(request), streams, gateway.hj212.now_us())
    ids = await posting.store(gateway.pipeline, rows)
    links = [f"{_base(request)}/Observations('{own_id}')" for own_id in ids]
    return Response(orjson.dumps(links), status_code=201, media_type="application/json")


@post("/{path:path}", guards=[permit(POST)], summary="One observation", tags=TAGS)
async def create(request: Request, path: FromPath[str]) -> Response:
    """`POST Observations` or `Datastreams(1)/Observations`; durable before 201."""
    gateway = _admit(request)
    stream = _posted_stream(parse_path(path))
    row = posting.read_observation(
        await _read_json(request),
        gateway.snapshot.directory.streams,
        gateway.hj212.now_us(),
        stream,
    )
    [own_id] = await posting.store(gateway.pipeline, [row])
    link = f"{_base(request)}/Observations('{own_id}')"
    body = orjson.dumps({"@iot.id": own_id, "@iot.selfLink": link})
    return Response(
        body, status_code=201, headers={"Location": link}, media_type="application/json"
    )


def _admit(request: Request) -> Gateway:
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


async def _read_json(request: Request) -> Any:
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise bad_request("bad_body", f"The body is not JSON: {error}.") from error


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/") + ROOT
