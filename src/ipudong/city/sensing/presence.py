"""Whether a device is there: one definition for lists, maps, figures and the availability table.

A device is online while it was heard within twice its expected interval and a grace, or, over a
protocol that keeps a session alive, while it is connected. One that only sends old records, and one
known only from files, is never late, so it is neither online nor offline.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import F, Q, Value

from ipudong.city.sensing.clock import SECOND_US, to_us
from ipudong.city.sensing.models import Status, Thing, ThingState

INTERVALS: Final = 2
GRACE: Final = timedelta(seconds=60)
# A device that says nothing of its interval is asked for a sign of life this often.
UNKNOWN_INTERVAL: Final = timedelta(minutes=10)
# The connection itself proves life: keep-alive of MQTT, heartbeat of JT/T 808.
SESSION_PROTOCOLS: Final = ("mqtt", "jt808")
RECORDS_PROTOCOL: Final = "imported"


class Presence(StrEnum):
    """How a device stands to the gateway."""

    ONLINE = "online"
    OFFLINE = "offline"
    NEVER = "never"  # registered, but not heard yet
    REPLAYED = "replayed"  # sends records of the past
    FILED = "filed"  # known from files only: there is no device to be heard
    SUSPENDED = "suspended"
    RETIRED = "retired"


def allowed_silence(expected_interval_s: int) -> timedelta:
    """How long a device with this interval may be silent and still be online."""
    if not expected_interval_s:
        return UNKNOWN_INTERVAL
    return INTERVALS * timedelta(seconds=expected_interval_s) + GRACE


def find_presence(thing: Thing, *, now: datetime) -> Presence:
    """How the thing stands at `now`; select its `state` with it."""
    if thing.status in (Status.RETIRED, Status.SUSPENDED):
        return Presence(thing.status)
    if thing.properties.get("replayed"):
        return Presence.REPLAYED
    if not thing.identity or thing.protocol == RECORDS_PROTOCOL:
        return Presence.FILED
    state: ThingState | None = getattr(thing, "state", None)
    seen_at = state.last_seen_at if state else None
    if state is None or seen_at is None:
        return Presence.NEVER
    in_session = state.connected and thing.protocol in SESSION_PROTOCOLS
    heard = now - seen_at <= allowed_silence(thing.expected_interval_s)
    return Presence.ONLINE if in_session or heard else Presence.OFFLINE


def is_online(thing: Thing, *, now: datetime) -> bool:
    """Whether a device counts as heard: online, or a replay that was heard in the last minutes."""
    presence = find_presence(thing, now=now)
    if presence is not Presence.REPLAYED:
        return presence is Presence.ONLINE
    state: ThingState | None = getattr(thing, "state", None)
    seen_at = state.last_seen_at if state else None
    return seen_at is not None and now - seen_at <= UNKNOWN_INTERVAL


def presence_filter(presence: Presence, *, now: datetime) -> Q:
    """The condition on things that `find_presence` answers with `presence`."""
    return _FILTERS[presence](now)


def _heard(now: datetime) -> Q:
    now_us = to_us(now)
    allowed_us: Any = (
        F("expected_interval_s") * Value(INTERVALS) + Value(int(GRACE.total_seconds()))
    ) * Value(SECOND_US)
    steady = Q(expected_interval_s__gt=0, state__last_seen_us__gte=Value(now_us) - allowed_us)
    unknown_us = now_us - int(UNKNOWN_INTERVAL.total_seconds()) * SECOND_US
    unknown = Q(expected_interval_s=0, state__last_seen_us__gte=unknown_us)
    session = Q(state__connected=True, protocol__in=SESSION_PROTOCOLS, state__last_seen_us__gt=0)
    return steady | unknown | session


_IN_SERVICE: Final = ~Q(status__in=(Status.RETIRED, Status.SUSPENDED))
_REPLAYED: Final = Q(properties__replayed=True)
_FILED: Final = Q(identity="") | Q(protocol=RECORDS_PROTOCOL)
_SEEN: Final = Q(state__last_seen_us__gt=0)


def watched_filter() -> Q:
    """Devices that are expected to be heard: in service, real, and not replays."""
    return _IN_SERVICE & ~_replayed() & ~_FILED


def _replayed() -> Q:
    # `~` of a missing JSON key is neither true nor false in SQL, so both cases are named.
    return Q(properties__has_key="replayed") & _REPLAYED


_FILTERS: Final = {
    Presence.ONLINE: lambda now: watched_filter() & _SEEN & _heard(now),
    Presence.OFFLINE: lambda now: watched_filter() & _SEEN & ~_heard(now),
    Presence.NEVER: lambda now: watched_filter() & ~_SEEN,
    Presence.REPLAYED: lambda now: _IN_SERVICE & _replayed(),
    Presence.FILED: lambda now: _IN_SERVICE & ~_replayed() & _FILED,
    Presence.SUSPENDED: lambda now: Q(status=Status.SUSPENDED),
    Presence.RETIRED: lambda now: Q(status=Status.RETIRED),
}
