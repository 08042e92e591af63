"""What all importers share: stations registered, readings journaled, the run and its findings kept.

Order matters: stations first (harmless without readings), then in one transaction the run, its
findings and, as its last act, the journal. An import repeated writes the same readings again, of
which history keeps one.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from django.db import transaction

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import ImportReport, Progress
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.history import open_journal
from ipudong.city.sensing.models import Datastream, Thing
from ipudong.city.sensing.profiles import DeviceProfile
from ipudong.city.sensing.services import register_thing, store_latest
from ipudong.store import batches
from ipudong.store.batches import OBSERVATIONS
from ipudong.store.quality import OUT_OF_RANGE, RESENT, SUSPECT
from ipudong.systems.environment.defects import Finding
from ipudong.systems.environment.devices import IMPORTED, SYSTEM_NAME
from ipudong.systems.environment.models import ImportRun
from ipudong.systems.environment.properties import PROPERTY_ROWS
from ipudong.systems.environment.readers.rows import Reject
from ipudong.systems.environment.services.findings import keep_findings

REJECTS_KEPT: Final = 1000
BATCH_ROWS: Final = 100_000
REPEATED: Final = {"duplicate": "duplicate_row", "conflict": "conflicting_row"}
# After these nothing of the file can be trusted, so nothing of it is taken.
FATAL: Final = frozenset({"malformed", "bad_header", "doctype", "too_large"})


@dataclass(slots=True)
class Series:
    """One imported station with its rows: `times` and one column a property, NaN for none."""

    identity: str
    name_zh: str
    name_en: str = ""
    lon: float | None = None
    lat: float | None = None
    properties: dict[str, str] = field(default_factory=dict)
    times: list[datetime] = field(default_factory=list)
    columns: dict[str, list[float]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    suspect: dict[str, np.ndarray] = field(default_factory=dict)
    """Property -> which rows a quality rule doubts."""

    def add(self, at: datetime, values: Mapping[str, float | None]) -> None:
        """Append a row; properties it lacks become NaN."""
        for code, value in values.items():
            column = self.columns.setdefault(code, [np.nan] * len(self.times))
            column.append(np.nan if value is None else value)
        self.times.append(at)
        for column in self.columns.values():
            if len(column) < len(self.times):
                column.append(np.nan)

    def sort(self) -> None:
        """Bring the rows in order of time."""
        order = sorted(range(len(self.times)), key=self.times.__getitem__)
        self.times = [self.times[row] for row in order]
        self.columns = {code: [c[row] for row in order] for code, c in self.columns.items()}

    @property
    def instants(self) -> np.ndarray:
        """Times as datetime64 (UTC)."""
        return np.array(
            [t.astimezone(UTC).replace(tzinfo=None) for t in self.times], "datetime64[s]"
        )

    def as_columns(self) -> dict[str, np.ndarray]:
        """Columns as arrays."""
        return {code: np.array(column, np.float64) for code, column in self.columns.items()}


@dataclass(slots=True)
class Reading:
    """What a file holds once read: series by identity, rejected rows, how many were accepted."""

    series: dict[str, Series]
    rejects: list[Reject]
    accepted: int
    findings: list[Finding] = field(default_factory=list)
    """Findings on the file as a whole."""

    @property
    def is_broken(self) -> bool:
        """Whether the file as a whole cannot be trusted."""
        return any(reject.reason in FATAL for reject in self.rejects)


def take_in(
    reading: Reading,
    *,
    importer: str,
    path: Path,
    actor: Actor,
    profile: DeviceProfile,
    describe: Callable[[Finding, str], str],
    progress: Progress,
) -> ImportReport:
    """Keep what was read, all or nothing, and report it."""
    started_at = datetime.now(UTC)
    rejects = tuple((reject.line, _reason(reject)) for reject in reading.rejects)
    series = [] if reading.is_broken else list(reading.series.values())
    accepted = 0 if reading.is_broken else reading.accepted
    things = _register(series, profile, started_at, progress)
    with transaction.atomic():
        run = ImportRun.objects.create(
            importer=importer,
            file_name=path.name[:255],
            sha256=_digest(path),
            started_at=started_at,
            finished_at=datetime.now(UTC),
            by=actor.name,
            accepted=accepted,
            rejected=len(rejects),
            rejects=[list(reject) for reject in rejects[:REJECTS_KEPT]],
        )
        for one, thing in zip(series, things, strict=True):
            keep_findings(
                one.findings, thing_id=thing.pk, of_rows=len(one.times), at=started_at, run=run
            )
        whole = [] if reading.is_broken else reading.findings
        keep_findings(whole, thing_id=None, of_rows=accepted, at=started_at, run=run)
        _journal(series, things)
    findings = (
        *(describe(finding, path.name) for finding in whole),
        *(describe(f, one.name_zh) for one in series for f in one.findings),
    )
    return ImportReport(
        accepted=accepted, rejected=len(rejects), rejects=rejects, findings=findings
    )


def _reason(reject: Reject) -> str:
    if reject.first_line:
        return f"{reject.reason} of line {reject.first_line}"
    return " ".join(word for word in (reject.reason, reject.field, reject.text) if word)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _register(
    series: Sequence[Series], profile: DeviceProfile, at: datetime, progress: Progress
) -> list[Thing]:
    known = {
        thing.identity: thing
        for thing in Thing.objects.filter(protocol=IMPORTED, profile=profile.name)
    }
    things = []
    for number, one in enumerate(series, start=1):
        things.append(known.get(one.identity) or _register_one(one, profile, at))
        progress(number, len(series))
    return things


def _register_one(one: Series, profile: DeviceProfile, at: datetime) -> Thing:
    return register_thing(
        name_zh=one.name_zh,
        name_en=one.name_en,
        kind=profile.kind,
        system=SYSTEM_NAME,
        at=at,
        protocol=IMPORTED,
        identity=one.identity,
        channels=profile.channels,
        lon=one.lon,
        lat=one.lat,
        profile=profile.name,
        properties=one.properties,
    )


def _journal(series: Sequence[Series], things: Sequence[Thing]) -> None:
    """Write all readings in one transaction of the journal, then their newest as live values."""
    parts = [_observations(one, thing) for one, thing in zip(series, things, strict=True)]
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else []
    if not columns or not len(columns[0]):
        return
    stream, time, result, quality = columns
    order = np.lexsort((time, stream))
    rows = [order[start : start + BATCH_ROWS] for start in range(0, len(order), BATCH_ROWS)]
    made = [
        batches.observations(stream[part], time[part], result[part], quality[part]) for part in rows
    ]
    journal = open_journal()
    try:
        journal.append(OBSERVATIONS, made)
    finally:
        journal.close()
    store_latest(stream, time, result, quality)


def _observations(one: Series, thing: Thing) -> tuple[np.ndarray, ...]:
    streams = dict(Datastream.objects.filter(thing=thing).values_list("observed_property_id", "pk"))
    times = np.array([to_us(at) for at in one.times], np.int64)
    parts = []
    for code, values in one.as_columns().items():
        there = np.isfinite(values)
        quality = _quality(code, values, one.suspect.get(code))
        count = int(there.sum())
        stream = np.full(count, streams[code], np.int32)
        parts.append((stream, times[there], values[there], quality[there]))
    if not parts:
        empty = np.empty(0, np.int64)
        return (empty.astype(np.int32), empty, empty.astype(np.float64), empty.astype(np.uint8))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def _quality(code: str, values: np.ndarray, suspect: np.ndarray | None) -> np.ndarray:
    row = PROPERTY_ROWS[code]
    quality = np.full(len(values), RESENT, np.uint8)
    low = -np.inf if row.physical_min is None else row.physical_min
    high = np.inf if row.physical_max is None else row.physical_max
    with np.errstate(invalid="ignore"):
        quality[(values < low) | (values > high)] |= OUT_OF_RANGE
    if suspect is not None:
        quality[suspect] |= SUSPECT
    return quality


def merge_spans(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of one kind and series as one, from the first to the last, with how many spans."""
    groups: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.series), []).append(finding)
    return [_merge(group) if len(group) > 1 else group[0] for group in groups.values()]


def _merge(group: Sequence[Finding]) -> Finding:
    starts = [one.start for one in group if one.start]
    ends = [one.end for one in group if one.end]
    return Finding(
        code=group[0].code,
        series=group[0].series,
        start=min(starts, default=None),
        end=max(ends, default=None),
        rows=sum(one.rows for one in group),
        evidence={"spans": len(group), **group[0].evidence},
    )


def count_repeats(
    rejects: Iterable[Reject], identity_of: Callable[[object], str]
) -> dict[str, list[Finding]]:
    """Repeated rows as one finding a station and kind, from what the reader rejected."""
    hits: dict[tuple[str, str], list[Reject]] = {}
    for reject in rejects:
        if reject.reason in REPEATED and reject.record is not None:
            key = (identity_of(reject.record), REPEATED[reject.reason])
            hits.setdefault(key, []).append(reject)
    found: dict[str, list[Finding]] = {}
    for (identity, code), rows in hits.items():
        times = sorted(getattr(row.record, "at") for row in rows)  # noqa: B009 - any record
        lines = tuple(row.line for row in rows)
        finding = Finding(code, (), times[0], times[-1], len(rows), {"lines": lines})
        found.setdefault(identity, []).append(finding)
    return found
