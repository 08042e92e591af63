"""Real records as frames, in their own rhythm."""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ipudong.simulator.logger import Upload
from ipudong.simulator.memory import Memory
from ipudong.simulator.source import Source, Station, write_data_area
from ipudong.simulator.timetable import HOUR, Report


@dataclass(frozen=True)
class Recording:
    """A real station's records, oldest first."""

    station: Station
    simulation: Any
    uploads: tuple[Upload, ...]

    @property
    def source(self) -> Source:
        """The station as a source of anything else the platform asks for."""
        return Source(self.station, self.simulation)


class ReplayLogger:
    """Gives out a recording as the replay's clock passes its records."""

    interval_override_s: int | None = None
    clock_offset = timedelta(0)

    def __init__(self, recording: Recording, memory: Memory) -> None:
        self._waiting = list(reversed(recording.uploads))
        self._again: list[Upload] = []
        self._memory = memory
        self._mn = recording.station.mn

    def next_upload(self, now: datetime) -> Upload | None:
        """The next record whose time has come."""
        if self._again:
            return self._again.pop(0)
        if self._waiting and self._waiting[-1].report.due <= now:
            return self._waiting.pop()
        return None

    def acknowledged(self, upload: Upload) -> None:
        """The platform has it for good."""
        self._memory.put(self._mn, f"replay/{upload.cn}", upload.report.due)

    def failed(self, upload: Upload) -> None:
        """It did not get through and goes again."""
        self._again.append(upload)

    @property
    def is_over(self) -> bool:
        """Whether every record was given out."""
        return not self._waiting and not self._again


def read_recordings(modules: Iterable[str], folder: Path) -> list[Recording]:
    """Recordings of every simulation that offers `replay(folder)`: an iterable of
    (station, cn, began, fields)."""
    recordings = []
    for name in modules:
        simulation: Any = importlib.import_module(name)
        if hasattr(simulation, "replay"):
            recordings += _group(simulation, folder)
    return recordings


def _group(simulation: Any, folder: Path) -> list[Recording]:
    stations: dict[str, Station] = {}
    uploads: dict[str, list[Upload]] = {}
    for station, cn, began, fields in simulation.replay(folder):
        stations[station.mn] = station
        report = Report(due=began, period=HOUR, began=began)
        uploads.setdefault(station.mn, []).append(
            Upload(report=report, cn=cn, cp=write_data_area(began, fields))
        )
    return [
        Recording(station, simulation, tuple(sorted(uploads[mn], key=lambda u: u.report.due)))
        for mn, station in stations.items()
    ]
