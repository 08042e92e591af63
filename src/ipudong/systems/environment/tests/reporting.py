"""The demonstration stations have reported: their readings kept as the gateway keeps them."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np

from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.history import open_journal
from ipudong.city.sensing.models import Datastream
from ipudong.city.sensing.services import store_latest
from ipudong.protocols.hj212.readings import FLAG_CODES
from ipudong.store import batches
from ipudong.systems.environment.simulation import COMMANDS, HOUR, Station, readings, stations
from ipudong.systems.environment.simulation.stations import CODES_2005

TO_2017 = {old: new for new, old in CODES_2005.items()}
Row = tuple[int, int, float, int]  # datastream, microseconds, value, quality


def report(hours: int) -> None:
    """Keep what the stations measured in the last hours."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    known = Datastream.objects.values_list("thing__identity", "channel", "id")
    ids = {(identity, channel): pk for identity, channel, pk in known}
    times = [end - timedelta(hours=back) for back in range(1, hours + 1)]
    keep_rows(row for station in stations() for at in times for row in _rows(ids, station, at))


def keep_rows(rows: Iterable[Row]) -> None:
    """Keep these rows, and the latest of each datastream."""
    stream, time, value, quality = zip(*rows, strict=True)
    columns = (
        np.array(stream, np.int32),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.array(quality, np.uint8),
    )
    journal = open_journal()
    journal.append(batches.OBSERVATIONS, [batches.observations(*columns)])
    journal.close()
    store_latest(*columns)


def _rows(ids: dict[tuple[str, str], int], station: Station, at: datetime) -> Iterator[Row]:
    if at.timestamp() % station.intervals_s[HOUR]:
        return
    for factor, fields in readings(station, at, HOUR).items():
        for name, value in fields.items():
            channel = f"{COMMANDS[HOUR]}/{TO_2017.get(factor, factor)}-{name}"
            stream = ids.get((station.mn, channel))
            if stream is not None:
                yield stream, to_us(at), float(value), FLAG_CODES[str(fields["Flag"])]
