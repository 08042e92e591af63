"""Published water: the CSV export and the JSON page of the national automatic stations."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import ImportReport, Progress
from ipudong.city.sensing.models import Thing
from ipudong.systems.environment.defects import find_missing_marks
from ipudong.systems.environment.devices import IMPORTED, IMPORTED_WATER_PROFILE
from ipudong.systems.environment.importers.intake import (
    Reading,
    Series,
    count_repeats,
    merge_spans,
    take_in,
)
from ipudong.systems.environment.importers.wording import describe_finding
from ipudong.systems.environment.models import WaterSection
from ipudong.systems.environment.readers.cnemc_water import (
    PARAMETERS,
    WaterReading,
    read_cnemc_water_csv,
    read_cnemc_water_json,
)
from ipudong.systems.environment.readers.rows import Reject
from ipudong.systems.environment.services import register_water_section

_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_LAKE_NAMES: Final = ("湖", "水库", "淀")
_TARGET_CLASS: Final = 3
# A station without an analyzer (`*`) owes no value; these marks say that one was owed.
_OWED: Final = ("missing", "extreme_filtered")


def import_cnemc_water(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    """Import the CSV export or the JSON page; both print no year, which the file's name must hold
    (`..._2021-04.csv`), else this year is taken."""
    found = _YEAR.search(path.name)
    year = int(found[1]) if found else datetime.now(UTC).year
    read = read_cnemc_water_json if path.suffix.lower() == ".json" else read_cnemc_water_csv
    with path.open("rb") as stream:
        reading = _read(read(stream, year))
    report = take_in(
        reading,
        importer="water-cnemc",
        path=path,
        actor=actor,
        profile=IMPORTED_WATER_PROFILE,
        describe=describe_finding,
        progress=progress,
    )
    _register_sections(reading.series.values() if report.accepted else ())
    return report


def _identity(row: WaterReading) -> str:
    return f"cnemc-water:{row.province}/{row.section}"[:64]


def _read(rows: Iterable[WaterReading | Reject]) -> Reading:
    series: dict[str, Series] = {}
    marks: dict[str, dict[str, list[str | None]]] = {}
    rejects: list[Reject] = []
    accepted = 0
    for row in rows:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        accepted += 1
        one = series.setdefault(_identity(row), _series(row))
        one.add(row.at, {code: row.values.get(code) for code in PARAMETERS})
        station = marks.setdefault(one.identity, {code: [] for code in PARAMETERS})
        for code in PARAMETERS:
            mark = row.marks.get(code)
            station[code].append(mark if mark in _OWED else None)
    repeats = count_repeats(rejects, _identity)  # type: ignore[arg-type]
    for identity, one in series.items():
        one.findings = merge_spans(find_missing_marks(one.instants, marks[identity]))
        one.findings += repeats.get(identity, [])
    return Reading(series, rejects, accepted)


def _series(row: WaterReading) -> Series:
    facts = {"source": "CNEMC", "area": row.province, "basin": row.basin, "river": row.river}
    return Series(_identity(row), row.section, properties={k: v for k, v in facts.items() if v})


def _register_sections(series: Iterable[Series]) -> None:
    """Sections of new stations; what body of water they lie in is read from their names."""
    names = {one.identity: one for one in series}
    things = Thing.objects.filter(protocol=IMPORTED, identity__in=names)
    known = set(WaterSection.objects.values_list("thing_id", flat=True))
    for thing in things:
        if thing.pk not in known:
            is_lake = any(word in thing.name_zh for word in _LAKE_NAMES)
            register_water_section(
                thing=thing, body="lake" if is_lake else "river", target_class=_TARGET_CLASS
            )
