"""The last retained message of each topic (3.3.1.3), bounded."""

from collections.abc import Iterator
from typing import Final

from ipudong.gateway.mqtt.messages import Message

_END: Final = ""  # no level of a tree is called so: levels carry a leading slash


class Retained:
    """Retained messages as a tree of levels, so that a filter visits only what it can match."""

    def __init__(self, max_messages: int, max_bytes: int) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._messages: dict[str, Message] = {}
        self._tree: dict[str, dict] = {}
        self._bytes = 0
        self.changed: set[str] = set()  # topics, for whoever keeps them on disk

    def __len__(self) -> int:
        return len(self._messages)

    def find(self, topic: str) -> Message | None:
        """The retained message of a topic."""
        return self._messages.get(topic)

    def keep(self, message: Message) -> bool:
        """Retain a message, or with an empty payload forget the topic's; False: no room."""
        earlier = self._messages.get(message.topic)
        if not message.payload:
            if earlier is not None:
                self._drop(earlier)
            return True
        size = self._bytes + message.size - (earlier.size if earlier is not None else 0)
        if size > self._max_bytes or (
            earlier is None and len(self._messages) >= self._max_messages
        ):
            return False
        self._bytes = size
        if earlier is None:
            self._plant(message.topic)
        self._messages[message.topic] = message
        self.changed.add(message.topic)
        return True

    def match(self, topic_filter: str, now: float) -> Iterator[Message]:
        """Retained messages that a filter without share name takes in."""
        for topic in _walk(self._tree, topic_filter.split("/"), 0, ""):
            message = self._messages[topic]
            if not message.is_expired(now):
                yield message

    def drop_expired(self, now: float) -> None:
        """Forget what may not be delivered any more."""
        for message in [row for row in self._messages.values() if row.is_expired(now)]:
            self._drop(message)

    def _drop(self, message: Message) -> None:
        del self._messages[message.topic]
        self._bytes -= message.size
        self.changed.add(message.topic)
        path = [self._tree]
        levels = message.topic.split("/")
        for level in levels:
            path.append(path[-1]["/" + level])
        path[-1].pop(_END)
        for at in range(len(levels) - 1, -1, -1):
            if path[at + 1]:
                break
            del path[at]["/" + levels[at]]

    def _plant(self, topic: str) -> None:
        node = self._tree
        for level in topic.split("/"):
            node = node.setdefault("/" + level, {})
        node[_END] = {}


def _walk(node: dict, levels: list[str], at: int, topic: str) -> Iterator[str]:
    """Topics below a node that the levels of a filter from `at` take in."""
    if at == len(levels):
        if _END in node:
            yield topic
        return
    level = levels[at]
    if level == "#":
        if at and _END in node:
            yield topic
        for name, child in node.items():
            if name != _END and (at or name[1:2] != "$"):
                yield from _walk_all(child, _join(topic, name, at))
        return
    names = list(node) if level == "+" else ["/" + level]
    for name in names:
        if name == _END or name not in node or (level == "+" and not at and name[1:2] == "$"):
            continue
        yield from _walk(node[name], levels, at + 1, _join(topic, name, at))


def _walk_all(node: dict, topic: str) -> Iterator[str]:
    for name, child in node.items():
        if name == _END:
            yield topic
        else:
            yield from _walk_all(child, topic + name)


def _join(topic: str, name: str, at: int) -> str:
    return topic + name if at else name[1:]
