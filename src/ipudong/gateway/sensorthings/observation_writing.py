"""Rows of the history as Observations; call these in a thread."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.models import MEASUREMENT, Datastream, Period
from ipudong.city.sensing.observation_types import form_of, show_result
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.details import read_details, write_detail
from ipudong.gateway.sensorthings.instants import format_times
from ipudong.gateway.sensorthings.writing import Properties
from ipudong.store.batches import to_numpy
from ipudong.store.quality import EVENT, INVALID_MASK, SOURCE_MASK


def make_id(datastream: int, time_us: int) -> str:
    """The id of an observation: a datastream has one reading at an instant."""
    return f"{datastream}-{time_us}"


def write_observations(context: Context, table: pa.Table) -> list[Properties]:
    """The observations of a table, in its order, with their details."""
    streams, times = to_numpy(table, "datastream"), to_numpy(table, "time")
    entities = write_rows(
        context.base,
        streams,
        times,
        to_numpy(table, "result"),
        to_numpy(table, "quality"),
        _lengths_us(context, streams),
    )
    instants = list(zip(streams.tolist(), times.tolist(), strict=True))
    _show_forms(streams, entities)
    marks = to_numpy(table, "quality")
    for place, detail in _find_details(instants):
        if marks[place] & SOURCE_MASK != EVENT:  # a number came since for this instant
            detail.pop("result", None)
        entities[place] |= detail
    return entities


def _show_forms(streams: NDArray[np.int32], entities: list[Properties]) -> None:
    """Write truths and counts as such; nearly all datastreams have measurements."""
    rows = Datastream.objects.filter(pk__in=np.unique(streams).tolist())
    types = rows.exclude(observation_type=MEASUREMENT).values_list("pk", "observation_type")
    forms = {pk: form_of(observation_type) for pk, observation_type in types}
    if not forms:
        return
    for stream, entity in zip(streams.tolist(), entities, strict=True):
        if stream in forms and entity["result"] is not None:
            entity["result"] = show_result(forms[stream], entity["result"])


def write_rows(
    base: str,
    streams: NDArray[np.int32],
    times_us: NDArray[np.int64],
    results: NDArray[np.float64],
    marks: NDArray[np.uint8],
    lengths_us: NDArray[np.int64],
) -> list[Properties]:
    """Observations as far as the columns say; asks no database."""
    began = format_times(times_us)
    ended = format_times(times_us + lengths_us) if lengths_us.any() else began
    spans, kinds = lengths_us.tolist(), marks.tolist()
    qualities = {mark: _quality(mark) for mark in set(kinds)}
    numbers = results.tolist()
    root = f"{base}/Observations('"
    entities = []
    for at, (stream, time_us) in enumerate(zip(streams.tolist(), times_us.tolist(), strict=True)):
        own_id, result = f"{stream}-{time_us}", numbers[at]
        link = f"{root}{own_id}')"
        begin, end = began[at], ended[at]
        entities.append(
            {
                "@iot.id": own_id,
                "@iot.selfLink": link,
                "phenomenonTime": f"{begin}/{end}" if spans[at] else begin,
                "resultTime": end,
                "result": result if result == result else None,
                "resultQuality": qualities[kinds[at]],
                "Datastream@iot.navigationLink": f"{link}/Datastream",
                "FeatureOfInterest@iot.navigationLink": f"{link}/FeatureOfInterest",
            }
        )
    return entities


def _quality(mark: int) -> dict[str, Any]:
    return {"mark": mark, "valid": (mark & INVALID_MASK) == 0}


def _find_details(instants: list[tuple[int, int]]) -> list[tuple[int, Properties]]:
    rows = read_details(instants)
    if not rows:
        return []
    return [
        (place, write_detail(rows[instant]))
        for place, instant in enumerate(instants)
        if instant in rows
    ]


def _lengths_us(context: Context, streams: NDArray[np.int32]) -> NDArray[np.int64]:
    """How long each reading stands for."""
    if context.lengths_us is not None and (
        not len(streams) or streams.max() < len(context.lengths_us)
    ):
        return context.lengths_us[streams]
    rows = Datastream.objects.filter(pk__in=np.unique(streams).tolist())
    lengths = {pk: Period(period).length_s for pk, period in rows.values_list("pk", "period")}
    found = [lengths.get(stream, 0) * SECOND_US for stream in streams.tolist()]
    return np.array(found, np.int64)
