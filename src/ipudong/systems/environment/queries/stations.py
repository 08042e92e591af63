"""The stations of the environment system and where their hourly readings are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import Http404

from ipudong.city.languages import reads_chinese
from ipudong.city.sensing.models import Datastream, Status, Thing
from ipudong.systems.environment.devices import (
    AIR_STATION,
    EMISSION_OUTLET,
    IMPORTED,
    PAST_ONLY_PROFILES,
    SYSTEM_NAME,
    WATER_STATION,
)

PAST_ONLY = Q(protocol=IMPORTED) | Q(profile__in=PAST_ONLY_PROFILES)

__all__ = ["AIR_STATION", "EMISSION_OUTLET", "PAST_ONLY", "WATER_STATION", "Station", "get_station"]


@dataclass(frozen=True, slots=True)
class Station:
    """A station as pages need it; `streams` property -> datastream of its hourly mean."""

    id: int
    kind: str
    name_zh: str
    name_en: str
    lon: float | None
    lat: float | None
    place_code: str
    organization: str
    simulated: bool
    imported: bool
    identity: str
    expected_interval_s: int
    source: str
    streams: Mapping[str, int]
    last_at: datetime | None

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        chinese = reads_chinese()
        return self.name_zh if chinese or not self.name_en else self.name_en

    @property
    def reports_hourly(self) -> bool:
        """Whether every hour is expected (a water station samples every fourth)."""
        return self.expected_interval_s <= 3600


def list_stations(kind: str, *, imported: bool | None = None) -> list[Station]:
    """Stations in service of a kind, by id; with `imported` only those known from past records
    (files, replays) or only others.

    Two queries, whatever their number.
    """
    things = Thing.objects.filter(system=SYSTEM_NAME, kind=kind).exclude(status=Status.RETIRED)
    if imported is not None:
        rows = things.filter(PAST_ONLY) if imported else things.exclude(PAST_ONLY)
    else:
        rows = things
    return _build(list(rows.order_by("id")))


def get_station(thing_id: int, *kinds: str) -> Station:
    """The station of this id and one of these kinds; Http404 otherwise."""
    rows = Thing.objects.filter(pk=thing_id, system=SYSTEM_NAME)
    found = _build(list(rows.filter(kind__in=kinds) if kinds else rows))
    if not found:
        raise Http404("no such station")
    return found[0]


def _build(things: Iterable[Thing]) -> list[Station]:
    things = list(things)
    streams: dict[int, dict[str, int]] = {}
    last: dict[int, datetime] = {}
    rows = (
        Datastream.objects.filter(thing__in=things, period="hour", statistic="mean")
        .select_related("latest")
        .order_by("id")
    )
    for row in rows:
        streams.setdefault(row.thing_id, {}).setdefault(row.observed_property_id, row.pk)
        if hasattr(row, "latest"):
            seen = last.get(row.thing_id)
            last[row.thing_id] = max(seen, row.latest.time) if seen else row.latest.time
    return [_station(thing, streams.get(thing.pk, {}), last.get(thing.pk)) for thing in things]


def _station(thing: Thing, streams: Mapping[str, int], last_at: datetime | None) -> Station:
    return Station(
        id=thing.pk,
        kind=thing.kind,
        name_zh=thing.name_zh,
        name_en=thing.name_en,
        lon=thing.lon,
        lat=thing.lat,
        place_code=thing.place_code,
        organization=thing.organisation,
        simulated=thing.simulated,
        imported=thing.protocol == IMPORTED or thing.profile in PAST_ONLY_PROFILES,
        identity=thing.identity,
        expected_interval_s=thing.expected_interval_s,
        source=str(thing.properties.get("source", "")),
        streams=streams,
        last_at=last_at,
    )
