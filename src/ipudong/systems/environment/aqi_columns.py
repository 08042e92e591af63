"""AQI of millions of station-hours at once: the same rules as `aqi`, on numpy columns."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, time
from functools import cache

import numpy as np
import numpy.typing as npt

from ipudong.systems.environment.air_tables import (
    CHINA_STANDARD_TIME,
    DAILY_COLUMNS,
    EDITIONS,
    FACTORS,
    HOURLY_COLUMNS,
    LEVELS,
    Edition,
)
from ipudong.systems.environment.aqi import interpolate

Floats = npt.NDArray[np.float64]
_BLOCK_ROWS = 32_768  # the working columns of a block stay in the second-level cache
NOT_AVAILABLE = -1


@dataclass(frozen=True, slots=True)
class AqiColumns:
    """Result columns of n rows. Bit k of a mask stands for `FACTORS[k]`.

    `value` and `iaqi` (six rows of n) are int16 with -1 for "NA" or missing; `level` is 1..6, 0 for
    "NA"; `edition` is the year of the edition of HJ 633 that was applied.
    """

    value: npt.NDArray[np.int16]
    level: npt.NDArray[np.int8]
    iaqi: npt.NDArray[np.int16]
    primary: npt.NDArray[np.uint8]
    exceeding: npt.NDArray[np.uint8]
    missing: npt.NDArray[np.uint8]
    edition: npt.NDArray[np.int16]

    @classmethod
    def empty(cls, rows: int) -> "AqiColumns":
        return cls(
            value=np.empty(rows, np.int16),
            level=np.empty(rows, np.int8),
            iaqi=np.empty((len(FACTORS), rows), np.int16),
            primary=np.zeros(rows, np.uint8),
            exceeding=np.zeros(rows, np.uint8),
            missing=np.zeros(rows, np.uint8),
            edition=np.empty(rows, np.int16),
        )


def names_of(mask: int) -> tuple[str, ...]:
    """The factors a mask stands for."""
    return tuple(factor for bit, factor in enumerate(FACTORS) if mask >> bit & 1)


def aqi_hourly(columns: Mapping[str, npt.ArrayLike]) -> AqiColumns:
    """Hourly AQI of n station-hours.

    `columns`: `time` datetime64 (UTC) and the six factors as float64 1 h means, µg/m³ (CO mg/m³),
    NaN or negative for missing; optionally `so2_24h` for the 2012 edition's note (2). The edition
    of each row follows from its China Standard Time date.
    """
    return _by_edition(columns, HOURLY_COLUMNS, fallback=("so2", "so2_24h", "so2_24h"))


def aqi_daily(columns: Mapping[str, npt.ArrayLike]) -> AqiColumns:
    """Daily AQI of n station-days.

    As `aqi_hourly`, with 24 h means, `o3` the daily maximum 8 h mean, `time` any instant of the day
    and optionally `o3_1h_max` for the 2012 edition's note (3).
    """
    return _by_edition(columns, DAILY_COLUMNS, fallback=("o3", "o3_1h_max", "o3_1h"))


def _by_edition(
    columns: Mapping[str, npt.ArrayLike],
    table: Mapping[str, str],
    fallback: tuple[str, str, str],
) -> AqiColumns:
    times = np.asarray(columns["time"], dtype="datetime64[s]")
    means = {
        name: np.asarray(columns[name], np.float64)
        for name in (*FACTORS, fallback[1])
        if name in FACTORS or name in columns
    }
    result = AqiColumns.empty(len(times))
    for start in range(0, len(times), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        part = {name: column[block] for name, column in means.items()}
        _judge_block(times[block], part, table, fallback, _view(result, block))
    return result


def _view(result: AqiColumns, block: slice) -> AqiColumns:
    return AqiColumns(*(getattr(result, field.name)[..., block] for field in fields(result)))


def _judge_block(
    times: npt.NDArray[np.datetime64],
    means: Mapping[str, Floats],
    table: Mapping[str, str],
    fallback: tuple[str, str, str],
    out: AqiColumns,
) -> None:
    number = np.searchsorted(_edition_starts(), times, side="right")
    for index, edition in enumerate(EDITIONS):
        rows = number == index
        if rows.all():
            _judge(means, edition, table, fallback, out)
        elif rows.any():
            picked = AqiColumns.empty(int(np.count_nonzero(rows)))
            _judge({n: c[rows] for n, c in means.items()}, edition, table, fallback, picked)
            for field in fields(out):
                getattr(out, field.name)[..., rows] = getattr(picked, field.name)


def _judge(
    means: Mapping[str, Floats],
    edition: Edition,
    table: Mapping[str, str],
    fallback: tuple[str, str, str],
    out: AqiColumns,
) -> None:
    out.edition[:] = edition.year
    for row, factor in enumerate(FACTORS):
        out.iaqi[row] = _sub_index(means[factor], edition.code, table[factor])
    factor, other, ladder = fallback
    if edition.falls_back and other in means:
        _fall_back(out.iaqi[FACTORS.index(factor)], means[factor], means[other], edition, ladder)
    _conclude(edition, out)


def _sub_index(means: Floats, edition_code: str, column: str) -> npt.NDArray[np.int16]:
    scale, table = _lookup(edition_code, column)
    with np.errstate(over="ignore"):
        step = means * scale
    np.rint(step, out=step)  # half to even, GB/T 8170
    np.minimum(step, len(table) - 2, out=step)
    step += 1.0
    step[~((means >= 0) & (means < np.inf))] = 0.0
    return table[step.astype(np.int32)]


def _fall_back(
    sub: npt.NDArray[np.int16], means: Floats, other: Floats, edition: Edition, ladder: str
) -> None:
    above = (sub == NOT_AVAILABLE) & (means >= 0) & (means < np.inf)
    if above.any():
        sub[above] = _sub_index(other[above], edition.code, ladder)


def _conclude(edition: Edition, out: AqiColumns) -> None:
    highest = out.iaqi.max(axis=0)
    primary, exceeding, missing = out.primary, out.exceeding, out.missing
    primary[:] = exceeding[:] = missing[:] = 0
    above_50 = highest > 50
    for bit, sub in enumerate(out.iaqi):
        primary |= ((sub == highest) & above_50).view(np.uint8) << bit
        missing |= (sub < 0).view(np.uint8) << bit
        if edition.names_exceeding:
            exceeding |= (sub > 100).view(np.uint8) << bit
    withheld = highest < 0
    if edition.needs_all_factors:
        withheld |= (missing != 0) & (highest <= 100)
    np.maximum(highest, edition.lowest_aqi, out=out.value)
    out.value[withheld] = NOT_AVAILABLE
    primary[withheld] = exceeding[withheld] = 0
    out.level[:] = _level_table()[out.value]


@cache
def _edition_starts() -> npt.NDArray[np.datetime64]:
    """UTC instants at which the later editions begin."""
    starts = [
        datetime.combine(edition.in_force_on, time.min, CHINA_STANDARD_TIME).timestamp()
        for edition in EDITIONS[1:]
    ]
    return np.array([int(start) for start in starts], "datetime64[s]")


@cache
def _lookup(edition_code: str, column: str) -> tuple[float, npt.NDArray[np.int16]]:
    """Steps per unit, and the IAQI of every step: [missing, 0, 1 … last node, beyond]."""
    edition = next(edition for edition in EDITIONS if edition.code == edition_code)
    ladder = edition.ladders[column]
    indexes = [interpolate(step, ladder) for step in range(ladder.nodes[-1] + 2)]
    table = [NOT_AVAILABLE, *(NOT_AVAILABLE if index is None else index for index in indexes)]
    return float(ladder.steps_per_unit), np.array(table, np.int16)


@cache
def _level_table() -> npt.NDArray[np.int8]:
    """Level by AQI; the last entry answers index -1."""
    uppers = np.array([level.upper for level in LEVELS])
    levels = np.searchsorted(uppers, np.arange(LEVELS[-1].upper + 1)) + 1
    return np.append(levels, 0).astype(np.int8)
