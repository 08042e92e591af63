"""Rows of the history as Observations; call these in a thread."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.models import Datastream, Period
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.details import read_details, write_detail
from ipudong.gateway.sensorthings.instants import format_times
from ipudong.gateway.sensorthings.writing import Properties
from ipudong.store.batches import to_numpy
from ipudong.store.quality import INVALID_MASK


def make_id(datastream: int, time_us: int) -> str:
    """The id of an observation: a datastream has one reading at an instant."""
    return f"{datastream}-{time_us}"


def write_observations(context: Context, table: pa.Table) -> list[Properties]:
    """The observations of a table, in its order."""
    streams, times = to_numpy(table, "datastream"), to_numpy(table, "time")
    lengths = _lengths_us(context, streams)
    began, ended = format_times(times), format_times(times + lengths)
    spans = lengths.tolist()
    results = to_numpy(table, "result").tolist()
    marks = to_numpy(table, "quality").tolist()
    qualities = {mark: _quality(mark) for mark in set(marks)}
    instants = list(zip(streams.tolist(), times.tolist(), strict=True))
    root = f"{context.base}/Observations('"
    entities = []
    for at, (stream, time_us) in enumerate(instants):
        own_id, result = f"{stream}-{time_us}", results[at]
        link = f"{root}{own_id}')"
        begin, end = began[at], ended[at]
        entities.append(
            {
                "@iot.id": own_id,
                "@iot.selfLink": link,
                "phenomenonTime": f"{begin}/{end}" if spans[at] else begin,
                "resultTime": end,
                "result": result if result == result else None,
                "resultQuality": qualities[marks[at]],
                "Datastream@iot.navigationLink": f"{link}/Datastream",
                "FeatureOfInterest@iot.navigationLink": f"{link}/FeatureOfInterest",
            }
        )
    for place, detail in _find_details(instants):
        entities[place] |= detail
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
