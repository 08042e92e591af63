"""Plain posts of readings, taken before the framework: it costs more than the work itself.

A `Road` is a way in for posts of one kind. Everything that is on no road, and every post that is
not of the plain form (from a browser of another origin, too large), goes on to the
framework, which has the same routes, the same permits, limits and answers, and describes them in
the OpenAPI document.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple, Protocol

import structlog
from litestar.types import Receive, Scope, Send

from ipudong.gateway.api.problems import RequestRefused

log = structlog.get_logger()

NO_CONTENT: Final = 204
Headers = list[tuple[bytes, bytes]]


class Answer(NamedTuple):
    """What goes back: the status, headers in small letters, the body."""

    status: int
    headers: Headers
    body: bytes = b""


class SenderLeftError(Exception):
    """Nobody waits for an answer any more."""


class PlainPost:
    """A post on its way; `headers` in small letters, the first of each name."""

    def __init__(self, scope: Scope, receive: Receive, max_bytes: int) -> None:
        self.scope: Any = scope
        self.headers: dict[bytes, bytes] = dict(reversed(list(scope["headers"])))
        self._receive = receive
        self._max_bytes = max_bytes
        self._body: bytes | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it may be answered without the framework."""
        length = self.headers.get(b"content-length", b"0")
        if b"origin" in self.headers or not length.isdigit():
            return False
        return int(length) <= self._max_bytes

    @property
    def peer(self) -> str:
        """The address it came from."""
        client = self.scope.get("client")
        return str(client[0]) if client else ""

    def find_header(self, name: bytes, default: str = "") -> str:
        """The text of a header."""
        value = self.headers.get(name)
        return default if value is None else value.decode("latin-1")

    async def read_body(self) -> bytes:
        """The whole body. Raises RequestRefused (413), SenderLeftError."""
        if self._body is None:
            self._body = await self._collect()
        return self._body

    async def _collect(self) -> bytes:
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message: Any = await self._receive()
            if message["type"] != "http.request":
                raise SenderLeftError
            part = message.get("body", b"")
            size += len(part)
            if size > self._max_bytes:
                detail = f"A body has at most {self._max_bytes} bytes."
                raise RequestRefused(413, "body_too_large", detail)
            parts.append(part)
            more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def hand_on(self) -> Receive:
        """What the framework receives: the body from its beginning."""
        if self._body is None:
            return self._receive
        messages: list[Any] = [{"type": "http.request", "body": self._body, "more_body": False}]

        async def receive() -> Any:
            return messages.pop() if messages else await self._receive()

        return receive


class Road(Protocol):
    """A way in for the plain posts of one kind."""

    def is_on(self, path: str) -> bool:
        """Whether a post to this path is of this kind."""
        ...

    async def answer(self, post: PlainPost) -> Answer | None:
        """Take it; None when the framework is to. Raises RequestRefused."""
        ...

    def refuse(self, path: str, refused: RequestRefused) -> Answer:
        """A refusal in the words of this kind."""
        ...


class Front:
    """Takes the plain posts of its roads."""

    def __init__(self, roads: Sequence[Road], max_bytes: int) -> None:
        self._roads = tuple(roads)
        self._max_bytes = max_bytes

    async def take(self, scope: Any, receive: Receive, send: Send) -> Receive | None:
        """Answer a plain post and give None; else what the framework is to receive."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return receive
        road = next((road for road in self._roads if road.is_on(scope["path"])), None)
        if road is None:
            return receive
        post = PlainPost(scope, receive, self._max_bytes)
        if not post.is_plain:
            return receive
        try:
            answer = await _ask(road, post)
        except SenderLeftError:
            return None
        if answer is None:
            return post.hand_on()
        await _send(send, answer)
        return None


async def _ask(road: Road, post: PlainPost) -> Answer | None:
    path = post.scope["path"]
    try:
        return await road.answer(post)
    except SenderLeftError:
        raise
    except RequestRefused as refused:
        return road.refuse(path, refused)
    except Exception as error:
        log.exception("http_failed", path=path, exc_info=error)
        failure = RequestRefused(500, "internal_error", "The gateway could not answer.")
        return road.refuse(path, failure)


async def _send(send: Send, answer: Answer) -> None:
    headers = answer.headers
    if answer.status != NO_CONTENT:  # RFC 9110, 8.6: 204 has no length
        headers = [*headers, (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
