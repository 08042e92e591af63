"""The round that looks for defects in the hourly data of air stations, and keeps what it finds."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from ipudong.systems.environment.air_tables import FACTORS
from ipudong.systems.environment.defects import Finding, check_station
from ipudong.systems.environment.grid import floor_hour
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.models import DataFinding, ImportRun
from ipudong.systems.environment.queries.stations import AIR_STATION, list_stations

LOOK_BACK = timedelta(days=3)
# Missing marks are the reader's; a flat line of a low gas is no defect of the rounds' length.
FLAT_ROWS_OF_NOTE = 12


def record_findings(now: datetime) -> int:
    """Check the last three days of every live air station; how many defects stand."""
    stations = list_stations(AIR_STATION, imported=False)
    end = floor_hour(now)
    grid = read_hours(stations, FACTORS, end - LOOK_BACK, end)
    count = 0
    for row, station in enumerate(stations):
        columns = {factor: grid.values[row, k] for k, factor in enumerate(FACTORS)}
        found = [one for one in check_station(grid.begun, columns) if is_of_note(one)]
        keep_findings(found, thing_id=station.id, of_rows=len(grid.begun), at=now)
        count += len(found)
    return count


def is_of_note(finding: Finding) -> bool:
    """Whether a finding is worth a person's look: a gas near zero may stand still for hours."""
    return finding.code != "flat_line" or finding.rows >= FLAT_ROWS_OF_NOTE


@transaction.atomic
def keep_findings(
    findings: Iterable[Finding],
    *,
    thing_id: int | None,
    of_rows: int,
    at: datetime,
    run: ImportRun | None = None,
) -> None:
    """Write findings of a station; the same defect found again updates its row."""
    for finding in findings:
        began = finding.start.isoformat() if finding.start else "-"
        source = f"run{run.pk}" if run else "live"
        key = f"{finding.code}:{thing_id}:{'+'.join(finding.series)}:{began}:{source}"
        facts = {
            "code": finding.code,
            "thing_id": thing_id,
            "run": run,
            "factors": list(finding.series),
            "began_at": finding.start,
            "ended_at": finding.end,
            "rows": finding.rows,
            "of_rows": of_rows,
            "detail": {name: _plain(value) for name, value in finding.evidence.items()},
        }
        DataFinding.objects.update_or_create(
            key=key[:200], defaults=facts, create_defaults={**facts, "found_at": at}
        )


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value[:50]]
    return value if isinstance(value, str | int | float | bool) else str(value)
