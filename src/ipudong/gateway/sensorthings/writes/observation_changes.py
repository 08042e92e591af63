"""Changing and withdrawing observations; call these in a thread."""

from dataclasses import dataclass, replace
from typing import Any, Final

from ipudong.city.audit.services import record
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Datastream, MultiDatastream, ObservationDetail
from ipudong.city.sensing.services.details import forget_details
from ipudong.city.sensing.services.multidatastreams import list_members
from ipudong.gateway.api.problems import RequestRefused, bad_request, not_found
from ipudong.gateway.sensorthings import multi
from ipudong.gateway.sensorthings.features import list_feature_spans
from ipudong.gateway.sensorthings.history_conditions import MULTI, split_id
from ipudong.gateway.sensorthings.paths import Key
from ipudong.gateway.sensorthings.posting import to_mapping
from ipudong.gateway.sensorthings.writes.acts import Act
from ipudong.gateway.sensorthings.writes.bodies import ID, read_ref
from ipudong.gateway.sensorthings.writes.entity_writes import EntityWriter, find_row, get_linked
from ipudong.gateway.sensorthings.writes.observation_bodies import Said, read_said
from ipudong.gateway.sensorthings.writes.observation_writes import (
    Row,
    gather_said,
    make_detail,
)
from ipudong.store.batches import to_numpy
from ipudong.store.quality import WITHDRAWN

MAX_WITHDRAWN: Final = 10_000

Instant = tuple[int, int]  # datastream, microseconds UTC


@dataclass(frozen=True, slots=True)
class Observation:
    """One observation that is there."""

    owner: Datastream | MultiDatastream
    streams: tuple[Datastream, ...]
    time_us: int

    @property
    def instants(self) -> list[Instant]:
        """Its readings, one for each column."""
        return [(stream.pk, self.time_us) for stream in self.streams]


def get_observation(key: Key) -> Observation:
    """The observation of an id. Raises RequestRefused (404)."""
    is_multi = multi.is_multi(key)
    owner_id, time_us = split_id(str(key).removeprefix(MULTI) if is_multi else key)
    owner = find_row("MultiDatastreams" if is_multi else "Datastreams", owner_id)
    if owner is None:
        raise not_found("Observation", key)
    streams = tuple(list_members(owner)) if is_multi else (owner,)
    ids = [stream.pk for stream in streams]
    if not open_history().read(ids, time_us, time_us + 1).num_rows:
        raise not_found("Observation", key)
    return Observation(owner, streams, time_us)


def change_observation(
    writer: EntityWriter, found: Observation, body: Any, *, is_whole: bool
) -> None:
    """Replace what a body names (PATCH) or everything (PUT); its time and owner stay.

    The readings go to the journal as later arrivals of the same instant. Raises RequestRefused.
    """
    fields = to_mapping(body, "An Observation")
    said = read_said(fields, found.time_us, needs_result=is_whole)
    if said.time_us != found.time_us:
        raise bad_request("time_fixed", "An observation is told by its time: delete it, post anew.")
    _refuse_other_owner(found, fields)
    first = found.streams[0]
    known = ObservationDetail.objects.filter(datastream=first, time_us=found.time_us).first()
    feature = known.feature if known else None
    if fields.get("FeatureOfInterest") is not None:
        link = to_mapping(fields["FeatureOfInterest"], "FeatureOfInterest")
        if ID not in link:
            raise bad_request("no_deep_update", "FeatureOfInterest is named by @iot.id here.")
        feature = get_linked(read_ref("FeaturesOfInterest", link))
    if not is_whole and known is not None:
        said = _merge(said, known)
    if "result" in said.names:
        forget_details(instants=found.instants)
        gather_said(writer.gathered, found.owner, said, feature)
        return
    detail = make_detail(first, said, known.result if known else None, feature)
    forget_details(instants=[(first.pk, found.time_us)])
    if detail is not None:
        writer.gathered.details.append(detail)


def _merge(said: Said, known: ObservationDetail) -> Said:
    """What a PATCH does not name stays."""
    names = said.names
    begin, end = known.valid_begin_us, known.valid_end_us
    valid = (begin, end) if begin is not None and end is not None else None
    return replace(
        said,
        end_us=said.end_us if "phenomenonTime" in names else known.end_us,
        result_time_us=said.result_time_us if "resultTime" in names else known.result_time_us,
        valid_us=said.valid_us if "validTime" in names else valid,
        quality=said.quality if "resultQuality" in names else known.result_quality,
        parameters=said.parameters if "parameters" in names else known.parameters,
    )


def _refuse_other_owner(found: Observation, fields: Any) -> None:
    for name in ("Datastream", "MultiDatastream"):
        link = fields.get(name)
        if link is None:
            continue
        if not isinstance(link, dict) or link.get(ID) != found.owner.pk:
            raise bad_request("owner_fixed", f"{name} of an observation does not change.")


def note_change(act: Act, key: str, method: str) -> None:
    """Who changed or deleted a reading is written down; posts are too many for that."""
    verb = "withdraw" if method == "DELETE" else "change"
    record(actor=act.by, action=f"sensing.{verb}_observation", subject=f"observation:{key}")


def withdraw(instants: list[Instant]) -> list[Row]:
    """The rows that delete these readings; what was kept beside them is forgotten."""
    forget_details(instants=instants)
    return [Row(stream, time_us, float("nan"), WITHDRAWN) for stream, time_us in instants]


def list_instants_of(feature: int) -> list[Instant]:
    """The readings that are of a feature. Raises RequestRefused (409) where they are many."""
    rows = ObservationDetail.objects.filter(feature=feature)
    found = set(rows.values_list("datastream", "time_us")[: MAX_WITHDRAWN + 1])
    for span in list_feature_spans([feature]):
        streams = list(Datastream.objects.filter(thing=span.thing).values_list("pk", flat=True))
        named = _named_otherwise(streams, feature)
        history = open_history()
        begin, end = max(span.start_us, _EARLIEST_US), min(span.end_us, _LATEST_US)
        table = history.run(
            history.observations(streams, begin, end).limit(MAX_WITHDRAWN + len(named) + 1)
        )
        times = to_numpy(table, "time").tolist()
        instants = zip(to_numpy(table, "datastream").tolist(), times, strict=True)
        found |= set(instants) - named
    if len(found) > MAX_WITHDRAWN:
        raise RequestRefused(
            409,
            "too_many_observations",
            f"More than {MAX_WITHDRAWN} observations are of this feature.",
        )
    return sorted(found)


_EARLIEST_US: Final = -(2**53)
_LATEST_US: Final = 2**53


def _named_otherwise(streams: list[int], feature: int) -> set[Instant]:
    rows = ObservationDetail.objects.filter(datastream__in=streams).exclude(feature=None)
    return set(rows.exclude(feature=feature).values_list("datastream", "time_us"))


def refuse_sensing(error: SensingError) -> RequestRefused:
    """What sensing refuses, as a problem."""
    status = 409 if error.code in _CONFLICTS else 400
    reason = str(error.fields.get("reason", "")) or _REASONS.get(error.code, "Refused.")
    return RequestRefused(status, error.code, reason, **error.fields)


_CONFLICTS: Final = frozenset(
    {
        "property_in_use",
        "datastream_in_use",
        "not_commandable",
        "task_fixed",
        "members_fixed",
        "command_finished",
    }
)
_REASONS: Final = {
    "property_in_use": "Rules of the district judge this property.",
    "datastream_in_use": "Alarms or rules of the district refer to this Datastream.",
    "not_commandable": "This thing cannot be sent commands now.",
    "task_fixed": "What was asked cannot be changed: delete the Task and ask anew.",
    "members_fixed": "The ObservedProperties of a MultiDatastream do not change.",
    "uneven_members": "There is one unit, one data type and one ObservedProperty for each column.",
    "bad_task": "The arguments are not those the TaskingCapability describes.",
}
