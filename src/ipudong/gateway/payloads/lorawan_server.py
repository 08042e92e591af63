"""A LoRaWAN network server as a device: it speaks for its end devices, each known by its DevEUI."""

from typing import Final

from ipudong.city.sensing.directory import Device
from ipudong.city.sensing.profiles import find_profile
from ipudong.gateway.intake import Content, Fix, Sample, list_awaited
from ipudong.gateway.mqtt.intake import NOTHING, Taken
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.formats import LORAWAN
from ipudong.gateway.payloads.objects import flatten, take_fix
from ipudong.gateway.payloads.targets import Targets, list_numeric
from ipudong.gateway.payloads.times import read_time_us
from ipudong.protocols.lorawan.document import parse_event
from ipudong.protocols.lorawan.events import ACK, JOIN, UP, DeviceEvent, LorawanError

# ChirpStack v4, and The Things Stack's publications to a broker that is not its own.
FILTERS: Final = ("application/+/device/+/event/+", "v3/+/devices/+/#")
_COUNTED: Final = {JOIN: "joins", ACK: "downlink_acks"}


class LorawanServer:
    """Takes the events of network servers."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def take(self, through: Device, topic: str, payload: bytes, now_us: int) -> Taken:
        """Take an event. Raises PayloadError."""
        event = _parse(payload, topic)
        if not event.dev_eui:
            return NOTHING  # an event of the server itself, of a gateway or an application
        target = self.find_target(event.dev_eui)
        if target is None:
            content = read_content(event, None)
            self._targets.quarantine(event.dev_eui, list_numeric(content), payload, through)
            return NOTHING
        content = read_content(event, target)
        taken = self._targets.take(target, content, now_us, payload, through)
        if taken.awaits_channels:
            return taken
        if event.kind in _COUNTED:
            self._targets.records.note_count(target.thing_id, _COUNTED[event.kind])
        if event.kind == UP and not event.is_decoded:
            self._targets.records.note_count(target.thing_id, "payload_not_decoded")
        return taken

    def find_target(self, dev_eui: str) -> Device | None:
        """The end device of a DevEUI, however its letters were entered."""
        device = self._targets.find(dev_eui) or self._targets.find(dev_eui.lower())
        profile = find_profile(device.profile) if device else None
        # A network server speaks for end devices, and for no other device of the district.
        return device if profile is not None and profile.payload == LORAWAN else None


def list_fields(payload: bytes, topic: str) -> tuple[str, ...]:
    """Numeric fields of an event, for a row in quarantine."""
    try:
        return list_numeric(read_content(_parse(payload, topic), None))
    except PayloadError:
        return ()


def _parse(payload: bytes, topic: str) -> DeviceEvent:
    before, mark, kind = topic.rpartition("/event/")
    try:
        return parse_event(payload, kind if mark and before else "")
    except LorawanError as error:
        raise PayloadError(error.code) from error


def read_content(event: DeviceEvent, target: Device | None) -> Content:
    """Readings and position of an event; figures of the radio only where the device has a place
    for them. Raises PayloadError."""
    time_us = read_time_us(event.time) if event.time else None
    # The network server's clock is better than one in the payload.
    fields = target.channels if target else ()
    content = Content()
    values = flatten(event.fields)
    if event.kind == UP and (fix := take_fix(values, fields, time_us)) is not None:
        content.fixes.append(fix)
    if values:
        content.samples.append(Sample(values, time_us))
    radio = {name: value for name, value in event.radio.items() if _is_wanted(target, name)}
    if radio:
        content.samples.append(Sample(radio, time_us))
    if event.location is not None:
        place = event.location
        content.fixes.append(Fix(place.lon, place.lat, time_us, altitude_m=place.altitude_m))
    return content


def _is_wanted(target: Device | None, name: str) -> bool:
    return target is None or name in target.channels or bool(list_awaited(target, (name,)))
