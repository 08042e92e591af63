"""The write interfaces of InfluxDB 2 and 1, so that Telegraf and its like need only our address.

Answers and errors have InfluxDB's own shapes: 204; `{"code", "message"}` for 2, `{"error"}` for 1.
What a line of a body is wrong with does not hinder the other lines: they are kept, and the answer
is 400 "partial write", after which Telegraf does not send the body again.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson
import structlog
from litestar import Request, Response, get, head, post
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from ipudong import __version__
from ipudong.gateway import figures
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.push.bodies import decode_text, in_turn, read_body
from ipudong.gateway.push.desk import PushDesk, desk_of
from ipudong.gateway.push.durable import take_durably
from ipudong.gateway.push.lines import PROTOCOL, Outcome
from ipudong.gateway.push.sender import Sender, guard, sender_of
from ipudong.protocols.lineprotocol.lines import parse_lines
from ipudong.protocols.lineprotocol.points import PRECISIONS

log = structlog.get_logger()

TAGS: Final = ["HTTP push"]
WRITE_V2: Final = "/api/v2/write"
WRITE_V1: Final = "/write"
PRECISIONS_OF: Final = {WRITE_V2: ("ns", "us", "ms", "s"), WRITE_V1: tuple(PRECISIONS)}
DESCRIBED: Final = 5  # bad lines told in an answer
VERSION_HEADERS: Final = {"X-Influxdb-Version": f"iPudong-{__version__}", "X-Influxdb-Build": "OSS"}
# The words of InfluxDB 2 for a status (`code` of its errors).
_CODES: Final = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not found",
    405: "method not allowed",
    413: "request too large",
    415: "invalid",
    429: "too many requests",
    503: "unavailable",
}


def describe_error(
    path: str, status: int, message: str, fields: Mapping[str, Any]
) -> tuple[dict[str, str], bytes]:
    """Headers and body of an error, as the interface of this path writes it."""
    headers = {"WWW-Authenticate": "Token"} if status == 401 else {}
    if "retry_after_s" in fields:
        headers["Retry-After"] = str(fields["retry_after_s"])
    if path.startswith("/api/v2"):
        body = {"code": _CODES.get(status, "internal error"), "message": message}
    else:
        body = {"error": message}
        headers["X-Influxdb-Error"] = message.replace("\n", " ")[:500]
    named = {name: value.encode("ascii", "replace").decode() for name, value in headers.items()}
    return named, orjson.dumps(body)


def _respond(
    request: Request, status: int, message: str, fields: Mapping[str, Any] = MappingProxyType({})
) -> Response:
    headers, body = describe_error(request.url.path, status, message, fields)
    return Response(body, status_code=status, headers=headers, media_type="application/json")


def answer_refused(request: Request, error: RequestRefused) -> Response:
    """A refusal in InfluxDB's shape."""
    return _respond(request, error.status, error.detail, error.fields)


def answer_http_error(request: Request, error: HTTPException) -> Response:
    """What the framework refuses, in InfluxDB's shape."""
    return _respond(request, error.status_code, error.detail)


def answer_failure(request: Request, error: Exception) -> Response:
    """A fault of ours; the text stays in the log."""
    log.exception("http_failed", path=request.url.path, exc_info=error)
    return _respond(request, 500, "The gateway could not answer.")


ERRORS: Final[ExceptionHandlersMap] = {
    RequestRefused: answer_refused,
    HTTPException: answer_http_error,
    Exception: answer_failure,
}


@post(
    WRITE_V2,
    guards=[guard],
    status_code=204,
    summary="Write line protocol (InfluxDB 2)",
    tags=TAGS,
    exception_handlers=ERRORS,
)
async def write_v2(request: Request) -> Response[None]:
    """Query: `precision` ns, us, ms or s; `org` and `bucket` are accepted and say nothing here."""
    return await _write(request, WRITE_V2)


@post(
    WRITE_V1,
    guards=[guard],
    status_code=204,
    summary="Write line protocol (InfluxDB 1)",
    tags=TAGS,
    exception_handlers=ERRORS,
)
async def write_v1(request: Request) -> Response[None]:
    """Query: `precision` n, u, ms, s, m or h; `db` and `rp` are accepted and say nothing here."""
    return await _write(request, WRITE_V1)


async def _write(request: Request, path: str) -> Response[None]:
    precision = check_precision(path, request.query_params)
    raw = await read_body(request)
    await write_lines(desk_of(request), sender_of(request), precision, raw)
    return Response(None, status_code=204, headers=VERSION_HEADERS)


def check_precision(path: str, query: Mapping[str, str]) -> str:
    """The precision a query names, "" where none. Raises RequestRefused (400)."""
    precision = query.get("precision", "").replace("µ", "u")
    if precision and precision not in PRECISIONS_OF[path]:
        raise RequestRefused(400, "bad_precision", f"invalid precision {precision[:10]!r}")
    return precision


async def write_lines(desk: PushDesk, sender: Sender, precision: str, raw: bytes) -> None:
    """Make the lines of a body durable. Raises RequestRefused (400, 503)."""
    columns = await in_turn(len(raw), parse_lines, decode_text(raw))
    outcomes: list[Outcome] = []

    def take() -> bool:
        outcome = desk.lines.take(sender, columns, precision, desk.gateway.now_us(), raw)
        outcomes[:] = [outcome] if outcome is not None else []
        return outcome is not None

    figures.FRAMES.labels(PROTOCOL).inc()
    await take_durably(desk.gateway, take)
    figures.ACKNOWLEDGED.labels(PROTOCOL).inc()
    _report_bad_lines(outcomes[0])


def _report_bad_lines(outcome: Outcome) -> None:
    """Raise RequestRefused (400) in the words that clients of InfluxDB look for."""
    if not outcome.bad_count:
        return
    told = [f"line {row.line}: {row.detail}" for row in outcome.bad[:DESCRIBED]]
    more = outcome.bad_count - len(told)
    text = "; ".join(told) + (f"; and {more} more lines" if more > 0 else "")
    if not outcome.rows:
        raise RequestRefused(400, "bad_lines", f"unable to parse: {text}")
    raise RequestRefused(400, "partial_write", f"partial write: {text} dropped={outcome.bad_count}")


@get("/ping", status_code=204, summary="Is it there? (InfluxDB)", tags=TAGS)
async def ping() -> Response[None]:
    """Open to everybody, as clients ask before they write."""
    return Response(None, status_code=204, headers=VERSION_HEADERS)


@head("/ping", status_code=204, summary="Is it there? (InfluxDB)", tags=TAGS)
async def ping_head() -> Response[None]:
    """As GET."""
    return Response(None, status_code=204, headers=VERSION_HEADERS)


@get("/health", summary="Does it take writes? (InfluxDB 2)", tags=TAGS)
async def health(request: Request) -> Response:
    """`pass` while the journal takes what comes."""
    is_well: bool = request.app.state.gateway.pipeline.last_error is None
    body: dict[str, Any] = {
        "name": "influxdb",
        "message": "ready for writes" if is_well else "the journal takes nothing now",
        "status": "pass" if is_well else "fail",
        "version": f"iPudong-{__version__}",
        "checks": [],
    }
    return Response(
        orjson.dumps(body), status_code=200 if is_well else 503, media_type="application/json"
    )


@post(
    "/query",
    guards=[guard],
    status_code=200,
    summary="CREATE DATABASE (InfluxDB 1)",
    tags=TAGS,
    exception_handlers=ERRORS,
)
async def query_v1(request: Request) -> Response:
    """Telegraf creates its database before it writes: there is nothing to create, so it is done.
    Readings are asked for by SensorThings."""
    statement = request.query_params.get("q", "") or await _read_form_query(request)
    if not statement.strip().upper().startswith("CREATE DATABASE"):
        raise RequestRefused(400, "bad_query", "only CREATE DATABASE is answered here")
    body: dict[str, Any] = {"results": [{"statement_id": 0}]}
    return Response(orjson.dumps(body), media_type="application/json", headers=VERSION_HEADERS)


async def _read_form_query(request: Request) -> str:
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/x-www-form-urlencoded"):
        return ""
    return str((await request.form()).get("q", ""))[:1000]


HANDLERS: Final = (write_v2, write_v1, ping, ping_head, health, query_v1)
