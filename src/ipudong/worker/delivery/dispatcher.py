"""Lanes: a thread and a queue for each endpoint.

What is offered is put into its endpoint's lane and the caller goes on at once. A lane sends one
message after the other; it hangs alone. A lane with nothing to do for a while ends.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from ipudong.worker.delivery.breaker import Breaker

log = structlog.get_logger()

IDLE_S: Final = 30.0
MAX_LANES: Final = 200
MAX_QUEUED: Final = 40


class SendError(Exception):
    """A message did not arrive. `is_final`: trying again cannot help (the address is wrong);
    `is_of_endpoint`: the endpoint itself is unwell, not this message."""

    def __init__(self, text: str, *, is_final: bool = False, is_of_endpoint: bool = True) -> None:
        super().__init__(text)
        self.is_final = is_final
        self.is_of_endpoint = is_of_endpoint


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to send: what the sender of its channel needs."""

    id: int
    channel: str
    endpoint: str
    address: str
    subject: str = ""
    text: str = ""
    body: bytes = b""
    secret: str = field(default="", repr=False)


Sender = Callable[[Message], None]
"""Sends within its own time limit; raises SendError."""


class Outcomes(Protocol):
    """Where the end of each message is written."""

    def delivered(self, message: Message) -> None: ...
    def failed(self, message: Message, error: SendError) -> None: ...
    def postponed(self, message: Message, for_s: float) -> None: ...


class Dispatcher:
    """All lanes of this process. Safe to use from several threads."""

    def __init__(
        self,
        senders: Mapping[str, Sender],
        outcomes: Outcomes,
        *,
        clock: Callable[[], float] = time.monotonic,
        idle_s: float = IDLE_S,
        after_each: Callable[[], Any] = lambda: None,
    ) -> None:
        self._senders = senders
        self._outcomes = outcomes
        self._clock = clock
        self._idle_s = idle_s
        self._after_each = after_each
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}
        self._breakers: dict[str, Breaker] = {}

    def offer(self, messages: Iterable[Message]) -> None:
        """Put messages into their lanes."""
        for message in messages:
            with self._lock:
                lane = self._lanes.get(message.endpoint)
                if lane is None:
                    lane = self._open_lane(message.endpoint)
                lane.waiting.put(message)

    def _open_lane(self, endpoint: str) -> "_Lane":
        lane = _Lane()
        self._lanes[endpoint] = lane
        self._breakers.setdefault(endpoint, Breaker())
        threading.Thread(
            target=self._run, args=(endpoint, lane), name=f"lane:{endpoint}", daemon=True
        ).start()
        return lane

    def list_full(self) -> list[str]:
        """Endpoints whose lane holds as much as it should, or that must wait for a lane at all."""
        with self._lock:
            return [
                name for name, lane in self._lanes.items() if lane.waiting.qsize() >= MAX_QUEUED
            ]

    @property
    def has_room(self) -> bool:
        """Whether another lane may be opened."""
        with self._lock:
            return len(self._lanes) < MAX_LANES

    def wait_until_idle(self, within_s: float) -> bool:
        """Whether all lanes came to rest in time; for an orderly end, and tests."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            with self._lock:
                if not any(lane.is_busy or lane.waiting.qsize() for lane in self._lanes.values()):
                    return True
            time.sleep(0.005)
        return False

    def _run(self, endpoint: str, lane: "_Lane") -> None:
        breaker = self._breakers[endpoint]
        while True:
            try:
                message = lane.waiting.get(timeout=self._idle_s)
            except queue.Empty:
                if self._close_lane(endpoint, lane):
                    return
                continue
            lane.is_busy = True
            try:
                self._handle(message, breaker)
            except Exception:  # the outcome could not be written: the row is taken again later
                log.exception("delivery_not_noted", delivery=message.id)
            finally:
                self._after_each()
                lane.is_busy = False

    def _close_lane(self, endpoint: str, lane: "_Lane") -> bool:
        with self._lock:
            if lane.waiting.qsize():
                return False
            del self._lanes[endpoint]
            return True

    def _handle(self, message: Message, breaker: Breaker) -> None:
        rest_s = breaker.rest_s(self._clock())
        if rest_s:
            self._outcomes.postponed(message, rest_s)
            return
        try:
            self._send(message)
        except SendError as error:
            if error.is_of_endpoint:
                breaker.note_failed(self._clock())
            self._outcomes.failed(message, error)
        else:
            breaker.note_delivered()
            self._outcomes.delivered(message)

    def _send(self, message: Message) -> None:
        sender = self._senders.get(message.channel)
        if sender is None:
            raise SendError("channel_not_set_up", is_final=True, is_of_endpoint=False)
        try:
            sender(message)
        except SendError:
            raise
        except Exception as error:
            log.exception("sender_failed", channel=message.channel)
            raise SendError(f"{type(error).__name__}: {error}") from error


class _Lane:
    """What waits for one endpoint."""

    def __init__(self) -> None:
        self.waiting: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.is_busy = False
