"""Data-quality checks on whole columns: what is found is named with its span, not mended."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]

COPIED_MINIMUM_ROWS = 24
FLAT_MINIMUM_ROWS = 6
IMPOSSIBLE_STEPS: Mapping[str, float] = {
    # Largest believable change between neighboring hours of an ambient station, µg/m³ (CO mg/m³).
    "so2": 300.0,
    "no2": 200.0,
    "co": 8.0,
    "o3": 200.0,
    "pm10": 800.0,
    "pm25": 400.0,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect over one span.

    Codes: copied_column, duplicate_row, conflicting_row, flat_line, missing_mark,
    fine_above_coarse, impossible_step. `series` are the columns concerned; `rows` counts those hit.
    """

    code: str
    series: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    rows: int
    evidence: Mapping[str, object] = field(default_factory=dict)


def find_copied_columns(
    times: Times, columns: Mapping[str, Floats], minimum_rows: int = COPIED_MINIMUM_ROWS
) -> list[Finding]:
    """Pairs of columns that are equal over at least `minimum_rows` neighboring rows.

    Rows where both are NaN do not count, and neither do runs in which a column never changes: two
    silent instruments resemble each other by chance.
    """
    names = list(columns)
    pairs = [(a, b) for k, a in enumerate(names) for b in names[k + 1 :]]
    found = []
    for a, b in pairs:
        for run in _runs(columns[a] == columns[b], minimum_rows):
            distinct = len(np.unique(columns[a][run]))
            if distinct > 2:
                evidence = {"distinct_values": distinct, "share": _share(run, times)}
                found.append(_finding("copied_column", (a, b), times, run, evidence))
    return found


def find_flat_lines(
    times: Times, columns: Mapping[str, Floats], minimum_rows: int = FLAT_MINIMUM_ROWS
) -> list[Finding]:
    """Runs of at least `minimum_rows` neighboring rows with one value, per column; 0 too."""
    found = []
    for name, column in columns.items():
        same = np.concatenate([[False], column[1:] == column[:-1]])
        for run in _runs(same, minimum_rows - 1):
            whole = slice(run.start - 1, run.stop)
            found.append(
                _finding("flat_line", (name,), times, whole, {"value": float(column[run.start])})
            )
    return found


def find_fine_above_coarse(
    times: Times, pm25: Floats, pm10: Floats, tolerance: float = 1.0
) -> list[Finding]:
    """Spans where PM2.5, a part of PM10, exceeds it by more than `tolerance` µg/m³."""
    over = pm25 - pm10
    return [
        _finding(
            "fine_above_coarse",
            ("pm25", "pm10"),
            times,
            run,
            {"largest_excess": float(over[run].max())},
        )
        for run in _runs(over > tolerance, 1)
    ]


def find_impossible_steps(
    times: Times, columns: Mapping[str, Floats], limits: Mapping[str, float] = IMPOSSIBLE_STEPS
) -> list[Finding]:
    """Changes between neighboring hours larger than the limit of the factor (columns without one
    are left out). Rows more than an hour apart are no neighbors."""
    close = np.diff(times) <= np.timedelta64(1, "h")
    found = []
    for name in columns.keys() & limits.keys():
        step = np.diff(columns[name])
        for row in np.flatnonzero(close & (np.abs(step) > limits[name])):
            evidence = {"step": float(step[row]), "limit": limits[name]}
            found.append(_finding("impossible_step", (name,), times, slice(row, row + 2), evidence))
    return sorted(found, key=lambda one: (one.series, str(one.start)))


def find_duplicate_rows(
    times: Times, keys: Sequence[Hashable], contents: Sequence[Hashable]
) -> list[Finding]:
    """Rows that repeat the key (station and time) of an earlier one, grouped by key.

    The same content is a duplicate_row, another content a conflicting_row.
    """
    first: dict[Hashable, int] = {}
    hits: dict[tuple[Hashable, str], list[int]] = {}
    for row, (key, content) in enumerate(zip(keys, contents, strict=True)):
        origin = first.setdefault(key, row)
        if origin != row:
            code = "duplicate_row" if contents[origin] == content else "conflicting_row"
            hits.setdefault((key, code), [origin]).append(row)
    return [
        Finding(
            code,
            (str(key),),
            _instant(times[rows[0]]),
            _instant(times[rows[-1]]),
            len(rows) - 1,
            {"rows": tuple(rows)},
        )
        for (key, code), rows in hits.items()
    ]


def find_missing_marks(times: Times, marks: Mapping[str, Sequence[str | None]]) -> list[Finding]:
    """Spans of explicit no-value marks (`////`, `—`, `--`) per column; None marks a value."""
    found = []
    for name, column in marks.items():
        texts = np.array([mark or "" for mark in column])
        for run in _runs(texts != "", 1):
            evidence = {"marks": tuple(sorted(set(texts[run].tolist())))}
            found.append(_finding("missing_mark", (name,), times, run, evidence))
    return found


def check_station(times: Times, columns: Mapping[str, Floats]) -> list[Finding]:
    """Every check that applies to one air station's hours, rows sorted by time."""
    found = find_copied_columns(times, columns)
    copied = {name for one in found for name in one.series}
    found += find_flat_lines(times, columns)
    found += find_impossible_steps(times, columns)
    # A copied PM10 says nothing about PM2.5: comparing them would name the defect twice.
    if {"pm25", "pm10"} <= columns.keys() and "pm10" not in copied:
        found += find_fine_above_coarse(times, columns["pm25"], columns["pm10"])
    return found


def _runs(hit: npt.NDArray[np.bool_], minimum: int) -> list[slice]:
    """Slices of consecutive true rows of at least the minimum length."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], hit, [False]]).astype(np.int8)))
    pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    return [slice(start, stop) for start, stop in pairs if stop - start >= minimum]


def _finding(
    code: str, series: tuple[str, ...], times: Times, run: slice, evidence: Mapping[str, object]
) -> Finding:
    start, end = _instant(times[run.start]), _instant(times[run.stop - 1])
    return Finding(code, series, start, end, run.stop - run.start, evidence)


def _instant(time: np.datetime64) -> datetime | None:
    value = time.astype("datetime64[us]").item()
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None


def _share(run: slice, times: Times) -> float:
    return (run.stop - run.start) / len(times)
