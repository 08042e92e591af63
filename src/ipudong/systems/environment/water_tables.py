"""GB 3838-2002 table 1: the limits of the five classes for rivers and for lakes and reservoirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType


class WaterClass(IntEnum):
    """Class of surface water; 6 is worse than class V."""

    I = 1  # noqa: E741 - the class is called that
    II = 2
    III = 3
    IV = 4
    V = 5
    INFERIOR_V = 6

    @property
    def symbol(self) -> str:
        return ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")[self - 1]

    @property
    def name_zh(self) -> str:
        return f"{self.symbol}类"

    @property
    def name_en(self) -> str:
        return ("Class I", "Class II", "Class III", "Class IV", "Class V", "Inferior to class V")[
            self - 1
        ]

    @property
    def quality_zh(self) -> str:
        return ("优", "优", "良好", "轻度污染", "中度污染", "重度污染")[self - 1]

    @property
    def quality_en(self) -> str:
        return (
            "Excellent",
            "Excellent",
            "Good",
            "Light pollution",
            "Moderate pollution",
            "Heavy pollution",
        )[self - 1]

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The customary map colors: blue, blue, green, yellow, orange, red."""
        return (
            (204, 255, 255), (0, 204, 255), (0, 255, 0), (255, 255, 0), (255, 155, 0), (255, 0, 0),
        )[self - 1]  # fmt: skip

    @classmethod
    def from_symbol(cls, symbol: str) -> "WaterClass":
        """Class of a published mark such as `Ⅲ` or `劣Ⅴ`; ValueError otherwise."""
        return cls(("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ").index(symbol) + 1)


@dataclass(frozen=True, slots=True)
class WaterItem:
    """One item of table 1 with its limits of classes I to V."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    limits: tuple[float, float, float, float, float]
    lower: tuple[float, float] | None = None
    """For pH: the range shared by all classes."""
    falling: bool = False
    """Dissolved oxygen: a class asks for at least its limit."""
    judged: bool = True
    """One of the 21 items of 环办[2011]22号; total nitrogen and coliforms are not."""


def _item(
    code: str, zh: str, en: str, *limits: float, unit: str = "mg/L", judged: bool = True
) -> WaterItem:
    first, second, third, fourth, fifth = limits
    return WaterItem(code, zh, en, unit, (first, second, third, fourth, fifth), judged=judged)


_COMMON = (
    WaterItem("ph", "pH 值", "pH", "", (9, 9, 9, 9, 9), lower=(6, 9)),
    WaterItem("do", "溶解氧", "Dissolved oxygen", "mg/L", (7.5, 6, 5, 3, 2), falling=True),
    _item("codmn", "高锰酸盐指数", "Permanganate index", 2, 4, 6, 10, 15),
    _item("cod", "化学需氧量", "Chemical oxygen demand", 15, 15, 20, 30, 40),
    _item("bod5", "五日生化需氧量", "Biochemical oxygen demand (5 d)", 3, 3, 4, 6, 10),
    _item("nh3n", "氨氮", "Ammonia nitrogen", 0.15, 0.5, 1.0, 1.5, 2.0),
    _item("tn", "总氮", "Total nitrogen", 0.2, 0.5, 1.0, 1.5, 2.0, judged=False),
    _item("cu", "铜", "Copper", 0.01, 1.0, 1.0, 1.0, 1.0),
    _item("zn", "锌", "Zinc", 0.05, 1.0, 1.0, 2.0, 2.0),
    _item("fluoride", "氟化物", "Fluoride", 1.0, 1.0, 1.0, 1.5, 1.5),
    _item("se", "硒", "Selenium", 0.01, 0.01, 0.01, 0.02, 0.02),
    _item("as", "砷", "Arsenic", 0.05, 0.05, 0.05, 0.1, 0.1),
    _item("hg", "汞", "Mercury", 0.00005, 0.00005, 0.0001, 0.001, 0.001),
    _item("cd", "镉", "Cadmium", 0.001, 0.005, 0.005, 0.005, 0.01),
    _item("cr6", "铬（六价）", "Chromium (VI)", 0.01, 0.05, 0.05, 0.05, 0.1),
    _item("pb", "铅", "Lead", 0.01, 0.01, 0.05, 0.05, 0.1),
    _item("cyanide", "氰化物", "Cyanide", 0.005, 0.05, 0.2, 0.2, 0.2),
    _item("phenol", "挥发酚", "Volatile phenols", 0.002, 0.002, 0.005, 0.01, 0.1),
    _item("oil", "石油类", "Petroleum", 0.05, 0.05, 0.05, 0.5, 1.0),
    _item("las", "阴离子表面活性剂", "Anionic surfactant", 0.2, 0.2, 0.2, 0.3, 0.3),
    _item("sulfide", "硫化物", "Sulfide", 0.05, 0.1, 0.2, 0.5, 1.0),
    _item(
        "coliform", "粪大肠菌群", "Fecal coliforms", 200, 2000, 10000, 20000, 40000,
        unit="1/L", judged=False,
    ),
)  # fmt: skip
_TP_RIVER = _item("tp", "总磷", "Total phosphorus", 0.02, 0.1, 0.2, 0.3, 0.4)
_TP_LAKE = _item("tp", "总磷", "Total phosphorus", 0.01, 0.025, 0.05, 0.1, 0.2)

RIVER: Mapping[str, WaterItem] = MappingProxyType({i.code: i for i in (*_COMMON, _TP_RIVER)})
LAKE: Mapping[str, WaterItem] = MappingProxyType({i.code: i for i in (*_COMMON, _TP_LAKE)})
TABLES: Mapping[str, Mapping[str, WaterItem]] = MappingProxyType({"river": RIVER, "lake": LAKE})

OTHER_PARAMETERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {  # what automatic stations also report: Chinese name, English name, unit
        "water_temperature": ("水温", "Water temperature", "°C"),
        "conductivity": ("电导率", "Conductivity", "µS/cm"),
        "turbidity": ("浊度", "Turbidity", "NTU"),
        "chla": ("叶绿素 a", "Chlorophyll a", "mg/L"),
        "algae": ("藻密度", "Algal density", "cells/L"),
    }
)
