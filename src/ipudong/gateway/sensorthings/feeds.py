"""Who subscribed to what of SensorThings over MQTT, and on which topics a change goes out."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.protocols.mqtt.topics import matches

PREFIX: Final = "v1.1/"
ALL: Final = "v1.1/Observations"
MAX_FEEDS: Final = 10_000
_OF_STREAM: Final = re.compile(r"v1\.1/Datastreams\(([1-9]\d{0,8})\)/Observations")
_OF_ENTITY: Final = re.compile(r"v1\.1/([A-Za-z]+)(?:\(([^/]+)\))?(?:/(\w+))?")
_SELECT: Final = re.compile(r"([^?]+)\?\$select=([\w@.,]{1,200})")

Names = tuple[str, ...]


@dataclass(slots=True)
class Feeds:
    """The subscriptions of one moment.

    `of_stream` and `of_all` are what is selected, () for everything, by topic; `wild` filters with
    wildcards; `entities` are topics of entities and their properties.
    """

    of_stream: dict[int, list[tuple[str, Names]]] = field(default_factory=dict)
    of_all: list[tuple[str, Names]] = field(default_factory=list)
    wild: list[str] = field(default_factory=list)
    entities: list[tuple[str, Names]] = field(default_factory=list)
    _wanted: dict[int, bool] = field(default_factory=dict)

    @property
    def any_observation(self) -> bool:
        """Whether anybody wants observations at all."""
        return bool(self.of_stream or self.of_all or self.wild)

    def select_rows(self, streams: NDArray[np.int32]) -> NDArray[np.intp]:
        """Places of the rows that somebody wants."""
        if self.of_all or self.wild:
            return np.arange(len(streams))
        return np.flatnonzero(np.isin(streams, list(self.of_stream)))

    def list_topics(self, stream: int) -> list[tuple[str, Names]]:
        """Topics on which an observation of a datastream goes out, with what is selected."""
        own = f"v1.1/Datastreams({stream})/Observations"
        found = [*self.of_stream.get(stream, ()), *self.of_all]
        if self.wild:
            plain = {topic for topic, names in found if not names}
            if own not in plain and self._is_wanted(stream, own):
                found.append((own, ()))
            if ALL not in plain and any(matches(wild, ALL) for wild in self.wild):
                found.append((ALL, ()))
        return found

    def _is_wanted(self, stream: int, topic: str) -> bool:
        wanted = self._wanted.get(stream)
        if wanted is None:
            if len(self._wanted) > MAX_FEEDS:
                self._wanted.clear()
            wanted = any(matches(wild, topic) for wild in self.wild)
            self._wanted[stream] = wanted
        return wanted

    def list_entity_topics(self, set_name: str, key: str) -> list[tuple[str, Names, str]]:
        """Topics on which a change of an entity goes out: topic, what is selected, property."""
        whole, among = f"v1.1/{set_name}({key})", f"v1.1/{set_name}"
        found = []
        for topic, names in self.entities:
            plain = topic.partition("?")[0]
            if plain in (whole, among):
                found.append((topic, names, ""))
            elif plain.startswith(f"{whole}/") and plain.count("/") == 2:
                found.append((topic, names, plain.rpartition("/")[2]))
        plain_topics = {topic for topic, names, _ in found if not names}
        for topic in (whole, among):
            if topic not in plain_topics and any(matches(wild, topic) for wild in self.wild):
                found.append((topic, (), ""))
        return found


def read_feeds(filters: Sequence[str]) -> Feeds:
    """The feeds of what is subscribed to."""
    feeds = Feeds()
    for topic in _first(filters):
        selected = _SELECT.fullmatch(topic)
        plain = selected.group(1) if selected else topic
        names = tuple(selected.group(2).split(",")) if selected else ()
        stream = _OF_STREAM.fullmatch(plain)
        if stream:
            feeds.of_stream.setdefault(int(stream.group(1)), []).append((topic, names))
        elif plain == ALL:
            feeds.of_all.append((topic, names))
        elif "+" in topic or "#" in topic:
            feeds.wild.append(topic)
        elif _OF_ENTITY.fullmatch(plain):
            feeds.entities.append((topic, names))
    return feeds


def _first(filters: Sequence[str]) -> Iterable[str]:
    return filters[:MAX_FEEDS]
