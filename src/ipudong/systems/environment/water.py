"""Surface water by GB 3838-2002 and 环办[2011]22号: class, deciding item, exceedance, TLI."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ipudong.systems.environment.water_tables import TABLES, WaterClass, WaterItem


@dataclass(frozen=True, slots=True)
class WaterAssessment:
    """Class of one sample: the worst of the judged items (单因子评价法)."""

    overall: WaterClass
    deciding: tuple[str, ...]
    """定类项目: the items that stand in the overall class."""
    by_item: Mapping[str, WaterClass]
    judged: int
    """How many of the 21 items were there to be judged."""


@dataclass(frozen=True, slots=True)
class WaterExceedance:
    """An item outside the limit of the target class."""

    item: str
    value: float
    limit: float
    item_class: WaterClass
    multiple: float | None
    """超标倍数, (C - S) / S; the rule gives none for pH and dissolved oxygen."""


def classify(item: WaterItem, value: float) -> WaterClass:
    """Class of one value; a value exactly on a limit is within it."""
    if item.lower is not None:
        low, high = item.lower
        return WaterClass.I if low <= value <= high else WaterClass.INFERIOR_V
    for number, limit in enumerate(item.limits, start=1):
        if value >= limit if item.falling else value <= limit:
            return WaterClass(number)
    return WaterClass.INFERIOR_V


def assess(values: Mapping[str, float | None], body: str = "river") -> WaterAssessment | None:
    """Class of a sample from unrounded values (item code -> mg/L; pH none) of a `river` or `lake`.

    Items that are missing (None, NaN), unknown to table 1 or not among the 21 do not count; None
    when nothing is left. Total nitrogen is never part of the class.
    """
    by_item = {
        code: classify(item, value)
        for code, item in TABLES[body].items()
        if item.judged and (value := _known(values.get(code))) is not None
    }
    if not by_item:
        return None
    overall = max(by_item.values())
    # When every item is class I nothing pulled the sample down, so nothing decided it.
    deciding = (
        tuple(c for c, k in by_item.items() if k == overall) if overall > WaterClass.I else ()
    )
    return WaterAssessment(overall, deciding, by_item, len(by_item))


def exceedances(
    values: Mapping[str, float | None], target: WaterClass, body: str = "river"
) -> list[WaterExceedance]:
    """Judged items worse than the target class (I to V), the worst class and multiple first."""
    if target == WaterClass.INFERIOR_V:
        raise ValueError("the target is one of the classes I to V")
    found = [
        _exceedance(item, value, target)
        for code, item in TABLES[body].items()
        if item.judged
        and (value := _known(values.get(code))) is not None
        and classify(item, value) > target
    ]
    return sorted(found, key=lambda one: (-one.item_class, -(one.multiple or 0.0)))


def _exceedance(item: WaterItem, value: float, target: WaterClass) -> WaterExceedance:
    limit = item.limits[target - 1]
    if item.lower is not None and value < item.lower[0]:
        limit = item.lower[0]
    countable = item.lower is None and not item.falling
    multiple = (value - limit) / limit if countable else None
    return WaterExceedance(item.code, value, limit, classify(item, value), multiple)


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


TROPHIC_LEVELS = (
    (30.0, "oligotrophic", "贫营养", "Oligotrophic"),
    (50.0, "mesotrophic", "中营养", "Mesotrophic"),
    (60.0, "light_eutrophic", "轻度富营养", "Lightly eutrophic"),
    (70.0, "middle_eutrophic", "中度富营养", "Moderately eutrophic"),
    (math.inf, "hyper_eutrophic", "重度富营养", "Heavily eutrophic"),
)

_TLI = {  # parameter: (a, b, r²) of TLI = 10 (a + b ln x); r is the correlation with chlorophyll a
    "chla_mg_m3": (2.5, 1.086, 1.0),
    "tp_mg_l": (9.436, 1.624, 0.84**2),
    "tn_mg_l": (5.453, 1.694, 0.82**2),
    "sd_m": (5.118, -1.94, 0.83**2),
    "codmn_mg_l": (0.109, 2.661, 0.83**2),
}
TROPHIC_PARAMETERS = tuple(_TLI)


@dataclass(frozen=True, slots=True)
class TrophicState:
    """Comprehensive trophic level index TLI(Σ) with its parts."""

    value: float
    level: str
    name_zh: str
    name_en: str
    parts: Mapping[str, float]
    weights: Mapping[str, float]


def trophic_state(values: Mapping[str, float | None]) -> TrophicState | None:
    """TLI(Σ) of a lake from `TROPHIC_PARAMETERS` (总站生字[2001]090号); None without any.

    With a parameter missing the weights are shared among those there, as the formula's "m
    parameters" says; the result names them.
    """
    known = {
        name: value
        for name in _TLI
        if (value := _known(values.get(name))) is not None and value > 0
    }
    if not known:
        return None
    total = sum(_TLI[name][2] for name in known)
    weights = {name: _TLI[name][2] / total for name in known}
    parts = {name: 10 * (_TLI[name][0] + _TLI[name][1] * math.log(x)) for name, x in known.items()}
    index = sum(weights[name] * parts[name] for name in known)
    _, level, zh, en = next(
        row for row in TROPHIC_LEVELS if index < row[0] or (index == row[0] and row[0] > 30)
    )
    return TrophicState(index, level, zh, en, parts, weights)
