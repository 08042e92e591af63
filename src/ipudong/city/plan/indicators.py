"""Indicators: rows that say how the value of a mark is measured, and the records behind it.

A system declares its indicators in its manifest. Each attaches to a mark of the plan by the mark's
code. Nobody types a number into the board: a value is what `measure` returns.
"""

import datetime as dt
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

import structlog
from django.utils.functional import Promise

from ipudong.city.plan.units import UNITS

_log = structlog.get_logger(__name__)

Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A value in the indicator's unit, with what it was divided from where it is a share."""

    value: float
    numerator: float | None = None
    denominator: float | None = None
    unit: str = ""
    measured_at: dt.datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """No value, and why: an honest answer, not a failure."""

    reason: Text


@dataclass(frozen=True, slots=True)
class Failed:
    """The measurement raised or returned nonsense; `reason` names the error."""

    reason: str


Outcome = Measurement | NotMeasured | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record behind a number. `counted`: whether it is in the numerator, None when neither."""

    label: Text
    detail: Text = ""
    url: str = ""
    counted: bool | None = None


def _no_records(as_of: dt.datetime) -> Iterable[Record]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """How one mark is measured.

    `mark` is the mark's code, or "" for a system's own indicator. `measure` and `records` take an
    aware instant and look at the world as it was known then.
    """

    code: str
    title: Text
    unit: str
    definition_zh: str
    definition_en: str
    measure: Callable[[dt.datetime], Measurement | NotMeasured]
    mark: str = ""
    numerator: Text = ""
    denominator: Text = ""
    records: Callable[[dt.datetime], Iterable[Record]] = field(default=_no_records)

    def definition(self, language: str) -> str:
        """What is counted, in a language."""
        return self.definition_zh if language.startswith("zh") else self.definition_en


class IndicatorError(Exception):
    """Indicator rows that cannot be right: `code` is the reason, `indicator` the row's code."""

    def __init__(self, code: str, indicator: str, value: str) -> None:
        super().__init__(code, indicator, value)
        self.code = code
        self.indicator = indicator
        self.value = value


def check_indicators(
    indicators: Iterable[Indicator], units_by_mark: dict[str, str]
) -> tuple[Indicator, ...]:
    """The rows, when each is unique and attaches to a known mark in that mark's unit.

    Raises IndicatorError: "duplicate_indicator", "mark_taken", "unknown_mark", "unknown_unit",
    "unit_differs".
    """
    rows = tuple(indicators)
    codes: set[str] = set()
    marks: set[str] = set()
    for row in rows:
        _refuse(row.code in codes, "duplicate_indicator", row, row.code)
        _refuse(row.unit not in UNITS, "unknown_unit", row, row.unit)
        codes.add(row.code)
        if row.mark:
            _refuse(row.mark in marks, "mark_taken", row, row.mark)
            _refuse(row.mark not in units_by_mark, "unknown_mark", row, row.mark)
            _refuse(units_by_mark[row.mark] != row.unit, "unit_differs", row, row.unit)
            marks.add(row.mark)
    return rows


def evaluate(indicator: Indicator, as_of: dt.datetime) -> Outcome:
    """Measure now; whatever goes wrong becomes `Failed`, so one row never stops the others."""
    try:
        outcome = indicator.measure(as_of)
    except Exception as error:
        _log.exception("indicator_failed", indicator=indicator.code)
        return Failed(f"{type(error).__name__}: {error}"[:300])
    if isinstance(outcome, NotMeasured):
        return outcome
    if not isinstance(outcome, Measurement):
        return Failed(f"not a measurement: {type(outcome).__name__}")
    return _checked(indicator, outcome)


def find_indicator(indicators: Collection[Indicator], mark: str) -> Indicator | None:
    """The indicator of a mark, if any system measures it."""
    return next((row for row in indicators if row.mark == mark), None)


def _checked(indicator: Indicator, measurement: Measurement) -> Outcome:
    if not math.isfinite(measurement.value):
        return Failed(f"value is {measurement.value}")
    if measurement.unit and measurement.unit != indicator.unit:
        return Failed(f"unit is {measurement.unit}, declared {indicator.unit}")
    bound = UNITS[indicator.unit].upper_bound
    if bound is not None and not 0 <= measurement.value <= bound:
        return Failed(f"value {measurement.value:g} is outside 0 to {bound:g}")
    return measurement


def _refuse(wrong: bool, code: str, row: Indicator, value: str) -> None:
    if wrong:
        raise IndicatorError(code, row.code, value)
