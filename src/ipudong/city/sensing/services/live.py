"""What the gateway writes many times a second: newest values, who was heard, counters.

Each call is one transaction of bulk statements that SQLite and PostgreSQL both know.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from numpy.typing import NDArray

from ipudong.city.sensing.models import Datastream, Latest, RejectedFrame, ThingState
from ipudong.store.quality import TIME_OFF

UNKNOWN_US: Final = np.iinfo(np.int64).min  # when the oldest reading was, before it was kept
RAW_KEPT_BYTES: Final = 4096
REJECTED_KEPT: Final = 50

FrameCounts = Mapping[tuple[int, str], int]  # (thing_id, outcome) -> how many more

_UPSERT_LATEST = """
INSERT INTO sensing_latest (datastream_id, time_us, result, quality, first_us)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (datastream_id) DO UPDATE
SET time_us = excluded.time_us, result = excluded.result, quality = excluded.quality,
    first_us = CASE WHEN excluded.first_us < sensing_latest.first_us
        THEN excluded.first_us ELSE sensing_latest.first_us END
WHERE excluded.time_us >= sensing_latest.time_us
"""
_UPSERT_STATE = """
INSERT INTO sensing_thingstate (thing_id, last_seen_us, connected, peer) VALUES (%s, %s, %s, %s)
ON CONFLICT (thing_id) DO UPDATE
SET last_seen_us = CASE WHEN excluded.last_seen_us > sensing_thingstate.last_seen_us
        THEN excluded.last_seen_us ELSE sensing_thingstate.last_seen_us END,
    connected = excluded.connected,
    peer = CASE WHEN excluded.peer = '' THEN sensing_thingstate.peer ELSE excluded.peer END
"""
_ADD_COUNT = """
INSERT INTO sensing_framecounter (thing_id, code, count, last_us) VALUES (%s, %s, %s, %s)
ON CONFLICT (thing_id, code) DO UPDATE
SET count = sensing_framecounter.count + excluded.count, last_us = excluded.last_us
"""


def store_latest(
    datastreams: NDArray[np.int32],
    times: NDArray[np.int64],
    results: NDArray[np.float64],
    qualities: NDArray[np.uint8],
    firsts: NDArray[np.int64] | None = None,
) -> int:
    """Keep the newest reading of each datastream by its own time; how many rows were offered.

    `firsts` are the times of the oldest readings; without them those of these readings. Of equal
    times the later in the batch, and the later call, wins. Readings with their time off and such
    that are no number are passed over: a clock years ahead must not freeze the value.
    """
    usable = np.isfinite(results) & ((qualities & TIME_OFF) == 0)
    order = np.flatnonzero(usable)
    order = order[np.lexsort((times[order], datastreams[order]))]
    ids = datastreams[order]
    last = order[np.append(ids[1:] != ids[:-1], True)] if len(order) else order
    oldest = _first_of_each(datastreams, times if firsts is None else firsts, order)
    rows = list(
        zip(
            datastreams[last].tolist(),
            times[last].tolist(),
            results[last].tolist(),
            qualities[last].tolist(),
            [None if at == UNKNOWN_US else at for at in oldest],
            strict=True,
        )
    )
    try:
        _execute_many(_UPSERT_LATEST, rows)
    except IntegrityError:  # a datastream was deleted since; the others must not wait for it
        offered = [row[0] for row in rows]
        known = set(Datastream.objects.filter(pk__in=offered).values_list("pk", flat=True))
        _execute_many(_UPSERT_LATEST, [row for row in rows if row[0] in known])
    return len(rows)


def _first_of_each(
    datastreams: NDArray[np.int32], firsts: NDArray[np.int64], order: NDArray[np.intp]
) -> list[int]:
    """The least of each datastream, ids ascending as in `order`."""
    if not len(order):
        return []
    ids = datastreams[order]
    starts = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
    least: list[int] = np.minimum.reduceat(firsts[order], starts).tolist()
    return least


@transaction.atomic
def replace_latest(
    replaced: NDArray[np.int32],
    datastreams: NDArray[np.int32],
    times: NDArray[np.int64],
    results: NDArray[np.float64],
    qualities: NDArray[np.uint8],
    firsts: NDArray[np.int64],
) -> None:
    """Let the replaced datastreams have these latest readings, and none where there is no row."""
    Latest.objects.filter(pk__in=replaced.tolist()).delete()
    store_latest(datastreams, times, results, qualities, firsts)


def touch_things(
    seen: Mapping[int, int], *, connected: bool = True, peers: Mapping[int, str] | None = None
) -> None:
    """Note when things were last heard (thing id -> microseconds UTC of receipt)."""
    names = peers or {}
    rows = [(thing, at, connected, names.get(thing, "")[:64]) for thing, at in seen.items()]
    _execute_many(_UPSERT_STATE, rows)


def disconnect_all() -> int:
    """Mark every thing as not connected: a gateway starts and holds no connection yet."""
    return ThingState.objects.filter(connected=True).update(connected=False)


def count_frames(counts: FrameCounts, *, at_us: int) -> None:
    """Add to the counters of things: outcomes such as `frames`, `crc`, `length`, `incomplete`."""
    rows = [(thing, code[:40], more, at_us) for (thing, code), more in counts.items() if more]
    _execute_many(_ADD_COUNT, rows)


def _execute_many(statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(statement, rows)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A frame that could not be read; thing None where its sender is not known."""

    protocol: str
    peer: str
    code: str
    raw: bytes
    at: datetime
    thing_id: int | None = None


@transaction.atomic
def reject_frames(rows: Iterable[RejectedRow]) -> int:
    """Keep bad frames raw with their reason: the newest `REJECTED_KEPT` a thing; how many came."""
    frames = [
        RejectedFrame(
            thing_id=row.thing_id,
            protocol=row.protocol,
            peer=row.peer[:64],
            code=row.code[:40],
            raw=row.raw[:RAW_KEPT_BYTES],
            at=row.at,
        )
        for row in rows
    ]
    RejectedFrame.objects.bulk_create(frames, batch_size=500)
    for thing_id in {frame.thing_id for frame in frames}:
        _forget_old_rejects(thing_id)
    return len(frames)


def _forget_old_rejects(thing_id: int | None) -> None:
    mine = RejectedFrame.objects.filter(
        Q(thing__isnull=True) if thing_id is None else Q(thing=thing_id)
    )
    newest = mine.order_by("-id").values_list("pk", flat=True)
    oldest_kept = newest[REJECTED_KEPT - 1 : REJECTED_KEPT].first()
    if oldest_kept is not None:
        mine.filter(pk__lt=oldest_kept).delete()
