"""What a host remembers of an edge node: aliases, the order of messages, who is alive.

Sparkplug 3.0 sections 5.4 to 5.15 and 6.4.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from ipudong.protocols.sparkplug.payload import (
    DataType,
    Metric,
    Payload,
    SparkplugError,
    encode,
    to_signed,
)

NAMESPACE: Final = "spBv1.0"
REBIRTH: Final = "Node Control/Rebirth"
BD_SEQ: Final = "bdSeq"
MAX_DEVICES: Final = 1000
MAX_ALIASES: Final = 50_000
_KINDS: Final = frozenset(("NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA"))


@dataclass(frozen=True, slots=True)
class Topic:
    """`spBv1.0/group/kind/node[/device]` of a message from an edge node."""

    group: str
    kind: str
    node: str
    device: str = ""


def find_topic(topic: str) -> Topic | None:
    """The parts of a topic that an edge node publishes to; None for any other."""
    levels = topic.split("/")
    if len(levels) not in (4, 5) or levels[0] != NAMESPACE or levels[2] not in _KINDS:
        return None
    if (levels[2][0] == "D") != (len(levels) == 5) or not all(levels):
        return None
    return Topic(levels[1], levels[2], levels[3], levels[4] if len(levels) == 5 else "")


def make_rebirth(topic: Topic, time_ms: int) -> tuple[str, bytes]:
    """Topic and payload of the command that asks an edge node to say everything again."""
    metric = Metric(REBIRTH, True, time_ms=time_ms, datatype=DataType.BOOLEAN)
    payload = encode(Payload((metric,), time_ms=time_ms))
    return f"{NAMESPACE}/{topic.group}/NCMD/{topic.node}", payload


@dataclass(frozen=True, slots=True)
class Report:
    """What a message says: metrics with their names, of the node ("") or of a device.

    `died` names who went away ("" the node, with all its devices in `died`). `needs_rebirth`: the
    host cannot tell what it missed, and asks. `unresolved` metrics had an alias nobody knows.
    """

    device: str = ""
    metrics: tuple[Metric, ...] = ()
    time_ms: int | None = None
    died: tuple[str, ...] = ()
    born: bool = False
    needs_rebirth: bool = False
    unresolved: int = 0


@dataclass(slots=True)
class EdgeNode:
    """One edge node as its messages come in order."""

    is_alive: bool = False
    seq: int = 0
    bd_seq: int | None = None
    # By device ("" is the node itself): alias -> (name, data type), and name -> data type.
    aliases: dict[int, tuple[str, int]] = field(default_factory=dict)
    types: dict[tuple[str, str], int] = field(default_factory=dict)
    devices: set[str] = field(default_factory=set)

    def receive(self, topic: Topic, payload: Payload) -> Report:
        """Take in a message. Raises SparkplugError when it holds more than can be remembered."""
        if topic.kind == "NDEATH":
            return self._die(payload)
        is_in_order = self._count(topic, payload)
        if topic.kind == "NBIRTH":
            return self._be_born(topic, payload)
        if topic.kind == "DDEATH":
            self.devices.discard(topic.device)
            return Report(died=(topic.device,), needs_rebirth=not is_in_order)
        if topic.kind == "DBIRTH":
            self._learn(topic.device, payload)
        unborn = not self.is_alive or (topic.device not in self.devices and topic.kind == "DDATA")
        metrics, unresolved = self._resolve(topic.device, payload)
        return Report(
            topic.device,
            metrics,
            payload.time_ms,
            born=topic.kind == "DBIRTH",
            needs_rebirth=unborn or not is_in_order or unresolved > 0,
            unresolved=unresolved,
        )

    def _count(self, topic: Topic, payload: Payload) -> bool:
        """Whether the message is the next in order; a birth of the node begins at 0."""
        expected = 0 if topic.kind == "NBIRTH" else (self.seq + 1) % 256
        if payload.seq is not None:
            self.seq = payload.seq % 256
        return payload.seq == expected

    def _be_born(self, topic: Topic, payload: Payload) -> Report:
        self.aliases, self.types, self.devices = {}, {}, set()
        self.is_alive = True
        self.bd_seq = _find_bd_seq(payload)
        self._learn("", payload)
        metrics, _ = self._resolve("", payload)
        return Report("", metrics, payload.time_ms, born=True)

    def _die(self, payload: Payload) -> Report:
        """A death of an earlier life comes late and means nothing (section 5.5)."""
        bd_seq = _find_bd_seq(payload)
        if self.bd_seq is not None and bd_seq is not None and bd_seq != self.bd_seq:
            return Report()
        self.is_alive = False
        died = ("", *sorted(self.devices))
        self.devices = set()
        return Report(died=died)

    def _learn(self, device: str, payload: Payload) -> None:
        if device:
            self.devices.add(device)
        for metric in payload.metrics:
            if metric.name:
                self.types[device, metric.name] = metric.datatype
                if metric.alias is not None:
                    self.aliases[metric.alias] = (metric.name, metric.datatype)
        if len(self.types) > MAX_ALIASES or len(self.devices) > MAX_DEVICES:
            self.is_alive, self.types, self.aliases, self.devices = False, {}, {}, set()
            raise SparkplugError("too_many_metrics", "an edge node with too much to remember")

    def _resolve(self, device: str, payload: Payload) -> tuple[tuple[Metric, ...], int]:
        named = [self._name(device, metric) for metric in payload.metrics]
        found = tuple(metric for metric in named if metric is not None)
        return found, len(named) - len(found)

    def _name(self, device: str, metric: Metric) -> Metric | None:
        name, datatype = metric.name, metric.datatype
        if not name:
            if metric.alias is None or metric.alias not in self.aliases:
                return None
            name, known = self.aliases[metric.alias]
        else:
            known = self.types.get((device, name), 0)
        if datatype == 0 and known:
            # Without its data type a negative number was read as a large one.
            return replace(metric, name=name, datatype=known, value=to_signed(metric.value, known))
        return metric if metric.name else replace(metric, name=name)


def _find_bd_seq(payload: Payload) -> int | None:
    found = (metric.value for metric in payload.metrics if metric.name == BD_SEQ)
    value = next(found, None)
    return value if isinstance(value, int) else None
