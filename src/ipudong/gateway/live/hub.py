"""Who watches what: changes are gathered, encoded once, and handed to every watcher.

Changes of half a second become one message per topic. A watcher has a short queue; one that
cannot keep up is reset and gets a fresh snapshot when it comes back.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import orjson
from numpy.typing import NDArray

from ipudong.gateway import figures
from ipudong.gateway.live.latest import LatestReadings, LatestRows
from ipudong.gateway.live.position_feed import PositionFeed
from ipudong.gateway.live.topics import ALARMS, POSITIONS, Topic

QUEUE_MESSAGES = 32
ALARMS_KEPT = 256

FindDatastreams = Callable[[Topic], NDArray[np.int32]]


class TooManyWatchers(Exception):  # noqa: N818 - a state of the hub, not a fault
    """The bound on live streams is reached, in all or for this peer."""


@dataclass(eq=False)
class Watcher:
    """One open stream: its topics and what waits to be sent to it."""

    topics: frozenset[Topic]
    peer: str
    queue: deque[bytes] = field(default_factory=deque)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    is_reset: bool = False
    is_closed: bool = False

    def put(self, message: bytes) -> None:
        """Queue a message; a full queue resets the stream."""
        if len(self.queue) >= QUEUE_MESSAGES:
            self.queue.clear()
            self.is_reset = True
            figures.WATCHERS_RESET.inc()
        elif not self.is_reset:
            self.queue.append(message)
            figures.LIVE_MESSAGES.inc()
        self.wake.set()


class Hub:
    """All watchers of this gateway. Use it from one event loop."""

    def __init__(
        self,
        latest: LatestReadings,
        find_datastreams: FindDatastreams,
        *,
        epoch: str,
        max_watchers: int,
        max_watchers_per_peer: int,
    ) -> None:
        self._latest = latest
        self._find_datastreams = find_datastreams
        self._epoch = epoch
        self._max_watchers = max_watchers
        self._max_per_peer = max_watchers_per_peer
        self._watchers: set[Watcher] = set()
        self._changed: list[NDArray[np.int32]] = []
        self._alarms: deque[tuple[int, bytes]] = deque(maxlen=ALARMS_KEPT)
        self._number = 0
        self._is_closed = False
        self._feed: PositionFeed | None = None

    def attach(self, feed: PositionFeed) -> None:
        """Publish the positions of this feed too."""
        self._feed = feed

    @property
    def watcher_count(self) -> int:
        """Open streams."""
        return len(self._watchers)

    def watch(self, topics: Iterable[Topic], *, peer: str, last_event_id: str = "") -> Watcher:
        """Open a stream: a snapshot first, and the alarms missed since `last_event_id`."""
        of_peer = sum(watcher.peer == peer for watcher in self._watchers)
        if len(self._watchers) >= self._max_watchers or of_peer >= self._max_per_peer:
            raise TooManyWatchers
        watcher = Watcher(frozenset(topics), peer)
        watcher.is_closed = self._is_closed
        for topic in sorted(watcher.topics):
            for message in self._beginning(topic, last_event_id):
                watcher.put(message)
        self._watchers.add(watcher)
        figures.WATCHERS.set(len(self._watchers))
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """Forget a stream that ended."""
        self._watchers.discard(watcher)
        figures.WATCHERS.set(len(self._watchers))

    def note_changed(self, datastreams: NDArray[np.int32]) -> None:
        """Remember datastreams whose latest reading changed, for the next `publish`."""
        if len(datastreams) and self._watchers:
            self._changed.append(datastreams)

    def publish(self) -> None:
        """Send what changed since the last call; one encoding per topic."""
        self._publish_positions()
        if not self._changed:
            return
        changed = np.unique(np.concatenate(self._changed))
        self._changed.clear()
        self._number += 1
        for topic, watchers in self._by_topic().items():
            if topic == ALARMS or topic.kind == POSITIONS:
                continue
            wanted = np.intersect1d(changed, self._find_datastreams(topic), assume_unique=True)
            if len(wanted):
                _put_all(watchers, self._encode(self._latest.take(wanted)))

    def _publish_positions(self) -> None:
        moved = None if self._feed is None else self._feed.take_moved()
        if self._feed is None or moved is None or not self._watchers:
            return
        self._number += 1
        for topic, watchers in self._by_topic().items():
            data = self._feed.encode(moved, topic) if topic.kind == POSITIONS else None
            if data is not None:
                _put_all(watchers, self._frame(POSITIONS, data))

    def publish_alarms(self, alarms: list[dict[str, object]]) -> None:
        """Send changed alarms at once."""
        if not alarms:
            return
        self._number += 1
        message = self._frame("alarms", orjson.dumps({"alarms": alarms}))
        self._alarms.append((self._number, message))
        _put_all(self._by_topic().get(ALARMS, []), message)

    def heartbeat(self) -> None:
        """Let every stream show that it is alive."""
        _put_all(self._watchers, b"event: heartbeat\ndata: {}\n\n")

    def close(self) -> None:
        """End every stream; the browsers come back by themselves."""
        self._is_closed = True
        for watcher in self._watchers:
            watcher.is_closed = True
            watcher.wake.set()

    def _by_topic(self) -> dict[Topic, list[Watcher]]:
        by_topic: dict[Topic, list[Watcher]] = {}
        for watcher in self._watchers:
            for topic in watcher.topics:
                by_topic.setdefault(topic, []).append(watcher)
        return by_topic

    def _beginning(self, topic: Topic, last_event_id: str) -> list[bytes]:
        if topic == ALARMS:
            epoch, _, number = last_event_id.partition("-")
            if epoch != self._epoch or not number.isdigit():
                return []
            return [message for seen, message in self._alarms if seen > int(number)]
        if topic.kind == POSITIONS:
            data = self._feed.encode(self._feed.take_all(), topic) if self._feed else None
            return [self._frame(POSITIONS, data)] if data is not None else []
        rows = self._latest.take(self._find_datastreams(topic))
        return [self._encode(rows)] if len(rows) else []

    def _encode(self, rows: LatestRows) -> bytes:
        """The browser's form: time in milliseconds; a result that is no number is null."""
        readings = [
            {"datastream": datastream, "time": time_us // 1000, "result": result, "quality": mark}
            for datastream, time_us, result, mark in zip(
                rows.datastream.tolist(),
                rows.time_us.tolist(),
                rows.result.tolist(),
                rows.quality.tolist(),
                strict=True,
            )
        ]
        return self._frame("readings", orjson.dumps({"readings": readings}))

    def _frame(self, event: str, data: bytes) -> bytes:
        return f"id: {self._epoch}-{self._number}\nevent: {event}\ndata: ".encode() + data + b"\n\n"


def _put_all(watchers: Iterable[Watcher], message: bytes) -> None:
    for watcher in watchers:
        watcher.put(message)
