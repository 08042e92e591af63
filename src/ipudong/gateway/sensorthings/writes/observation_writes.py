"""Observations that say more than a number: rows for the journal, and details beside them.

Call these in the database's thread, within one transaction; the rows are for the pipeline after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import (
    Datastream,
    FeatureOfInterest,
    MultiDatastream,
    ObservationDetail,
    Period,
    Thing,
)
from ipudong.city.sensing.observation_types import NAN, form_of, split_result
from ipudong.city.sensing.services.multidatastreams import list_members
from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings import multi, observation_writing
from ipudong.gateway.sensorthings.posting import to_mapping
from ipudong.gateway.sensorthings.writes.bodies import ID, Budget, Draft, Ref, read_new, read_ref
from ipudong.gateway.sensorthings.writes.observation_bodies import Said, read_said
from ipudong.store.quality import EVENT, NORMAL

_OWNERS: Final = {"Datastream": "Datastreams", "MultiDatastream": "MultiDatastreams"}

Parents = Mapping[str, Any]  # "Datastream", "MultiDatastream", "FeatureOfInterest" -> row


@dataclass(frozen=True, slots=True)
class Row:
    """A reading for the journal."""

    datastream: int
    time_us: int
    result: float
    quality: int = NORMAL


@dataclass(slots=True)
class Gathered:
    """What the observations of one request come to; `ids` in their order.

    `made` counts the entities that were made with them.
    """

    now_us: int
    rows: list[Row] = field(default_factory=list)
    details: list[ObservationDetail] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    made: int = 0


class Resolver(Protocol):
    """Finds or makes the entity a body names."""

    def resolve(self, child: Ref | Draft) -> Any:
        """Its row. Raises RequestRefused, SensingError."""
        ...


def gather(resolver: Resolver, gathered: Gathered, body: Any, parents: Parents) -> None:
    """Read one observation into `gathered`. Raises RequestRefused (400)."""
    fields = to_mapping(body, "An Observation")
    if ID in fields:
        raise bad_request("id_is_ours", "The server gives ids; leave @iot.id away.")
    said = read_said(fields, gathered.now_us)
    owner = _find_owner(resolver, fields, parents)
    feature = _find_feature(resolver, fields, parents)
    if feature is None:
        feature = implied_feature(owner.thing, said.time_us)
    gather_said(gathered, owner, said, feature)


def gather_said(
    gathered: Gathered,
    owner: Datastream | MultiDatastream,
    said: Said,
    feature: FeatureOfInterest | None,
) -> None:
    """Take in what was said of an observation of this owner. Raises RequestRefused (400)."""
    if isinstance(owner, MultiDatastream):
        _gather_multi(gathered, owner, said, feature)
    else:
        _gather_one(gathered, owner, said, feature)


def _find_owner(
    resolver: Resolver, fields: Mapping[str, Any], parents: Parents
) -> Datastream | MultiDatastream:
    for name, set_name in _OWNERS.items():
        if name in parents:
            found: Datastream | MultiDatastream = parents[name]
            return found
        if fields.get(name) is not None:
            owner: Datastream | MultiDatastream
            owner = resolver.resolve(_read_link(set_name, name, fields[name]))
            return owner
    raise bad_request("datastream_missing", 'Name one: "Datastream": {"@iot.id": 1}.')


def _find_feature(
    resolver: Resolver, fields: Mapping[str, Any], parents: Parents
) -> FeatureOfInterest | None:
    if "FeatureOfInterest" in parents:
        given: FeatureOfInterest = parents["FeatureOfInterest"]
        return given
    value = fields.get("FeatureOfInterest")
    if value is None:
        return None
    link = _read_link("FeaturesOfInterest", "FeatureOfInterest", value)
    found: FeatureOfInterest = resolver.resolve(link)
    return found


def _read_link(set_name: str, name: str, value: Any) -> Ref | Draft:
    fields = to_mapping(value, name)
    if ID not in fields:
        return read_new(set_name, fields, budget=Budget(20))
    if name == "Datastream" and (isinstance(fields[ID], bool) or not isinstance(fields[ID], int)):
        raise bad_request("datastream_missing", 'Name one: "Datastream": {"@iot.id": 1}.')
    return read_ref(set_name, fields)


def implied_feature(thing: Thing, time_us: int) -> FeatureOfInterest | None:
    """The feature to name with an observation that names none; None where its time says it.

    The standard's rule is the thing's place when the observation is made (8.2.8), so an older
    instant than the thing's stay there needs the name.
    """
    spans = list(thing.feature_spans.select_related("feature").order_by("-start_us", "-pk")[:2])
    if len(spans) == 2 and time_us < spans[0].start_us:
        return spans[0].feature
    return None


def _gather_one(
    gathered: Gathered, stream: Datastream, said: Said, feature: FeatureOfInterest | None
) -> None:
    number, event = _split(stream, said.result)
    gathered.rows.append(_make_row(stream, said.time_us, number))
    detail = make_detail(stream, said, event, feature)
    if detail is not None:
        gathered.details.append(detail)
    gathered.ids.append(observation_writing.make_id(stream.pk, said.time_us))


def _gather_multi(
    gathered: Gathered, owner: MultiDatastream, said: Said, feature: FeatureOfInterest | None
) -> None:
    members = list_members(owner)
    values = said.result
    if not isinstance(values, list) or len(values) != len(members):
        raise bad_request("bad_result", f"result is a list of {len(members)}.", property="result")
    for place, (stream, value) in enumerate(zip(members, values, strict=True)):
        number, event = (NAN, None) if value is None else _split(stream, value)
        # The first column stands for the observation, whatever it measured.
        if place and value is None:
            continue
        gathered.rows.append(_make_row(stream, said.time_us, number))
        whole = said if place == 0 else Said(frozenset(), said.time_us)
        detail = make_detail(stream, whole, event, None if place else feature)
        if detail is not None:
            gathered.details.append(detail)
    gathered.ids.append(multi.make_id(owner.pk, said.time_us))


def _split(stream: Datastream, value: Any) -> tuple[float, Any]:
    try:
        return split_result(form_of(stream.observation_type), value)
    except SensingError as error:
        wanted = error.fields["wanted"]
        raise bad_request("bad_result", f"result is a {wanted} here.", property="result") from error


def _make_row(stream: Datastream, time_us: int, number: float) -> Row:
    return Row(stream.pk, time_us, number, NORMAL if number == number else EVENT)


def make_detail(
    stream: Datastream, said: Said, event: Any, feature: FeatureOfInterest | None
) -> ObservationDetail | None:
    """What is kept beside the reading; None where the reading says it all."""
    length_us = Period(stream.period).length_s * SECOND_US
    end_us = said.end_us if said.end_us not in (None, said.time_us + length_us) else None
    usual_us = (said.time_us + length_us) if said.end_us is None else said.end_us
    result_time_us = said.result_time_us if said.result_time_us != usual_us else None
    begin, end = said.valid_us or (None, None)
    kept = (end_us, result_time_us, begin, event, said.quality, said.parameters, feature)
    if all(part is None for part in kept):
        return None
    return ObservationDetail(
        datastream=stream,
        time_us=said.time_us,
        end_us=end_us,
        result_time_us=result_time_us,
        valid_begin_us=begin,
        valid_end_us=end,
        result=event,
        result_quality=said.quality,
        parameters=said.parameters,
        feature=feature,
    )
