"""The host application of Sparkplug B: edge nodes are devices, and speak for those behind them.

The device in the directory is the edge node, by its own id (`node`) or with its group
(`group/node`). A device behind it is `<identity of the node>/<device id>` where that is known, else
its metrics are fields `<device id>/<metric>` of the edge node.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from ipudong.city.sensing.directory import Device
from ipudong.gateway.intake import Content, Sample
from ipudong.gateway.mqtt.intake import NOTHING, Taken
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.targets import Targets
from ipudong.protocols.sparkplug.payload import Metric, SparkplugError, decode
from ipudong.protocols.sparkplug.session import (
    BD_SEQ,
    NAMESPACE,
    REBIRTH,
    EdgeNode,
    Report,
    Topic,
    find_topic,
    make_rebirth,
)

MAX_NODES: Final = 20_000
# An edge node is asked again when it did not answer; never more often, whatever it sends.
REBIRTH_EVERY_US: Final = 30_000_000
_OF_THE_PROTOCOL: Final = frozenset((BD_SEQ, REBIRTH))

Publish = Callable[[str, bytes], object]


class SparkplugHost:
    """Remembers the edge nodes; `publish` sends them commands."""

    def __init__(self, targets: Targets, publish: Publish) -> None:
        self._targets = targets
        self._publish = publish
        self._nodes: OrderedDict[tuple[int, str, str], EdgeNode] = OrderedDict()
        self._asked_us: dict[tuple[int, str, str], int] = {}
        self._held: dict[tuple[int, bytes], Report] = {}

    def take(self, through: Device, topic: str, payload: bytes, now_us: int) -> Taken:
        """Take a message of an edge node. Raises PayloadError."""
        place = find_topic(topic)
        if place is None:
            return NOTHING  # a command or a state: not for us
        if not is_node(through, place):
            raise PayloadError("not_its_topic")
        report = self._receive(through, place, payload, now_us)
        content = Content([self._sample(report, row, "") for row in report.metrics])
        target = through
        if report.device:
            known = self._targets.find(f"{through.identity}/{report.device}")
            target = known or through
            if known is None:
                prefix = f"{report.device}/"
                content = Content([self._sample(report, row, prefix) for row in report.metrics])
        content.samples = [sample for sample in content.samples if sample.values]
        taken = self._targets.take(target, content, now_us, payload, through)
        if taken.awaits_channels:
            self._hold(through, payload, report)
        else:
            self._note_gone(through, report, now_us)
        return taken

    def _receive(self, through: Device, place: Topic, payload: bytes, now_us: int) -> Report:
        """A message that is offered again was already counted into the order of its node."""
        held = self._held.pop((through.thing_id, payload), None)
        if held is not None:
            return held
        node = self._find_node(through, place)
        try:
            report = node.receive(place, decode(payload))
        except SparkplugError as error:
            raise PayloadError(error.code) from error
        if report.unresolved:
            self._targets.records.note_count(through.thing_id, "unknown_alias", report.unresolved)
        if report.needs_rebirth:
            self._ask_rebirth(through, place, now_us)
        return report

    def _hold(self, through: Device, payload: bytes, report: Report) -> None:
        if len(self._held) >= MAX_NODES:
            self._held.clear()
        self._held[through.thing_id, payload] = report

    def _find_node(self, through: Device, place: Topic) -> EdgeNode:
        key = through.thing_id, place.group, place.node
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= MAX_NODES:
                self._nodes.popitem(last=False)
            node = self._nodes[key] = EdgeNode()
        return node

    def _ask_rebirth(self, through: Device, place: Topic, now_us: int) -> None:
        key = through.thing_id, place.group, place.node
        if now_us - self._asked_us.get(key, -REBIRTH_EVERY_US) < REBIRTH_EVERY_US:
            return
        if len(self._asked_us) >= MAX_NODES:
            self._asked_us.clear()
        self._asked_us[key] = now_us
        self._targets.records.note_count(through.thing_id, "rebirths_asked")
        self._publish(*make_rebirth(place, now_us // 1000))

    def _note_gone(self, through: Device, report: Report, now_us: int) -> None:
        for name in report.died:
            gone = self._targets.find(f"{through.identity}/{name}") if name else through
            if gone is not None:
                self._targets.records.note_gone(gone.thing_id, now_us)

    @staticmethod
    def _sample(report: Report, metric: Metric, prefix: str) -> Sample:
        """A metric as a reading; texts, and what the protocol itself needs, are none."""
        value = metric.value
        if metric.name in _OF_THE_PROTOCOL or value is None or isinstance(value, str):
            return Sample({})
        time_ms = metric.time_ms if metric.time_ms is not None else report.time_ms
        time_us = None if time_ms is None or time_ms > 2**53 else time_ms * 1000
        return Sample({prefix + metric.name: value}, time_us)


def is_node(device: Device, place: Topic) -> bool:
    """Whether a topic is that of the edge node which a device is."""
    return device.identity in (place.node, f"{place.group}/{place.node}")


def list_filters(identity: str) -> tuple[str, ...]:
    """The topics an edge node of this identity publishes to."""
    group, slash, node = identity.partition("/")
    start = f"{NAMESPACE}/{group if slash else '+'}"
    name = node if slash else identity
    return (f"{start}/+/{name}", f"{start}/+/{name}/+")
