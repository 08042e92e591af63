"""Who subscribed to what: a tree of filters, and for each topic the sessions that get it."""

from typing import Final

from msgspec import Struct

from ipudong.gateway.mqtt.messages import Key
from ipudong.protocols.mqtt.packets import Subscription
from ipudong.protocols.mqtt.topics import split_share

MAX_REMEMBERED: Final = 10_000


class Entry(Struct, frozen=True):
    """One subscription of one session."""

    key: Key
    subscription: Subscription
    identifier: int = 0


class Group(Struct):
    """A shared subscription (4.8.2): its members in turn."""

    members: dict[Key, Entry] = {}
    turn: int = 0

    def in_turn(self) -> list[Entry]:
        """The members, beginning with the one whose turn it is; the turn passes on."""
        members = list(self.members.values())
        self.turn = (self.turn + 1) % len(members)
        return members[self.turn :] + members[: self.turn]


class _Node:
    __slots__ = ("children", "entries", "groups")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.entries: dict[Key, Entry] = {}
        self.groups: dict[str, Group] = {}

    @property
    def is_empty(self) -> bool:
        return not (self.children or self.entries or self.groups)


class Matched(Struct, frozen=True):
    """What a topic meets: subscriptions by session, and groups of which one member gets it."""

    entries: tuple[tuple[Entry, ...], ...] = ()
    groups: tuple[Group, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries or self.groups)


_NOBODY = Matched()


class Subscriptions:
    """All subscriptions. What a topic meets is worked out once between two changes."""

    def __init__(self) -> None:
        self._root = _Node()
        self._matched: dict[str, Matched] = {}
        self._filters: dict[str, int] = {}
        self.version = 0

    def __len__(self) -> int:
        return sum(self._filters.values())

    def add(self, key: Key, subscription: Subscription, identifier: int = 0) -> None:
        """Subscribe, or change the options of a subscription to the same filter (3.8.4-3)."""
        share, topic_filter = split_share(subscription.filter)
        node = self._root
        for level in topic_filter.split("/"):
            node = node.children.setdefault(level, _Node())
        entry = Entry(key, subscription, identifier)
        entries = node.entries
        if share:
            entries = node.groups.setdefault(share, Group(members={})).members
        if key not in entries:
            self._filters[topic_filter] = self._filters.get(topic_filter, 0) + 1
        entries[key] = entry
        self._note_change()

    def remove(self, key: Key, full_filter: str) -> bool:
        """Unsubscribe; whether there was such a subscription."""
        share, topic_filter = split_share(full_filter)
        path = [self._root]
        levels = topic_filter.split("/")
        for level in levels:
            node = path[-1].children.get(level)
            if node is None:
                return False
            path.append(node)
        if not _remove_entry(path[-1], share, key):
            return False
        self._filters[topic_filter] -= 1
        if not self._filters[topic_filter]:
            del self._filters[topic_filter]
        for at in range(len(levels) - 1, -1, -1):
            if not path[at + 1].is_empty:
                break
            del path[at].children[levels[at]]
        self._note_change()
        return True

    def match(self, topic: str) -> Matched:
        """Who gets a message on a topic."""
        matched = self._matched.get(topic)
        if matched is None:
            if len(self._matched) >= MAX_REMEMBERED:
                self._matched.clear()
            matched = self._matched[topic] = self._find(topic)
        return matched

    def list_filters(self, prefix: str) -> list[str]:
        """Filters, share names left out, that begin with a prefix."""
        return [name for name in self._filters if name.startswith(prefix)]

    def _note_change(self) -> None:
        self.version += 1
        self._matched.clear()

    def _find(self, topic: str) -> Matched:
        levels = topic.split("/")
        found: list[_Node] = []
        nodes = [self._root]
        for at, level in enumerate(levels):
            # 4.7.2-1: a wildcard at the first level does not meet what begins with $
            wild = at > 0 or level[:1] != "$"
            following = []
            for node in nodes:
                children = node.children
                if wild and "#" in children:
                    found.append(children["#"])
                if level in children:
                    following.append(children[level])
                if wild and "+" in children:
                    following.append(children["+"])
            nodes = following
            if not nodes:
                break
        for node in nodes:
            found.append(node)
            if "#" in node.children:  # 4.7.1.2: "sport/#" also meets "sport"
                found.append(node.children["#"])
        return _gather(found)


def _remove_entry(node: _Node, share: str, key: Key) -> bool:
    if not share:
        return node.entries.pop(key, None) is not None
    group = node.groups.get(share)
    if group is None or group.members.pop(key, None) is None:
        return False
    if not group.members:
        del node.groups[share]
    return True


def _gather(nodes: list[_Node]) -> Matched:
    by_key: dict[Key, list[Entry]] = {}
    groups: list[Group] = []
    for node in nodes:
        for key, entry in node.entries.items():
            by_key.setdefault(key, []).append(entry)
        groups.extend(node.groups.values())
    if not by_key and not groups:
        return _NOBODY
    return Matched(tuple(map(tuple, by_key.values())), tuple(groups))
