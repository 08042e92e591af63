"""`GET /live?ticket=`: a server-sent event stream (WHATWG HTML, 9.2)."""

import asyncio
import contextlib
from typing import Any

from litestar import Request, get
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Receive, Scope, Send

from ipudong.city.sensing.tickets import TicketError, read_ticket
from ipudong.gateway.api.access import peer_of
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.live.hub import Hub, TooManyWatchers, Watcher
from ipudong.gateway.live.topics import BadTopic, parse_topics

# A peer that takes nothing for so long is given up.
SEND_TIMEOUT_S = 20.0
RETRY_MS = 3000
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStream:
    """An ASGI answer that sends what the hub puts into one watcher's queue."""

    def __init__(self, hub: Hub, watcher: Watcher) -> None:
        self._hub = hub
        self._watcher = watcher

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the browser leaves, the stream is reset, or the gateway stops."""
        gone = asyncio.create_task(_wait_gone(receive))
        sending = asyncio.create_task(self._send_all(send))
        try:
            await asyncio.wait({gone, sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.leave(self._watcher)
            for task in (gone, sending):
                task.cancel()
            await asyncio.gather(gone, sending, return_exceptions=True)

    async def _send_all(self, send: Send) -> None:
        watcher = self._watcher
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _put(send, f"retry: {RETRY_MS}\n\n".encode())
        while True:
            if watcher.queue:
                waiting = b"".join(watcher.queue)
                watcher.queue.clear()
                await _put(send, waiting)
            elif watcher.is_reset or watcher.is_closed:
                break
            else:
                watcher.wake.clear()
                await watcher.wake.wait()
        await _put(send, b"event: reset\ndata: {}\n\n", more=False)


async def _put(send: Send, body: bytes, *, more: bool = True) -> None:
    async with asyncio.timeout(SEND_TIMEOUT_S):
        await send({"type": "http.response.body", "body": body, "more_body": more})


async def _wait_gone(receive: Receive) -> None:
    with contextlib.suppress(Exception):
        while (await receive())["type"] != "http.disconnect":
            pass


async def holds_ticket(connection: ASGIConnection, handler: BaseRouteHandler) -> None:
    """A guard: the page that made the ticket has checked the permits of its topics."""
    try:
        topics = read_ticket(connection.query_params.get("ticket", ""))
    except TicketError as error:
        raise RequestRefused(401, f"ticket_{error.code}", "Ask the page for a new one.") from error
    connection.state.topics = topics


holds_ticket.action = "ticket"  # type: ignore[attr-defined]


@get("/live", guards=[holds_ticket], summary="Live changes", tags=["live"])
async def watch(request: Request) -> EventStream:
    """Events `readings`, `alarms`, `heartbeat` and `reset`; a snapshot comes first."""
    hub: Hub = request.app.state.gateway.hub
    last_event_id: Any = request.headers.get("last-event-id", "")
    try:
        topics = parse_topics(request.state.topics)
        watcher = hub.watch(topics, peer=peer_of(request), last_event_id=last_event_id[:64])
    except BadTopic as error:
        raise bad_request("bad_topic", str(error)) from error
    except TooManyWatchers as error:
        raise RequestRefused(
            503, "too_many_watchers", "Too many live streams.", retry_after_s=30
        ) from error
    return EventStream(hub, watcher)
