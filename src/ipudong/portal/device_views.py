"""Devices as staff see them: whether they are heard, what they send, what came in wrong."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.sensing.models import Datastream, Latest, Thing
from ipudong.city.sensing.presence import Presence, find_presence
from ipudong.city.sensing.queries.things import list_datastreams, state_of
from ipudong.portal.device_words import PRESENCE_TONES, PRESENCES, PROTOCOLS
from ipudong.portal.figures import format_figure
from ipudong.store.quality import is_valid

# Outcomes of frames, in the words of a page; others are shown by their code.
OUTCOMES: dict[str, Promise] = {
    "frames": _("Frames taken"),
    "notices": _("Notices"),
    "wrong_crc": _("Wrong checksum"),
    "wrong_length": _("Wrong length"),
    "bad_header": _("Broken header"),
    "too_long": _("Too long"),
    "noise": _("Bytes between frames"),
    "no_command": _("Frame without a command"),
    "split_too_old": _("Split packet never completed"),
    "split_too_many": _("Split packet given up: too many at once"),
    "split_too_large": _("Split packet given up: too large"),
    "split_bad_number": _("Split packet with an impossible number"),
    "unknown_command": _("Unknown command"),
    "unknown_channel": _("Values of factors the profile does not know"),
    "has_unknown_channel": _("Frame with factors the profile does not know"),
    "no_data_time": _("Data without a readable time"),
    "not_a_number": _("Values that are no number"),
    "clock_off": _("Frames while the clock was a day off"),
    # JT/T 808
    "stored": _("Positions kept"),
    "no_fix": _("Positions without a fix"),
    "time_off": _("Reports with a time that cannot be"),
    "stale": _("Reports more than thirty days old"),
    "bad_item": _("Reports with a broken item"),
    "repeated": _("Reports sent again"),
    "bad_batch": _("Batches with a broken report"),
    "registered": _("Registrations"),
    "not_authenticated": _("Messages before authentication"),
    "media_kept": _("Pictures and recordings kept"),
    "message": _("Messages of other kinds, the first of each kept"),
    "unknown_message": _("Messages nobody here knows"),
    "wrong_checksum": _("Wrong checksum"),
    "too_short": _("Too short"),
    "short_body": _("Too short for its kind"),
    "cut_off": _("Message cut off"),
    "encrypted": _("Encrypted without a key"),
    "not_decrypted": _("Not to be decrypted"),
    "parts_too_old": _("Parts of a message that was never whole"),
    "parts_too_many": _("Parts given up: too many at once"),
    "parts_too_large": _("Parts given up: too large"),
    "part_bad_number": _("Part with an impossible number"),
}


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
        stream = self.stream
        parts = (stream.get_period_display(), stream.get_statistic_display())
        return f"{stream.observed_property.name} · {' · '.join(map(str, parts))}"

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
