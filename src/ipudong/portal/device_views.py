"""Devices as staff see them: whether they are heard, what they send, what came in wrong."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import Datastream, Latest, Period, Statistic, Thing
from ipudong.city.sensing.presence import Presence, find_presence
from ipudong.city.sensing.queries.things import list_datastreams, state_of
from ipudong.portal.device_words import PRESENCE_TONES, PRESENCES, PROTOCOLS
from ipudong.portal.figures import format_figure
from ipudong.store.quality import is_valid


@dataclass(frozen=True)
class DeviceView:
    """One thing with its state at `now`."""

    thing: Thing
    now: datetime

    @property
    def name(self) -> str:
        return self.thing.name

    @property
    def url(self) -> str:
        return reverse("portal:device", args=[self.thing.pk])

    @property
    def last_seen_at(self) -> datetime | None:
        state = state_of(self.thing)
        return state.last_seen_at if state else None

    @property
    def presence(self) -> Presence:
        return find_presence(self.thing, now=self.now)

    @property
    def state_title(self) -> str:
        return str(PRESENCES[self.presence])

    @property
    def tone(self) -> str:
        return PRESENCE_TONES.get(self.presence, "")

    @property
    def protocol_title(self) -> str:
        return PROTOCOLS.get(self.thing.protocol, self.thing.protocol)


@dataclass(frozen=True)
class StreamView:
    """One datastream with its newest reading."""

    stream: Datastream

    @property
    def latest(self) -> Latest | None:
        try:
            return self.stream.latest
        except Latest.DoesNotExist:
            return None

    @property
    def name(self) -> str:
        """What is observed; the period and the statistic where they say something."""
        stream, parts = self.stream, [self.stream.observed_property.name]
        if stream.period != Period.INSTANT:
            parts.append(str(stream.get_period_display()))
        if stream.statistic != Statistic.VALUE:
            parts.append(str(stream.get_statistic_display()))
        return " · ".join(parts)

    @property
    def shown(self) -> str:
        latest = self.latest
        if latest is None:
            return "–"
        return format_figure(latest.result, self.stream.observed_property.decimals)

    @property
    def valid(self) -> bool:
        latest = self.latest
        return latest is not None and bool(is_valid(latest.quality))


def list_streams(actor: Actor, thing: Thing) -> tuple[list[StreamView], int]:
    """The thing's datastreams that have a reading, and the number of those that have none yet."""
    views = [StreamView(stream) for stream in list_datastreams(actor, thing=thing)]
    reporting = [view for view in views if view.latest is not None]
    return reporting, len(views) - len(reporting)


def see(thing: Thing) -> DeviceView:
    """The thing as of now."""
    return DeviceView(thing, timezone.now())
