"""Posts of observations, taken before the framework: it costs more than the work itself.

Everything else, and every post that is not of the plain form (from a browser of another origin,
compressed, beyond what a row can keep), goes on to the framework, which has the same routes, the
same permits, limits and answers, and describes them in the OpenAPI document.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import structlog
from litestar.types import Receive, Scope, Send

from ipudong.gateway.api.access import Desk, judge_access
from ipudong.gateway.api.problems import RequestRefused, describe_problem
from ipudong.gateway.api.rates import RateLimit
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.sensorthings import intake
from ipudong.gateway.sensorthings.roots import POST, ROOT

log = structlog.get_logger()

_PATHS: Final = re.compile(
    rf"{re.escape(ROOT)}/(?:(?P<bulk>CreateObservations)"
    r"|(?:Datastreams\((?P<stream>[1-9]\d{0,8})\)/)?Observations)"
)
_CREATED_JSON: Final = (b"content-type", b"application/json")
Headers = list[tuple[bytes, bytes]]


class Front:
    """Takes the plain posts of observations. `take` says whether it answered."""

    def __init__(self, gateway: Gateway, desk: Desk, limit: RateLimit, max_bytes: int) -> None:
        self._gateway = gateway
        self._desk = desk
        self._limit = limit
        self._max_bytes = max_bytes

    async def take(self, scope: Any, receive: Receive, send: Send) -> Receive | None:
        """Answer a plain post and give None; else what the framework is to receive."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return receive
        found = _PATHS.fullmatch(scope["path"])
        if found is None:
            return receive
        headers = _read_headers(scope["headers"])
        if headers is None or int(headers.get(b"content-length", b"0")) > self._max_bytes:
            return receive
        try:
            body = await _read_body(receive, self._max_bytes)
            if body is None:
                return None
            answer = await self._answer(scope, headers, found, body)
        except RequestRefused as refused:
            answer = describe_problem(refused)
        except Exception as error:
            log.exception("http_failed", path=scope["path"], exc_info=error)
            failure = RequestRefused(500, "internal_error", "The gateway could not answer.")
            answer = describe_problem(failure)
        if answer is None:
            return _replay(body or b"")
        await _send(send, *answer)
        return None

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], found: re.Match[str], body: bytes
    ) -> tuple[int, Headers, bytes] | None:
        token = _read_token(headers)
        actor, allowed = await self._desk.ask(token, POST)
        judge_access(actor, allowed=allowed, action=POST)
        document = intake.read_json(body)
        base = _base(scope, headers)
        if found.group("bulk"):
            if not intake.is_plain_arrays(document):
                return None
            self._count(scope, token)
            return 201, [_CREATED_JSON], await intake.take_arrays(self._gateway, document, base)
        stream = found.group("stream")
        row = intake.find_row(self._gateway, document, int(stream) if stream else None)
        if row is None:
            return None
        self._count(scope, token)
        link, answer = intake.write_created(base, await intake.take_row(self._gateway, row))
        return 201, [_CREATED_JSON, (b"location", link.encode())], answer

    def _count(self, scope: Scope, token: str) -> None:
        client = scope.get("client")
        self._limit.take(token or (client[0] if client else ""))


def _read_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes] | None:
    """The headers that matter; None where the framework is to look at the request."""
    found = dict(headers)
    if b"origin" in found or found.get(b"content-encoding", b"identity") != b"identity":
        return None
    if not found.get(b"content-length", b"0").isdigit():
        return None
    return found


async def _read_body(receive: Receive, max_bytes: int) -> bytes | None:
    """The whole body; None when the sender left. Raises RequestRefused (413)."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message: Any = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > max_bytes:
            raise RequestRefused(413, "body_too_large", f"A body has at most {max_bytes} bytes.")
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _replay(body: bytes) -> Receive:
    """The body once more, for the framework."""
    messages: list[Any] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


def _read_token(headers: dict[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip()[:200] if scheme.lower() == "bearer" else ""


def _base(scope: Scope, headers: dict[bytes, bytes]) -> str:
    host = headers.get(b"host", b"").decode("latin-1")
    if not host:
        server = scope.get("server") or ("127.0.0.1", None)
        host = server[0] if server[1] is None else f"{server[0]}:{server[1]}"
    return f"{scope['scheme']}://{host}{scope.get('root_path', '')}{ROOT}"


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    sized = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": sized})
    await send({"type": "http.response.body", "body": body, "more_body": False})
