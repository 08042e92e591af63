"""The live state after a restart: the table of latest readings, then the unsealed journal."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pyarrow as pa

from ipudong.city.sensing.history import open_history
from ipudong.city.sensing.models import Latest, LatestPosition
from ipudong.city.sensing.services.live import UNKNOWN_US
from ipudong.gateway.columns import Positions
from ipudong.gateway.live.latest import LatestRows
from ipudong.store import batches
from ipudong.store.errors import JournalError, LakeError
from ipudong.store.journal import Journal

TAIL_ENTRIES: Final = 2000  # the table is at most a second old; this is many


def read_latest(journal: Journal) -> list[LatestRows]:
    """Latest readings, oldest source first; call it in a thread."""
    _learn_firsts()
    return [_read_table(), *_read_tail(journal)]


def _learn_firsts() -> None:
    """Once in a district's life: when the oldest reading was of what was read before that was kept.

    One scan of one column; without a readable lake it waits for the next start.
    """
    waiting = list(Latest.objects.filter(first_us=None).values_list("pk", flat=True))
    if not waiting:
        return
    history = open_history()
    try:
        rows = history.observations(waiting)
        found = history.run(rows.group_by("datastream").aggregate(time=rows.time.min()))
    except (JournalError, LakeError):
        return
    streams = batches.to_numpy(found, "datastream").tolist()
    firsts = batches.to_numpy(found, "time").tolist()
    known = [Latest(pk=pk, first_us=at) for pk, at in zip(streams, firsts, strict=True)]
    Latest.objects.bulk_update(known, ["first_us"], batch_size=500)


def _read_table() -> LatestRows:
    names = ("datastream_id", "time_us", "result", "quality", "first_us")
    columns = list(zip(*Latest.objects.values_list(*names), strict=True)) or [()] * len(names)
    return LatestRows(
        np.array(columns[0], np.int32),
        np.array(columns[1], np.int64),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.uint8),
        np.array([UNKNOWN_US if at is None else at for at in columns[4]], np.int64),
    )


def _read_tail(journal: Journal) -> Iterator[LatestRows]:
    for batch in _read_batches(journal, batches.OBSERVATIONS):
        names = ("datastream", "time", "result", "quality")
        yield LatestRows(*(batches.to_numpy(batch, name) for name in names))


def _read_batches(journal: Journal, kind: str) -> Iterator[pa.RecordBatch]:
    """The newest batches of a kind that the journal still has."""
    try:
        entries = journal.read(after=max(0, journal.head() - TAIL_ENTRIES), limit=TAIL_ENTRIES)
    except JournalError:
        return  # a journal that cannot be read is told by the first commit and `/readyz`
    for entry in entries:
        if entry.kind != kind:
            continue
        try:
            yield entry.decode()
        except JournalError:
            continue  # the worker sets damaged rows aside


def read_positions(journal: Journal) -> list[Positions]:
    """Latest positions, oldest source first; call it in a thread."""
    tail = (
        Positions(*(batches.to_numpy(batch, name) for name in batch.schema.names))
        for batch in _read_batches(journal, batches.POSITIONS)
    )
    return [_read_position_table(), *tail]


def _read_position_table() -> Positions:
    names = [field.attname for field in LatestPosition._meta.concrete_fields]
    rows = list(LatestPosition.objects.values_list(*names))
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    dtypes = (np.int32, np.int64, *[np.float64] * 5, np.uint32)
    return Positions(
        *(np.array(column, dtype) for column, dtype in zip(columns, dtypes, strict=True))
    )
