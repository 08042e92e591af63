"""SensorThings over MQTT (SensorThings 1.1, 14): observations come in, and what is stored goes out.

A message to `v1.1/Observations` or `v1.1/Datastreams(1)/Observations` is acknowledged when it is
durable. The broker does not forward it: what is stored, by whichever door it came, is published
once to those two topics, and with `?$select=` as subscribed. The topic of one Datastream that
somebody subscribed to keeps its newest observation for who comes later.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import numpy as np
import orjson
import structlog
from numpy.typing import NDArray

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.services import RejectedRow
from ipudong.gateway import figures
from ipudong.gateway.api.problems import RequestRefused
from ipudong.gateway.columns import Columns
from ipudong.gateway.mqtt.intake import Incoming, Publisher, Settle
from ipudong.gateway.sensorthings import intake, posting
from ipudong.gateway.sensorthings.feeds import PREFIX, Feeds, Names, read_feeds
from ipudong.gateway.sensorthings.observation_writing import write_rows
from ipudong.gateway.sensorthings.options import QueryOptions
from ipudong.gateway.sensorthings.roots import ROOT
from ipudong.gateway.sensorthings.selecting import select_properties
from ipudong.gateway.sensorthings.writing import Properties
from ipudong.protocols.mqtt import reasons
from ipudong.store.quality import EVENT, SOURCE_MASK, WITHDRAWN

if TYPE_CHECKING:
    from ipudong.gateway.assembly import Gateway

log = structlog.get_logger()

MAX_PUBLISHED: Final = 20_000  # observations of one batch; of more, the newest
MAX_RAW_BYTES: Final = 4096
_POSTED: Final = re.compile(
    r"v1\.1/(?:(?:Multi)?Datastreams\([1-9]\d{0,8}\)/|FeaturesOfInterest\([1-9]\d{0,8}\)/)?"
    r"Observations"
)
_STREAM: Final = re.compile(r"v1\.1/Datastreams\(([1-9]\d{0,8})\)/Observations")
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Rich:
    """An observation that is more than a row: for `writes`."""

    path: str
    body: bytes
    actor: Actor


# Keeps what is more than a row; raises RequestRefused.
Keep = Callable[[Rich], Coroutine[Any, Any, None]]
# Reads an observation whose result is no number: (service root, id).
ReadOne = Callable[[str, str], Coroutine[Any, Any, Properties]]


class Topics:
    """The topics under `v1.1/`. Use it from the gateway's loop."""

    def __init__(
        self, gateway: "Gateway", publisher: Publisher, base: str, keep: Keep, read_one: ReadOne
    ) -> None:
        self._gateway = gateway
        self._keep = keep
        self._read_one = read_one
        self._publisher = publisher
        self.base = f"{base.rstrip('/')}{ROOT}"
        self._feeds = Feeds()
        self._version = -1
        self._kept: set[int] = set()  # datastreams whose newest observation the broker retains
        self._tasks: set[asyncio.Task[None]] = set()
        publisher.handle(PREFIX, self)

    # In.

    def receive(self, incoming: Incoming, settle: Settle) -> None:
        """Take an observation in; settle when it is durable."""
        if _POSTED.fullmatch(incoming.topic) is None:
            self._refuse(incoming, "no_such_topic")
            settle(reasons.TOPIC_NAME_INVALID)
            return
        stream = _STREAM.fullmatch(incoming.topic)
        try:
            document = intake.read_json(incoming.payload)
            number = int(stream.group(1)) if stream else None
            is_row = stream is not None or incoming.topic == f"{PREFIX}Observations"
            row = intake.find_row(self._gateway, document, number) if is_row else None
            posting.check_room(self._gateway.pipeline)
        except RequestRefused as error:
            self._settle_refused(incoming, error, settle)
            return
        if row is None:
            self._keep_rich(incoming, settle)
            return
        figures.FRAMES.labels(posting.PROTOCOL).inc()
        posting.add_row(self._gateway.pipeline, row)
        self._gateway.pipeline.wait(lambda error: _settle_stored(settle, error))

    def _keep_rich(self, incoming: Incoming, settle: Settle) -> None:
        actor = incoming.sender.actor
        if actor is None:
            self._refuse(incoming, "not_plain")
            settle(reasons.NOT_AUTHORIZED)
            return
        rich = Rich(incoming.topic.removeprefix(PREFIX), incoming.payload, actor)

        async def keep() -> None:
            try:
                await self._keep(rich)
            except RequestRefused as error:
                self._settle_refused(incoming, error, settle)
            except Exception:
                log.exception("mqtt_observation_failed", topic=incoming.topic)
                settle(reasons.UNSPECIFIED)
            else:
                settle(reasons.SUCCESS)

        self._start(keep())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _settle_refused(self, incoming: Incoming, error: RequestRefused, settle: Settle) -> None:
        if error.status == 503:
            settle(reasons.QUOTA_EXCEEDED)
            return
        self._refuse(incoming, error.code)
        settle(reasons.PAYLOAD_FORMAT_INVALID)

    def _refuse(self, incoming: Incoming, code: str) -> None:
        figures.REJECTED.labels(posting.PROTOCOL, code).inc()
        device = incoming.sender.device
        self._gateway.records.note_rejected(
            RejectedRow(
                protocol=posting.PROTOCOL,
                peer=incoming.sender.peer,
                code=code,
                raw=incoming.payload[:MAX_RAW_BYTES],
                at=self._gateway.now(),
                thing_id=None if device is None else device.thing_id,
            )
        )

    # Out.

    def follow(self, columns: Columns) -> None:
        """Publish what has just become durable, as far as somebody subscribed to it."""
        self._look()
        if not self._feeds.any_observation:
            return
        source = columns.quality & SOURCE_MASK
        places = self._feeds.select_rows(columns.datastream)
        places = places[source[places] != WITHDRAWN][-MAX_PUBLISHED:]
        rich = places[source[places] == EVENT]
        plain = places[source[places] != EVENT]
        self._publish_rows(
            columns.datastream[plain],
            columns.time_us[plain],
            columns.result[plain],
            columns.quality[plain],
        )
        for place in rich.tolist():
            self._start(
                self._publish_rich(int(columns.datastream[place]), int(columns.time_us[place]))
            )

    def _publish_rows(
        self,
        streams: NDArray[np.int32],
        times: NDArray[np.int64],
        results: NDArray[np.float64],
        marks: NDArray[np.uint8],
    ) -> None:
        known = self._gateway.snapshot.directory.streams
        inside = streams < known.size
        lengths = np.zeros(len(streams), np.int64)
        lengths[inside] = known.length_us[streams[inside]]
        entities = write_rows(self.base, streams, times, results, marks, lengths)
        for stream, entity in zip(streams.tolist(), entities, strict=True):
            self._publish_one(stream, entity)

    def _publish_one(self, stream: int, entity: Properties) -> None:
        payload = orjson.dumps(entity)
        for topic, names in self._feeds.list_topics(stream):
            if names:
                self._publisher.publish(topic, _select(entity, names), 1, False, _JSON)
                continue
            is_kept = stream in self._feeds.of_stream and topic == _topic_of(stream)
            if is_kept:
                self._kept.add(stream)
            self._publisher.publish(topic, payload, 1, is_kept, _JSON)

    async def _publish_rich(self, stream: int, time_us: int) -> None:
        """An observation whose result is no number: it stands in the database."""
        try:
            entity = await self._read_one(self.base, f"{stream}-{time_us}")
        except Exception:
            log.exception("mqtt_observation_not_published", stream=stream)
            return
        self._publish_one(stream, entity)

    def tick(self) -> None:
        """Give the newest observation to topics that are new; forget it where nobody is left."""
        self._look()
        wanted = {
            stream
            for stream, topics in self._feeds.of_stream.items()
            if any(not names for _, names in topics)
        }
        for stream in self._kept - wanted:
            self._publisher.publish(_topic_of(stream), b"", 0, True)
        self._kept &= wanted
        fresh = np.array(sorted(wanted - self._kept), np.int32)
        if len(fresh):
            self._kept |= wanted
            latest = self._gateway.latest.take(fresh)
            source = latest.quality & SOURCE_MASK
            told = (source != WITHDRAWN) & (source != EVENT)
            self._publish_rows(
                latest.datastream[told],
                latest.time_us[told],
                latest.result[told],
                latest.quality[told],
            )

    def _look(self) -> None:
        version = self._publisher.subscriptions_version
        if version != self._version:
            self._version = version
            self._feeds = read_feeds(self._publisher.list_subscribed(PREFIX))

    # Entities.

    def note_changed(self, link: str, entity: Properties) -> None:
        """Publish an entity that was created or changed; `link` is its address."""
        self._look()
        path = urlsplit(link).path.partition(f"{ROOT}/")[2]
        set_name, bracket, key = path.rstrip(")").partition("(")
        if not bracket or not (self._feeds.entities or self._feeds.wild):
            return
        for topic, names, name in self._feeds.list_entity_topics(set_name, key):
            if name:
                if name in entity:
                    self._publisher.publish(topic, orjson.dumps({name: entity[name]}), 1, False)
                continue
            self._publisher.publish(topic, _select(entity, names), 1, False, _JSON)

    @property
    def wants_entities(self) -> bool:
        """Whether anybody subscribed to entities: nothing need be read for nobody."""
        self._look()
        return bool(self._feeds.entities or self._feeds.wild)


def _topic_of(stream: int) -> str:
    return f"v1.1/Datastreams({stream})/Observations"


def _select(entity: Properties, names: Names) -> bytes:
    [selected] = select_properties([entity], QueryOptions(select=names))
    return orjson.dumps(selected)


def _settle_stored(settle: Settle, error: Exception | None) -> None:
    if error is None:
        figures.READINGS.labels(posting.PROTOCOL).inc()
        figures.ACKNOWLEDGED.labels(posting.PROTOCOL).inc()
    settle(reasons.SUCCESS if error is None else reasons.SERVER_UNAVAILABLE)
