"""The district's journal, lake and history, opened where the settings say.

One history per process: it keeps its engine's connection and the lake's file list warm.
"""

from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from ipudong.city.sensing.store_options import HISTORY_ENGINE
from ipudong.options import data_path
from ipudong.store.history import History
from ipudong.store.journal import SqliteJournal
from ipudong.store.lake import Lake

UTC_OFFSET = timedelta(hours=8)  # the district's midnight: China Standard Time, no summer time


def open_journal() -> SqliteJournal:
    """The district's journal; the caller closes it."""
    return SqliteJournal(data_path("journal.sqlite3"))


def open_lake() -> Lake:
    """The district's lake; files are opened only as they are read."""
    return Lake(data_path("lake"), utc_offset=UTC_OFFSET)


def open_history() -> History:
    """The history of this process; the same one at every call, safe to share between threads."""
    return _open_history(data_path(), HISTORY_ENGINE.get())


@lru_cache(maxsize=4)
def _open_history(_root: Path, engine: str) -> History:
    return History(open_lake(), open_journal(), engine=engine)
