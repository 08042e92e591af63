"""Quarterly scores: published weights, and what each number is made of. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WEIGHTS_VERSION: Final = "2026-1"
RED_POINTS: Final = 1.0
YELLOW_POINTS: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Component:
    """One part of the score, 0 to 100, and its published weight; weights sum to 100."""

    code: str
    weight: int
    title: Promise
    meaning: Promise


COMPONENTS: Final = (
    Component(
        code="in_time",
        weight=40,
        title=_("In time"),
        meaning=_(
            "Of the cases decided in the quarter, or due in it and still open, those decided "
            "within the promised time."
        ),
    ),
    Component(
        code="cards",
        weight=30,
        title=_("Cards"),
        meaning=_(
            "100 less the card points per 100 of those cases: a red card is 1 point, a yellow one "
            "0.3; withdrawn cards do not count."
        ),
    ),
    Component(
        code="explanations",
        weight=10,
        title=_("Explanations"),
        meaning=_(
            "Of the cards whose explanation was due in the quarter, those explained by then."
        ),
    ),
    Component(
        code="complaints",
        weight=10,
        title=_("Complaints"),
        meaning=_("Of those cases, the ones without a complaint upheld in the quarter."),
    ),
    Component(
        code="speed",
        weight=10,
        title=_("Speed-up"),
        meaning=_("Of the working days promised for the decided cases, the days not needed."),
    ),
)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year; `2026Q3`. Raises ValueError for anything else."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not (1 <= self.number <= 4 and 2000 <= self.year <= 2099):
            raise ValueError(f"{self.year}Q{self.number} is no quarter")

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def begins_on(self) -> date:
        """The first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def ends_on(self) -> date:
        """The last day."""
        return self.next.begins_on - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        """The one after."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        """The one before."""
        return Quarter(self.year - (self.number == 1), self.number - 1 or 4)


def parse_quarter(text: str) -> Quarter:
    """From `2026Q3`; raises ValueError."""
    year, separator, number = text.partition("Q")
    if not (separator and year.isascii() and year.isdigit() and number in "1234" and number):
        raise ValueError(f"{text!r} is no quarter")
    return Quarter(int(year), int(number))


def quarter_of(day: date) -> Quarter:
    """The quarter a day lies in."""
    return Quarter(day.year, (day.month + 2) // 3)


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What was counted of one department in one quarter; days are working days."""

    department: str
    cases: int = 0
    in_time: int = 0
    red: int = 0
    yellow: int = 0
    cards_due: int = 0
    cards_explained: int = 0
    complaints_upheld: int = 0
    days_promised: int = 0
    days_needed: int = 0


@dataclass(frozen=True, kw_only=True)
class Part:
    """One component as measured: `value` 0 to 100, None where nothing was there to measure."""

    code: str
    weight: int
    numerator: float
    denominator: float
    value: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "code": self.code,
            "weight": self.weight,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
        }


def score_parts(tally: Tally) -> tuple[Part, ...]:
    """The components of a department's score."""
    points = round(RED_POINTS * tally.red + YELLOW_POINTS * tally.yellow, 2)
    spared = max(0, tally.days_promised - tally.days_needed)
    unharmed = max(0, tally.cases - tally.complaints_upheld)
    figures = {
        "in_time": (tally.in_time, tally.cases, False),
        "cards": (points, tally.cases, True),
        "explanations": (tally.cards_explained, tally.cards_due, False),
        "complaints": (unharmed, tally.cases, False),
        "speed": (spared, tally.days_promised, False),
    }
    return tuple(_make_part(component, *figures[component.code]) for component in COMPONENTS)


def total_score(parts: Iterable[Part]) -> float | None:
    """The weighted mean of what could be measured, to one decimal; None without a case in time's
    denominator."""
    measured = [(part.weight, part.value) for part in parts if part.value is not None]
    if not any(part.code == "in_time" and part.value is not None for part in parts):
        return None
    return round(sum(w * v for w, v in measured) / sum(w for w, _v in measured), 1)


def _make_part(
    component: Component, numerator: float, denominator: float, is_deducted: bool
) -> Part:
    share = numerator / denominator if denominator else None
    if share is not None and is_deducted:
        share = 1 - share
    return Part(
        code=component.code,
        weight=component.weight,
        numerator=numerator,
        denominator=denominator,
        value=None if share is None else round(100 * min(1.0, max(0.0, share)), 2),
    )
