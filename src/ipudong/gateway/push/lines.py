"""Columns of line protocol to columns of the pipeline: what is looked up, once for each series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.directory import Device, Directory
from ipudong.city.sensing.services import QuarantineRow, RejectedRow
from ipudong.gateway import figures
from ipudong.gateway.intake import FIELD_LENGTH, list_awaited
from ipudong.gateway.payloads.targets import UNKNOWN_IDENTITY
from ipudong.gateway.pipeline import Pipeline
from ipudong.gateway.push.sender import PROTOCOLS, Sender
from ipudong.gateway.records import Records
from ipudong.protocols.lineprotocol.points import BadLine, Columns, Series, to_us

PROTOCOL: Final = "http"
IDENTITY_LENGTH: Final = 64
RAW_KEPT_BYTES: Final = 4096


@dataclass(slots=True)
class Outcome:
    """What became of a push: rows taken, and lines refused (`bad` the first of them)."""

    rows: int = 0
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0


@dataclass(slots=True)
class _Plan:
    """Where each pair of series and field goes; datastream 0 is nowhere."""

    datastream: NDArray[np.int32]
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    unknown: dict[int, dict[str, None]] = field(default_factory=dict)
    awaited: dict[int, dict[str, None]] = field(default_factory=dict)


class LinePush:
    """Takes bodies of line protocol for the devices their tags name."""

    def __init__(
        self,
        pipeline: Pipeline,
        records: Records,
        find_directory: Callable[[], Directory],
        tags: Sequence[str],
    ) -> None:
        self._pipeline = pipeline
        self._records = records
        self._find_directory = find_directory
        self._tags = tuple(tags)

    def take(
        self, sender: Sender, columns: Columns, precision: str, now_us: int, raw: bytes
    ) -> Outcome | None:
        """Put the numbers into the buffer; None, and nothing taken, while datastreams that the
        devices' profiles know are still to be made."""
        devices = [self._find_device(sender, series) for series in columns.series_table]
        pair = columns.series.astype(np.int64) * max(1, len(columns.field_table)) + columns.field
        pairs, inverse = np.unique(pair, return_inverse=True)
        plan = self._plan(columns, devices, pairs)
        for thing_id, names in plan.awaited.items():
            self._records.note_unknown_fields(thing_id, tuple(names))
        if plan.awaited:
            return None
        outcome = Outcome(bad=list(columns.bad), bad_count=columns.bad_count)
        good = self._check_times(columns, precision, now_us, outcome)
        self._refuse_strangers(sender, columns, devices, outcome, raw)
        self._append(columns, plan, inverse, good, outcome)
        self._note(sender, columns, devices, plan, raw)
        return outcome

    # Looking up.

    def _find_device(self, sender: Sender, series: Series) -> Device | None:
        """The device of a series. A device speaks for itself only: a line whose first device tag
        names another is refused."""
        if sender.device is not None:
            named = series.find_tag(self._tags[0]) if self._tags else None
            return sender.device if named in (None, sender.device.identity) else None
        identity = self._find_identity(series)
        directory = self._find_directory()
        found = (directory.find_device(protocol, identity) for protocol in PROTOCOLS)
        return next((device for device in found if device is not None), None) if identity else None

    def _find_identity(self, series: Series) -> str:
        found = (series.find_tag(tag) for tag in self._tags)
        return next((value for value in found if value is not None), "")

    def _plan(
        self, columns: Columns, devices: Sequence[Device | None], pairs: NDArray[np.int64]
    ) -> _Plan:
        plan = _Plan(np.zeros(len(pairs), np.int32), np.ones(len(pairs)), np.zeros(len(pairs)))
        width = max(1, len(columns.field_table))
        prefixes = [self._list_prefixes(series) for series in columns.series_table]
        for at, pair in enumerate(pairs.tolist()):
            series_at, field_at = divmod(pair, width)
            device = devices[series_at]
            if device is None:
                continue
            name = columns.field_table[field_at]
            names = [prefix + name for prefix in prefixes[series_at]]
            known = next((key for key in names if key in device.channels), None)
            if known is None:
                _note_missing(plan, device, names)
                continue
            channel = device.channels[known]
            plan.datastream[at] = channel.datastream_id
            plan.scale[at], plan.offset[at] = channel.scale, channel.offset
        return plan

    def _list_prefixes(self, series: Series) -> tuple[str, ...]:
        """How channels of a series begin: `cpu,cpu=cpu0.`, then `cpu.`: tags that do not name the
        device tell series apart where the device has channels for them."""
        own = next((tag for tag in self._tags if series.find_tag(tag) is not None), None)
        rest = sorted(f"{key}={value}" for key, value in series.tags if key != own)
        short = f"{series.measurement}."
        return (f"{','.join([series.measurement, *rest])}.", short) if rest else (short,)

    # Taking.

    @staticmethod
    def _check_times(
        columns: Columns, precision: str, now_us: int, outcome: Outcome
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        time_us, good = to_us(columns.time, precision)
        good |= ~columns.has_time
        for line in np.unique(columns.line[~good]).tolist():
            outcome.bad_count += 1
            outcome.bad.append(BadLine(line, "bad_timestamp", "timestamp out of range", ""))
        return np.where(columns.has_time, time_us, now_us), good

    def _append(
        self,
        columns: Columns,
        plan: _Plan,
        inverse: NDArray[np.intp],
        times: tuple[NDArray[np.int64], NDArray[np.bool_]],
        outcome: Outcome,
    ) -> None:
        time_us, good = times
        datastream = plan.datastream[inverse]
        keep = np.flatnonzero((datastream > 0) & good)
        if not len(keep):
            return
        place = inverse[keep]
        result = columns.value[keep] * plan.scale[place] + plan.offset[place]
        count = outcome.rows = len(keep)
        self._pipeline.buffer.extend(
            datastream[keep],
            time_us[keep],
            result,
            np.zeros(count, np.uint8),
            np.ones(count, np.bool_),
        )
        figures.READINGS.labels(PROTOCOL).inc(count)

    # What is noted.

    def _refuse_strangers(
        self,
        sender: Sender,
        columns: Columns,
        devices: Sequence[Device | None],
        outcome: Outcome,
        raw: bytes,
    ) -> None:
        strange = np.array([device is None for device in devices], np.bool_)
        if not strange.any():
            return
        rows = np.flatnonzero(strange[columns.series])
        lines, first = np.unique(columns.line[rows], return_index=True)
        outcome.bad_count += len(lines)
        for line, at in zip(lines.tolist()[:100], rows[first].tolist(), strict=False):
            series = columns.series_table[columns.series[at]]
            outcome.bad.append(BadLine(line, *self._refusal(sender, series), series.measurement))
        outcome.bad.sort(key=lambda row: row.line)
        if sender.device is None:
            self._quarantine(sender, columns, strange, raw)

    def _refusal(self, sender: Sender, series: Series) -> tuple[str, str]:
        if sender.device is not None:
            return "not_yours", f"tag {self._tags[0]} names another device"
        identity = self._find_identity(series)
        if not identity:
            return "no_device", f"no tag {' or '.join(self._tags)}"
        return "unknown_device", f"device {identity[:60]!r} is not known"

    def _quarantine(
        self, sender: Sender, columns: Columns, strange: NDArray[np.bool_], raw: bytes
    ) -> None:
        fields: dict[str, dict[str, None]] = {}
        for pair in np.unique(np.stack([columns.series, columns.field], 1), axis=0).tolist():
            series = columns.series_table[pair[0]]
            identity = self._find_identity(series)
            if strange[pair[0]] and identity and len(fields) < 1000:
                name = self._list_prefixes(series)[0] + columns.field_table[pair[1]]
                fields.setdefault(identity[:IDENTITY_LENGTH], {})[name[:FIELD_LENGTH]] = None
        row = QuarantineRow(
            protocol=PROTOCOL,
            identity="",
            peer=sender.peer,
            raw=raw[:RAW_KEPT_BYTES],
            reason=UNKNOWN_IDENTITY,
            at=datetime.now(UTC),
        )
        for identity, names in fields.items():
            self._records.note_quarantined(
                replace(row, identity=identity, fields=tuple(names)[:200])
            )

    def _note(
        self,
        sender: Sender,
        columns: Columns,
        devices: Sequence[Device | None],
        plan: _Plan,
        raw: bytes,
    ) -> None:
        now_us = int(datetime.now(UTC).timestamp() * 1e6)
        for thing_id in {device.thing_id for device in devices if device is not None}:
            self._records.note_frames(thing_id, 1, now_us, sender.peer)
        for thing_id, names in plan.unknown.items():
            figures.UNMAPPED.labels(PROTOCOL).inc(len(names))
            self._records.note_count(thing_id, "unknown_channel", len(names))
            short = tuple(name for name in names if len(name) <= FIELD_LENGTH)
            if self._records.note_unknown_fields(thing_id, short):
                self._keep_raw(sender, thing_id, raw)

    def _keep_raw(self, sender: Sender, thing_id: int, raw: bytes) -> None:
        self._records.note_rejected(
            RejectedRow(
                protocol=PROTOCOL,
                peer=sender.peer,
                code="has_unknown_channel",
                raw=raw[:RAW_KEPT_BYTES],
                at=datetime.now(UTC),
                thing_id=thing_id,
            )
        )


def _note_missing(plan: _Plan, device: Device, names: Sequence[str]) -> None:
    awaited = next((key for key in names if list_awaited(device, (key,))), None)
    if awaited is not None:
        plan.awaited.setdefault(device.thing_id, {})[awaited] = None
    else:
        plan.unknown.setdefault(device.thing_id, {})[names[0]] = None
