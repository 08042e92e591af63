"""Emission limits of national standards per factor, and the facts the conversions need."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MOLAR_MASS_G_MOL: Mapping[str, float] = MappingProxyType(
    {"so2": 64.066, "no": 30.006, "no2": 46.006, "co": 28.010, "hcl": 36.461, "hf": 20.006}
)
MOLAR_VOLUME_L = 22.4
"""Of an ideal gas at 273 K and 101,325 Pa, as HJ 212 appendix D prints it."""


@dataclass(frozen=True, slots=True)
class EmissionFactor:
    """A monitored factor by its HJ 212-2017 code."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    medium: str
    """`gas` or `water`."""


_GAS = "mg/m³"
_WATER = "mg/L"
EMISSION_FACTORS: Mapping[str, EmissionFactor] = MappingProxyType(
    {
        factor.code: factor
        for factor in (
            EmissionFactor("a34013", "颗粒物", "Particulate matter", _GAS, "gas"),
            EmissionFactor("a21026", "二氧化硫", "Sulfur dioxide", _GAS, "gas"),
            EmissionFactor("a21002", "氮氧化物", "Nitrogen oxides", _GAS, "gas"),
            EmissionFactor("a21024", "氯化氢", "Hydrogen chloride", _GAS, "gas"),
            EmissionFactor("a21005", "一氧化碳", "Carbon monoxide", _GAS, "gas"),
            EmissionFactor("w01001", "pH 值", "pH", "", "water"),
            EmissionFactor("w01018", "化学需氧量", "Chemical oxygen demand", _WATER, "water"),
            EmissionFactor("w21003", "氨氮", "Ammonia nitrogen", _WATER, "water"),
            EmissionFactor("w21011", "总磷", "Total phosphorus", _WATER, "water"),
            EmissionFactor("w21001", "总氮", "Total nitrogen", _WATER, "water"),
        )
    }
)


@dataclass(frozen=True, slots=True)
class EmissionLimit:
    """Limit of one factor at one outlet: at most `upper`, and for pH at least `lower`."""

    factor: str
    upper: float
    unit: str
    basis: str
    """The standard and its table, or the permit, that sets the limit."""
    averaging: str = "hour"
    """`hour` or `day`: which mean the limit applies to."""
    lower: float | None = None
    reference_oxygen_percent: float | None = None


def _gas(basis: str, oxygen: float, averaging: str, **uppers: float) -> tuple[EmissionLimit, ...]:
    return tuple(
        EmissionLimit(code, upper, _GAS, basis, averaging, None, oxygen)
        for code, upper in uppers.items()
    )


def _sewage(basis: str, cod: float, nh3n: float, tp: float, tn: float) -> tuple[EmissionLimit, ...]:
    uppers = {"w01018": cod, "w21003": nh3n, "w21011": tp, "w21001": tn}
    rows = tuple(EmissionLimit(c, upper, _WATER, basis, "day") for c, upper in uppers.items())
    return (*rows, EmissionLimit("w01001", 9.0, "", basis, "day", lower=6.0))


EMISSION_STANDARDS: Mapping[str, tuple[EmissionLimit, ...]] = MappingProxyType(
    {
        # GB 18918-2002 tables 1, daily means; ammonia above 12 °C.
        "sewage_1a": _sewage("GB 18918-2002 一级 A", 50, 5, 0.5, 15),
        "sewage_1b": _sewage("GB 18918-2002 一级 B", 60, 8, 1.0, 20),
        # GB 13223-2011 table 1 (new coal boilers) and table 2 (special limits).
        "power_coal": _gas("GB 13223-2011 表1", 6, "hour", a34013=30, a21026=100, a21002=100),
        "power_coal_special": _gas(
            "GB 13223-2011 表2", 6, "hour", a34013=20, a21026=50, a21002=100
        ),
        # GB 13271-2014 table 2 (new gas boilers).
        "boiler_gas": _gas("GB 13271-2014 表2", 3.5, "hour", a34013=20, a21026=50, a21002=200),
        # GB 18485-2014 table 4: hourly and daily means apply together.
        "waste_incineration": (
            *_gas(
                "GB 18485-2014 表4", 11, "hour",
                a34013=30, a21002=300, a21026=100, a21024=60, a21005=100,
            ),
            *_gas(
                "GB 18485-2014 表4", 11, "day",
                a34013=20, a21002=250, a21026=80, a21024=50, a21005=80,
            ),
        ),
    }
)  # fmt: skip
