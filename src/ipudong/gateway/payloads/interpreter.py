"""From a message of a device to readings in the pipeline, whatever the format."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.directory import Device, Directory
from ipudong.city.sensing.profiles import find_profile
from ipudong.city.sensing.services import AttributesReport
from ipudong.gateway.intake import DeviceIntake
from ipudong.gateway.mqtt.intake import NOTHING, Taken
from ipudong.gateway.payloads import lorawan_server, sparkplug_host
from ipudong.gateway.payloads.attributes import read_attributes
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.events import read_events
from ipudong.gateway.payloads.formats import (
    JSON,
    LORAWAN,
    SPARKPLUG,
    decode,
    find_format,
    parse_json,
    read_parsed,
)
from ipudong.gateway.payloads.lorawan_server import LorawanServer
from ipudong.gateway.payloads.objects import TIME_KEYS, VALUES
from ipudong.gateway.payloads.sparkplug_host import Publish, SparkplugHost
from ipudong.gateway.payloads.targets import Targets, list_numeric
from ipudong.gateway.payloads.times import read_time_us
from ipudong.gateway.payloads.topics import (
    ATTRIBUTES,
    EVENTS,
    TELEMETRY,
    DeviceTopic,
    find_device_topic,
)
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.records import Records
from ipudong.store.batches import MAX_TIME_US, MIN_TIME_US

PROTOCOL: Final = "mqtt"
_TELEMETRY_END: Final = "/" + TELEMETRY
_WHOLE: Final = DeviceTopic("", TELEMETRY)


class PayloadInterpreter:
    """Implements `gateway.mqtt.intake.Interpreter`; push and the bridge use it too.

    `find_directory` gives the present directory, `publish` sends a message to whoever subscribed.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        records: Records,
        find_directory: Callable[[], Directory],
        publish: Publish,
        protocol: str = PROTOCOL,
    ) -> None:
        self.intake = DeviceIntake(pipeline, records, protocol)
        self._records = records
        targets = Targets(self.intake, records, find_directory, protocol)
        self._lorawan = LorawanServer(targets)
        self._sparkplug = SparkplugHost(targets, publish)

    def take(
        self, device: Device, topic: str, payload: bytes, content_type: str, now_us: int
    ) -> Taken:
        """Put the readings of a message into the pipeline's buffer."""
        try:
            return self._take(device, topic, payload, content_type, now_us)
        except PayloadError as error:
            return Taken(refusal=error.code)

    def _take(
        self, device: Device, topic: str, payload: bytes, content_type: str, now_us: int
    ) -> Taken:
        profile = find_profile(device.profile)
        own = profile.payload if profile is not None else ""
        if own == LORAWAN:
            return self._lorawan.take(device, topic, payload, now_us)
        if own == SPARKPLUG and topic.startswith("spB"):
            return self._sparkplug.take(device, topic, payload, now_us)
        kind = find_format(own, content_type)
        if kind == JSON and topic.endswith(_TELEMETRY_END):
            return self._take_json(device, payload, now_us)
        place = find_device_topic(topic) or _WHOLE
        if place.part == ATTRIBUTES:
            return self._take_attributes(device, payload, now_us)
        if place.part == EVENTS:
            return self.intake.take(device, read_events(parse_json(payload)), now_us, payload)
        if place.part != TELEMETRY:
            raise PayloadError("unknown_topic")
        content = decode(kind, payload, device.channels, _prefix(place.rest), now_us)
        return self.intake.take(device, content, now_us, payload)

    def _take_json(self, device: Device, payload: bytes, now_us: int) -> Taken:
        """The usual message: numbers by name, of now. Everything else takes the long way."""
        document: Any = parse_json(payload)
        if type(document) is dict:
            rows = self.intake.take_flat(device, document, now_us)
            rows = rows or self._take_timed(device, document, now_us)
            if rows:
                return Taken(rows)
        content = read_parsed(document, device.channels, "")
        return self.intake.take(device, content, now_us, payload)

    def _take_timed(self, device: Device, document: dict[str, Any], now_us: int) -> int:
        """The other usual message: numbers with one time, beside them or around `values`. How many
        were taken, 0 when it is not so plain."""
        key = next((name for name in TIME_KEYS if name in document), None)
        if key is None or key in device.channels or document[key] is None:
            return 0
        values = document.get(VALUES)
        if type(values) is not dict:
            values = {name: document[name] for name in document if name != key}
        time_us = read_time_us(document[key])
        if not MIN_TIME_US <= time_us <= MAX_TIME_US:
            return 0
        return self.intake.take_flat(device, values, now_us, time_us)

    def _take_attributes(self, device: Device, payload: bytes, now_us: int) -> Taken:
        found = read_attributes(parse_json(payload))
        self._records.note_attributes(
            AttributesReport(
                device.thing_id, from_us(now_us), found.firmware, found.hardware, found.all
            )
        )
        return NOTHING

    def list_filters(self, device: Device) -> Sequence[str]:
        """Topics beside its own folder that a device may publish to, by its profile."""
        profile = find_profile(device.profile)
        if profile is None:
            return ()
        if profile.topic:
            return (profile.topic.replace("{identity}", device.identity),)
        if profile.payload == LORAWAN:
            return lorawan_server.FILTERS
        if profile.payload == SPARKPLUG:
            return sparkplug_host.list_filters(device.identity)
        return ()

    def list_fields(self, topic: str, payload: bytes, content_type: str) -> tuple[str, ...]:
        """Names of the numeric fields in the message of an unknown device."""
        place = find_device_topic(topic) or _WHOLE
        try:
            if place.part == EVENTS:
                return list_numeric(read_events(parse_json(payload)))
            kind = find_format(_guess(payload), content_type)
            return list_numeric(decode(kind, payload, (), _prefix(place.rest), 0))
        except PayloadError:
            return lorawan_server.list_fields(payload, topic)


def _prefix(rest: str) -> str:
    """Names below `telemetry/env/…` begin with `env.`."""
    return rest.replace("/", ".") + "." if rest else ""


def _guess(payload: bytes) -> str:
    """The format of a payload that nobody names: JSON if it is JSON, else CBOR, else a line."""
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError:
        return "line" if payload.isascii() and b"=" in payload else "cbor"
    return JSON
