"""Which things are there, what they observe, and whether they are heard."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.models import Datastream, Status, Thing, ThingState
from ipudong.city.sensing.presence import is_online

VIEW_THINGS: Final = "sensing.view_things"
SECRET_FIELDS: Final = ("credential",)


def _things() -> QuerySet[Thing]:
    return Thing.objects.select_related("state").defer(*SECRET_FIELDS)


def list_things(
    actor: Actor,
    *,
    system: str | None = None,
    kind: str | None = None,
    text: str = "",
    with_retired: bool = False,
) -> QuerySet[Thing]:
    """Things the actor may see, with their state; `text` is sought in names and identity."""
    if not is_allowed(actor, VIEW_THINGS):
        return Thing.objects.none()
    things = _things() if with_retired else _things().exclude(status=Status.RETIRED)
    if system:
        things = things.filter(system=system)
    if kind:
        things = things.filter(kind=kind)
    if text:
        fits = Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(identity=text)
        things = things.filter(fits)
    return things


def get_thing(actor: Actor, thing_id: int) -> Thing:
    """One thing with its state. Raises PermissionDenied, Thing.DoesNotExist."""
    if not is_allowed(actor, VIEW_THINGS):
        raise PermissionDenied(VIEW_THINGS)
    return _things().get(pk=thing_id)


def find_thing(actor: Actor, protocol: str, identity: str) -> Thing | None:
    """The thing that presents itself so."""
    things = list_things(actor, with_retired=True)
    return things.filter(protocol=protocol, identity=identity).first()


def list_datastreams(actor: Actor, *, thing: Thing | int | None = None) -> QuerySet[Datastream]:
    """Datastreams with their observed property and newest reading (`stream.latest`, which raises
    Latest.DoesNotExist where nothing came yet)."""
    if not is_allowed(actor, VIEW_THINGS):
        return Datastream.objects.none()
    streams = Datastream.objects.select_related("observed_property", "latest")
    return streams if thing is None else streams.filter(thing=thing)


def state_of(thing: Thing) -> ThingState | None:
    """When and where from the thing was last heard; None where it never was."""
    return getattr(thing, "state", None)


def things_geojson(
    actor: Actor,
    *,
    now: datetime,
    system: str | None = None,
    kind: str | None = None,
    url_of: Callable[[Thing], str] | None = None,
) -> dict[str, Any]:
    """Things with a place on the map as GeoJSON (WGS 84); `values` are their newest valid and
    invalid instant readings by observed property, `online` whether they are heard."""
    streams = Datastream.objects.filter(latest__isnull=False).select_related("latest")
    things = list_things(actor, system=system, kind=kind).exclude(lon=None).exclude(lat=None)
    rows = things.prefetch_related(Prefetch("datastreams", streams, to_attr="reporting"))
    features = [_to_feature(thing, now, url_of) for thing in rows]
    return {"type": "FeatureCollection", "features": features}


def _to_feature(
    thing: Thing, now: datetime, url_of: Callable[[Thing], str] | None
) -> dict[str, Any]:
    values: dict[str, dict[str, Any]] = {}
    reporting: list[Datastream] = thing.reporting  # type: ignore[attr-defined]
    for stream in sorted(reporting, key=lambda stream: stream.latest.time_us):
        values[f"{stream.observed_property_id}/{stream.period}/{stream.statistic}"] = {
            "result": stream.latest.result,
            "time": stream.latest.time.isoformat(),
            "quality": stream.latest.quality,
            "unit": stream.unit,
        }
    properties = {
        "id": thing.pk,
        "title": thing.name,
        "kind": thing.kind,
        "system": thing.system,
        "online": is_online(thing, now=now),
        "simulated": thing.simulated,
        "values": values,
    }
    if url_of is not None:
        properties["url"] = url_of(thing)
    geometry = {"type": "Point", "coordinates": [thing.lon, thing.lat]}
    return {"type": "Feature", "id": thing.pk, "geometry": geometry, "properties": properties}
