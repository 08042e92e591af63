"""The live state after a restart: the table of latest readings, then the unsealed journal."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from ipudong.city.sensing.models import Latest
from ipudong.gateway.live.latest import LatestRows
from ipudong.store import batches
from ipudong.store.errors import JournalError
from ipudong.store.journal import Journal

TAIL_ENTRIES: Final = 2000  # the table is at most a second old; this is many


def read_latest(journal: Journal) -> list[LatestRows]:
    """Latest readings, oldest source first; call it in a thread."""
    return [_read_table(), *_read_tail(journal)]


def _read_table() -> LatestRows:
    rows = list(Latest.objects.values_list("datastream_id", "time_us", "result", "quality"))
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return LatestRows(
        np.array(columns[0], np.int32),
        np.array(columns[1], np.int64),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.uint8),
    )


def _read_tail(journal: Journal) -> Iterator[LatestRows]:
    try:
        entries = journal.read(after=max(0, journal.head() - TAIL_ENTRIES), limit=TAIL_ENTRIES)
    except JournalError:
        return  # a journal that cannot be read is told by the first commit and `/readyz`
    for entry in entries:
        if entry.kind != batches.OBSERVATIONS:
            continue
        try:
            batch = entry.decode()
        except JournalError:
            continue  # the worker sets damaged rows aside
        names = ("datastream", "time", "result", "quality")
        yield LatestRows(*(batches.to_numpy(batch, name) for name in names))
