"""What stands behind a simulated station when the platform asks it something."""

from collections.abc import Callable, Iterator
from datetime import datetime

from ipudong.protocols.hj212.commands import ExeRtn
from ipudong.protocols.hj212.packet import Packet
from ipudong.protocols.hj212.times import find_time_us, time_from_us
from ipudong.simulator.source import Source
from ipudong.simulator.timetable import list_reports

HISTORY_BOUND = 1000
SERIAL_DIGITS = 10


class SimulatedInstrument:
    """Answers history, identity and control for one source."""

    def __init__(self, source: Source, now: Callable[[], datetime]) -> None:
        self._source = source
        self._now = now

    def list_data(self, cn: str, begin: str, end: str) -> Iterator[str]:
        """Data areas of a command between two times, at most a thousand."""
        period = next((p for p, c in self._source.simulation.COMMANDS.items() if c == cn), "")
        if period not in self._source.station.intervals_s:
            return
        start, until = _instant(begin), _instant(end) or self._now()
        if start is None:
            yield self._source.data_area(self._now(), period)
            return
        reports = list_reports(
            self._source.station.intervals_s, after={period: start}, until=min(until, self._now())
        )
        for number, report in enumerate(reports):
            if number == HISTORY_BOUND:
                return
            yield self._source.data_area(report.began, period)

    def find_information(self, pol_id: str, info_id: str) -> str | None:
        """A serial number for 3019; nothing else is known."""
        mn = self._source.station.mn
        return mn[-SERIAL_DIGITS:] if info_id == "SN" else None

    def control(self, packet: Packet) -> int:
        """Control commands are taken and succeed: there is no pump behind a simulation."""
        return ExeRtn.SUCCEEDED


def _instant(text: str) -> datetime | None:
    time_us = find_time_us(text)
    return None if time_us is None else time_from_us(time_us)
