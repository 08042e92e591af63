"""Things and datastreams as JSON text, kept until anything of the district's directory changes.

Writing ten thousand entities costs more than a second; the newest observation of ten thousand
things is asked for every few seconds. Only large pages of the plain form come from here, and only
what the revision stands for is kept: the spans of datastreams and their newest observations are
read for each answer. The answer is the same as the one made without the shelf.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import orjson
from django.db.models import Max, Min, QuerySet

from ipudong.city.sensing.models import Latest, ObservationDetail
from ipudong.city.sensing.revision import read_revision
from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.details import read_details, write_detail
from ipudong.gateway.sensorthings.entities import OBSERVATIONS
from ipudong.gateway.sensorthings.instants import format_time, format_times
from ipudong.gateway.sensorthings.kept import BASE, STREAMS, Kept
from ipudong.gateway.sensorthings.observation_writing import write_rows
from ipudong.gateway.sensorthings.observations import is_latest
from ipudong.gateway.sensorthings.options import DEFAULT_TOP, Expand, QueryOptions
from ipudong.store.quality import EVENT, SOURCE_MASK, WITHDRAWN

LEAST_TOP: Final = 200
THINGS: Final = "Things"


def can_serve(name: str, options: QueryOptions) -> bool:
    """Whether a page is of the plain form and worth it."""
    if options.top < LEAST_TOP or options.select or options.resultFormat:
        return False
    if name == THINGS:
        return all(
            expand.name == STREAMS
            and _is_whole(expand.options)
            and _are_latest(expand.options.expand)
            for expand in options.expand
        )
    return name == STREAMS and _are_latest(options.expand)


def _is_whole(options: QueryOptions) -> bool:
    asked = {name for name, _ in options.pairs}
    return asked <= {"$expand"}


def _are_latest(expands: tuple[Expand, ...]) -> bool:
    return all(
        expand.name == OBSERVATIONS
        and is_latest(expand.options)
        and not expand.options.expand
        and not expand.options.select
        for expand in expands
    )


def write_page(
    context: Context, name: str, rows: QuerySet[Any], options: QueryOptions
) -> tuple[list[orjson.Fragment], bool] | None:
    """The entities of a page and whether more follow; None where the shelf cannot serve it."""
    revision = read_revision()
    kept = context.shelf.find(name, revision)
    if kept is None:
        return None
    keys = list(rows.values_list("pk", flat=True)[options.skip : options.skip + options.top + 1])
    page, has_more = keys[: options.top], len(keys) > options.top
    if any(key not in kept.texts for key in page):
        return None  # written between the revision and the rows
    context.spend(len(page))
    if name == STREAMS:
        texts = _write_streams(context, kept, page, options)
        return [orjson.Fragment(texts[key]) for key in page], has_more
    written = _write_things(context, kept, page, options, revision)
    return None if written is None else (written, has_more)


def _write_things(
    context: Context, kept: Kept, page: list[int], options: QueryOptions, revision: int
) -> list[orjson.Fragment] | None:
    expand = options.find_expand(STREAMS)
    if expand is None:
        return [orjson.Fragment(_close(context.base, kept, key, "")) for key in page]
    shelf = context.shelf.find(STREAMS, revision)
    if shelf is None:
        return None
    owned = [shelf.owned.get(key, []) for key in page]
    if any(len(streams) > DEFAULT_TOP for streams in owned):
        return None
    streams = [key for some in owned for key in some]
    context.spend(len(streams))
    texts = _write_streams(context, shelf, streams, expand.options)
    return [
        orjson.Fragment(
            _close(
                context.base,
                kept,
                key,
                f',"{STREAMS}":[{",".join([texts[stream] for stream in some])}]',
                STREAMS,
            )
        )
        for key, some in zip(page, owned, strict=True)
    ]


def _close(base: str, kept: Kept, key: int, more: str, expanded: str = "") -> str:
    """An entity with its links but the expanded one, and what was expanded."""
    links = kept.links[key]
    named = ",".join([link for step, link in links.items() if step != expanded])
    return f"{kept.texts[key]},{named}{more}}}".replace(BASE, base)


def _write_streams(
    context: Context, kept: Kept, keys: Sequence[int], options: QueryOptions
) -> dict[int, str]:
    spans = _write_spans(context, keys) | _write_event_spans(kept, keys)
    if options.find_expand(OBSERVATIONS) is None:
        return {key: _close(context.base, kept, key, spans.get(key, "")) for key in keys}
    newest = _write_newest(context, keys)
    return {
        key: _close(
            context.base,
            kept,
            key,
            f'{spans.get(key, "")},"{OBSERVATIONS}":[{newest.get(key, "")}]',
            OBSERVATIONS,
        )
        for key in keys
    }


def _write_spans(context: Context, keys: Sequence[int]) -> dict[int, str]:
    """`phenomenonTime` and `resultTime` of datastreams that have observations."""
    rows = Latest.objects.all() if len(keys) > 1000 else Latest.objects.filter(pk__in=keys)
    found = np.array(
        [
            (stream, last if first is None else first, last)
            for stream, first, last in rows.values_list("datastream_id", "first_us", "time_us")
        ],
        np.int64,
    ).reshape(-1, 3)
    streams = found[:, 0]
    lengths = _lengths(context, streams)
    began = format_times(found[:, 1])
    first_ends = format_times(found[:, 1] + lengths) if lengths.any() else began
    ends = format_times(found[:, 2] + lengths)
    return {
        stream: f',"phenomenonTime":"{begin}/{end}","resultTime":"{first_end}/{end}"'
        for stream, begin, first_end, end in zip(
            streams.tolist(), began, first_ends, ends, strict=True
        )
    }


def _write_event_spans(kept: Kept, keys: Sequence[int]) -> dict[int, str]:
    """The same of datastreams that have had no number, but texts."""
    rows = ObservationDetail.objects.filter(
        datastream__in=kept.events.intersection(keys), datastream__latest=None
    ).order_by()
    spans = rows.values_list("datastream").annotate(first=Min("time_us"), last=Max("time_us"))
    found = {}
    for stream, first, last in spans:
        span = f"{format_time(first)}/{format_time(last)}"
        found[stream] = f',"phenomenonTime":"{span}","resultTime":"{span}"'
    return found


def _lengths(context: Context, streams: np.ndarray) -> np.ndarray:
    known = context.lengths_us
    lengths = np.zeros(len(streams), np.int64)
    if known is not None:
        inside = streams < len(known)
        lengths[inside] = known[streams[inside]]
    return lengths


def _write_newest(context: Context, keys: Sequence[int]) -> dict[int, str]:
    """The newest observation of each datastream, from the live state."""
    latest = context.take_latest(np.unique(np.array(keys, np.int32)))
    context.spend(len(latest))
    lengths = _lengths(context, latest.datastream)
    entities = write_rows(
        context.base, latest.datastream, latest.time_us, latest.result, latest.quality, lengths
    )
    source = latest.quality & SOURCE_MASK
    streams = latest.datastream.tolist()
    told = [(streams[at], int(latest.time_us[at])) for at in np.flatnonzero(source == EVENT)]
    for at, detail in zip(np.flatnonzero(source == EVENT).tolist(), _details_of(told), strict=True):
        entities[at] |= detail
    return {
        stream: orjson.dumps(entity).decode()
        for stream, entity, mark in zip(streams, entities, source.tolist(), strict=True)
        if mark != WITHDRAWN
    }


def _details_of(instants: list[tuple[int, int]]) -> list[dict[str, Any]]:
    rows = read_details(instants)
    return [write_detail(rows[instant]) if instant in rows else {} for instant in instants]
