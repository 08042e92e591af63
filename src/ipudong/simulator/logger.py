"""One station's data logger: what is due, what is on its way, what was acknowledged.

No I/O: it is asked for uploads and told of their ends. What was not acknowledged stays due.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ipudong.simulator.memory import Memory
from ipudong.simulator.source import Source
from ipudong.simulator.timetable import DAY, HOUR, INSTANT, MINUTE, Report, list_reports

# How far back each period is sent again after a silence: a logger keeps hours longest.
KEPT = {
    INSTANT: timedelta(minutes=5),
    MINUTE: timedelta(hours=6),
    HOUR: timedelta(days=3650),
    DAY: timedelta(days=3650),
}


@dataclass(frozen=True)
class Upload:
    """A report ready to send."""

    report: Report
    cn: str
    cp: str


class Logger:
    """The logger of one station; `history` is how far back a new one already measured."""

    def __init__(
        self,
        source: Source,
        memory: Memory,
        *,
        born: datetime,
        history: timedelta,
        data_area: Callable[[datetime, str], str] | None = None,
    ) -> None:
        self._source = source
        self._memory = memory
        self._begin = born - history
        self._data_area = data_area or source.data_area
        self._sent_until: dict[str, datetime] = {}
        self._pending: Iterator[Report] = iter(())
        self._again: list[Report] = []
        self.interval_override_s: int | None = None
        self.clock_offset = timedelta(0)

    @property
    def is_over(self) -> bool:
        """Never: a living station goes on measuring."""
        return False

    def next_upload(self, now: datetime) -> Upload | None:
        """The next report that is due by `now`, oldest first; None when all were sent."""
        report = self._again.pop(0) if self._again else next(self._pending, None)
        if report is None:
            self._pending = list_reports(self._intervals(), after=self._marks(now), until=now)
            report = next(self._pending, None)
            if report is None:
                return None
        self._sent_until[report.period] = max(
            report.due, self._sent_until.get(report.period, report.due)
        )
        return Upload(
            report=report,
            cn=self._source.command(report.period),
            cp=self._data_area(report.began + self.clock_offset, report.period),
        )

    def acknowledged(self, upload: Upload) -> None:
        """The platform has it for good."""
        self._memory.put(self._source.station.mn, upload.report.period, upload.report.due)

    def failed(self, upload: Upload) -> None:
        """It did not get through: it is due again, before newer ones."""
        self._again.append(upload.report)

    def _intervals(self) -> dict[str, int]:
        intervals = dict(self._source.station.intervals_s)
        if self.interval_override_s is not None and INSTANT in intervals:
            intervals[INSTANT] = self.interval_override_s
        return intervals

    def _marks(self, now: datetime) -> dict[str, datetime]:
        return {period: self._mark(period, now) for period in self._source.station.intervals_s}

    def _mark(self, period: str, now: datetime) -> datetime:
        kept = now - KEPT[period]
        known = self._sent_until.get(period) or self._memory.find(self._source.station.mn, period)
        return max(known or self._begin, kept)
