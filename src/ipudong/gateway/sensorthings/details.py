"""What of observations is no number: rows beside the readings of the same instants."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ipudong.city.sensing.models import ObservationDetail
from ipudong.gateway.api.problems import RequestRefused, bad_request
from ipudong.gateway.sensorthings.evaluation import holds
from ipudong.gateway.sensorthings.expressions import Expression
from ipudong.gateway.sensorthings.instants import format_time

MAX_DETAILS: Final = 20_000
PROPERTIES: Final = frozenset({"validTime", "parameters", "resultQuality"})

Instant = tuple[int, int]  # datastream, microseconds UTC


def read_details(instants: Sequence[Instant]) -> dict[Instant, ObservationDetail]:
    """The details of observations, where there are any."""
    if not instants:
        return {}
    streams = {stream for stream, _ in instants}
    times = [time_us for _, time_us in instants]
    rows = ObservationDetail.objects.filter(
        datastream__in=streams, time_us__gte=min(times), time_us__lte=max(times)
    )
    wanted = set(instants)
    found = {(row.datastream_id, row.time_us): row for row in rows.iterator(chunk_size=2000)}
    return {instant: row for instant, row in found.items() if instant in wanted}


def write_detail(row: ObservationDetail) -> dict[str, Any]:
    """The properties of an observation that a detail says or replaces."""
    entity: dict[str, Any] = {}
    if row.end_us is not None:
        entity["phenomenonTime"] = f"{format_time(row.time_us)}/{format_time(row.end_us)}"
    if row.result_time_us is not None:
        entity["resultTime"] = format_time(row.result_time_us)
    if row.result is not None:
        entity["result"] = row.result
    if row.result_quality is not None:
        entity["resultQuality"] = row.result_quality
    if row.valid_begin_us is not None and row.valid_end_us is not None:
        begin, end = format_time(row.valid_begin_us), format_time(row.valid_end_us)
        entity["validTime"] = begin if begin == end else f"{begin}/{end}"
    if row.parameters is not None:
        entity["parameters"] = row.parameters
    return entity


def find_named(
    features: Sequence[int], streams: Sequence[int] | None
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Instants by datastream of observations that name one of these features, or another one."""
    rows = ObservationDetail.objects.exclude(feature=None)
    if streams is not None:
        rows = rows.filter(datastream__in=streams)
    wanted = set(features)
    named: dict[int, list[int]] = {}
    elsewhere: dict[int, list[int]] = {}
    instants = rows.values_list("datastream", "time_us", "feature")
    for at, (stream, time_us, feature) in enumerate(instants.iterator(chunk_size=2000)):
        if at >= MAX_DETAILS:
            raise _too_wide()
        (named if feature in wanted else elsewhere).setdefault(stream, []).append(time_us)
    return named, elsewhere


def _too_wide() -> RequestRefused:
    return bad_request(
        "filter_too_wide",
        f"More than {MAX_DETAILS} observations would have to be tried one by one: "
        "ask for those of one Datastream.",
    )


def find_instants(
    condition: Expression, streams: Sequence[int] | None, now: datetime
) -> Mapping[int, list[int]]:
    """Instants by datastream of the observations whose details fulfil a condition."""
    rows = ObservationDetail.objects.all()
    if streams is not None:
        rows = rows.filter(datastream__in=streams)
    found: dict[int, list[int]] = {}
    for at, row in enumerate(rows.iterator(chunk_size=2000)):
        if at >= MAX_DETAILS:
            raise _too_wide()
        if holds(condition, write_detail(row), now):
            found.setdefault(row.datastream_id, []).append(row.time_us)
    return found
