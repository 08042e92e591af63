"""What the gateway writes to the database besides readings, gathered and written once a second.

Everything here is bounded: a sender of rubbish fills neither memory nor disk.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from ipudong.city.sensing import services
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.services import AttributesReport, QuarantineRow, RejectedRow
from ipudong.gateway import figures

MAX_REJECTED = 500
MAX_QUARANTINED = 1000
MAX_FIELDS = 2000
MAX_ATTRIBUTES = 2000
CLOSED_BY_DEVICE = "closed_by_device"


@dataclass(slots=True)
class _Notes:
    rejected: list[RejectedRow] = field(default_factory=list)
    quarantined: dict[tuple[str, str], QuarantineRow] = field(default_factory=dict)
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)
    seen: dict[int, int] = field(default_factory=dict)
    peers: dict[int, str] = field(default_factory=dict)
    gone: dict[int, int] = field(default_factory=dict)
    fields: dict[int, set[str]] = field(default_factory=dict)
    attributes: dict[int, AttributesReport] = field(default_factory=dict)
    reasons: dict[int, str] = field(default_factory=dict)


class Records:
    """Gathers on the event loop, writes in a thread: `take` there, `write` here."""

    def __init__(self) -> None:
        self._notes = _Notes()
        self._offered: set[tuple[int, str]] = set()

    def note_frames(self, thing_id: int, count: int, now_us: int, peer: str) -> None:
        """A thing was heard."""
        notes = self._notes
        notes.counts[thing_id, "frames"] += count
        notes.seen[thing_id] = now_us
        notes.peers[thing_id] = peer
        notes.gone.pop(thing_id, None)

    def note_count(self, thing_id: int, code: str, count: int = 1) -> None:
        """Add to one of a thing's counters."""
        self._notes.counts[thing_id, code] += count

    def note_gone(self, thing_id: int, now_us: int, reason: str = "") -> None:
        """A thing's connection ended; `reason` "" means that its own side closed it."""
        self._notes.seen.pop(thing_id, None)
        self._notes.gone[thing_id] = now_us
        self._notes.reasons[thing_id] = reason or CLOSED_BY_DEVICE

    def note_rejected(self, row: RejectedRow) -> None:
        """A frame was refused; beyond the bound it is counted only."""
        figures.REJECTED.labels(row.protocol, row.code).inc()
        if row.thing_id is not None:
            self._notes.counts[row.thing_id, row.code] += 1
        if len(self._notes.rejected) < MAX_REJECTED:
            self._notes.rejected.append(row)

    def note_quarantined(self, row: QuarantineRow) -> None:
        """A stranger spoke; one row for each identity."""
        figures.QUARANTINED.labels(row.protocol, row.reason).inc()
        self._keep_quarantined(row)

    def _keep_quarantined(self, row: QuarantineRow) -> None:
        quarantined = self._notes.quarantined
        key = row.protocol, row.identity
        earlier = quarantined.get(key)
        if earlier is not None:
            fields = tuple(dict.fromkeys(earlier.fields + row.fields))
            quarantined[key] = replace(row, frames=earlier.frames + row.frames, fields=fields)
        elif len(quarantined) < MAX_QUARANTINED:
            quarantined[key] = row

    def note_unknown_fields(self, thing_id: int, fields: tuple[str, ...]) -> bool:
        """A known thing sent fields without a datastream; its profile is asked once for each.

        Whether any of them was new.
        """
        new = [name for name in fields if (thing_id, name) not in self._offered]
        for name in new[: max(0, MAX_FIELDS - len(self._offered))]:
            self._offered.add((thing_id, name))
            self._notes.fields.setdefault(thing_id, set()).add(name)
        return bool(new)

    def note_attributes(self, report: AttributesReport) -> None:
        """A thing says what it is; the last word of a second counts."""
        notes = self._notes.attributes
        if report.thing_id in notes or len(notes) < MAX_ATTRIBUTES:
            notes[report.thing_id] = report

    def forget_offered(self) -> None:
        """The directory changed: what was unknown may be known to a profile now."""
        self._offered.clear()

    def take(self) -> _Notes:
        """Everything noted since the last call."""
        notes, self._notes = self._notes, _Notes()
        return notes

    def put_back(self, notes: _Notes) -> None:
        """Take what could not be written again, before what was noted since; the bounds hold."""
        later, self._notes = self._notes, notes
        notes.rejected += later.rejected[: MAX_REJECTED - len(notes.rejected)]
        for row in later.quarantined.values():
            self._keep_quarantined(row)
        notes.counts.update(later.counts)
        for thing_id in later.gone:
            notes.seen.pop(thing_id, None)
        for thing_id in later.seen:
            notes.gone.pop(thing_id, None)
        notes.seen |= later.seen
        notes.gone |= later.gone
        notes.peers |= later.peers
        notes.attributes |= later.attributes
        notes.reasons |= later.reasons
        for thing_id, names in later.fields.items():
            notes.fields.setdefault(thing_id, set()).update(names)


@transaction.atomic
def write(notes: _Notes, at: datetime) -> None:
    """Write notes to the database, all or none; call it in a thread."""
    if notes.rejected:
        services.reject_frames(notes.rejected)
    if notes.quarantined:
        services.quarantine_devices(notes.quarantined.values())
    if notes.seen:
        services.touch_things(notes.seen, peers=notes.peers)
    if notes.gone:
        services.touch_things(notes.gone, connected=False)
    if notes.reasons:
        services.note_left(notes.reasons, at=at)
    if notes.counts:
        services.count_frames(notes.counts, at_us=to_us(at))
    if notes.attributes:
        services.note_attributes(notes.attributes.values())
    for thing_id, names in notes.fields.items():
        services.ensure_channels(thing_id=thing_id, fields=sorted(names))
