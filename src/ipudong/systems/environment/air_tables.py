"""HJ 633 sub-index tables of both editions and the six levels, as data with effective dates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType

CHINA_STANDARD_TIME = timezone(timedelta(hours=8), "CST")

FACTORS = ("so2", "no2", "co", "o3", "pm10", "pm25")
"""The six factors of HJ 633 in table order; `co` is mg/m³, the others µg/m³."""

FACTOR_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {"so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃", "pm10": "PM₁₀", "pm25": "PM₂.₅"}
)
FACTOR_UNITS: Mapping[str, str] = MappingProxyType(
    {factor: "mg/m³" if factor == "co" else "µg/m³" for factor in FACTORS}
)

HOURLY_COLUMNS: Mapping[str, str] = MappingProxyType(
    # A 1 h mean of PM10 and PM2.5 is read in the daily column: the table has no hourly one.
    {
        "so2": "so2_1h",
        "no2": "no2_1h",
        "co": "co_1h",
        "o3": "o3_1h",
        "pm10": "pm10_24h",
        "pm25": "pm25_24h",
    }
)
DAILY_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "so2": "so2_24h",
        "no2": "no2_24h",
        "co": "co_24h",
        "o3": "o3_8h",
        "pm10": "pm10_24h",
        "pm25": "pm25_24h",
    }
)


@dataclass(frozen=True, slots=True)
class Ladder:
    """One column of table 1 (2012) or table 3 (2026): concentration nodes and their IAQI.

    Nodes are whole steps of the rounded concentration: 1 µg/m³, or 0.1 mg/m³ for CO, so that the
    interpolation is exact integer arithmetic.
    """

    nodes: tuple[int, ...]
    indexes: tuple[int, ...]
    steps_per_unit: int = 1
    ceiling: int | None = None
    """IAQI reported above the last node; None: this column gives no index there."""


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of HJ 633 with the day it came into force (China Standard Time)."""

    code: str
    year: int
    in_force_on: date
    ladders: Mapping[str, Ladder]
    names_exceeding: bool
    """Whether the edition names exceeding pollutants (IAQI > 100)."""
    needs_all_factors: bool
    """2026, 5.3.1: with a factor missing the AQI is published only when above 100."""
    falls_back: bool
    """2012, notes (2) and (3): above 800 SO₂ 1 h and O₃ 8 h use the other averaging time."""
    lowest_aqi: int


@dataclass(frozen=True, slots=True)
class Level:
    """One of the six AQI levels."""

    number: int
    upper: int
    numeral: str
    name_zh: str
    name_en: str
    color_zh: str
    color_en: str
    rgb: tuple[int, int, int]

    @property
    def color_hex(self) -> str:
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


_INDEXES = (0, 50, 100, 150, 200, 300, 400, 500)


def _ladder(*nodes: int, steps_per_unit: int = 1, ceiling: int | None = 500) -> Ladder:
    scaled = tuple(node * steps_per_unit for node in nodes)
    return Ladder(scaled, _INDEXES[: len(nodes)], steps_per_unit, ceiling)


_GASES = {
    "so2_24h": _ladder(0, 50, 150, 475, 800, 1600, 2100, 2620),
    "no2_24h": _ladder(0, 40, 80, 180, 280, 565, 750, 940),
    "no2_1h": _ladder(0, 100, 200, 700, 1200, 2340, 3090, 3840),
    "co_24h": _ladder(0, 2, 4, 14, 24, 36, 48, 60, steps_per_unit=10),
    "co_1h": _ladder(0, 5, 10, 35, 60, 90, 120, 150, steps_per_unit=10),
    "o3_1h": _ladder(0, 160, 200, 300, 400, 800, 1000, 1200),
}

HJ_633_2012 = Edition(
    code="HJ 633-2012",
    year=2012,
    in_force_on=date(
        2012, 2, 29
    ),  # published then; Shanghai used it before the national 2016-01-01
    ladders=MappingProxyType(
        _GASES
        | {
            "so2_1h": _ladder(0, 150, 500, 650, 800, ceiling=None),
            "o3_8h": _ladder(0, 100, 160, 215, 265, 800, ceiling=None),
            "pm10_24h": _ladder(0, 50, 150, 250, 350, 420, 500, 600),
            "pm25_24h": _ladder(0, 35, 75, 115, 150, 250, 350, 500),
        }
    ),
    names_exceeding=True,
    needs_all_factors=False,
    falls_back=True,
    lowest_aqi=0,
)

HJ_633_2026 = Edition(
    code="HJ 633-2026",
    year=2026,
    in_force_on=date(2026, 3, 1),
    ladders=MappingProxyType(
        _GASES
        | {
            "so2_1h": _ladder(0, 150, 500, 650, 800, ceiling=200),  # table 3 note (b)
            "o3_8h": _ladder(0, 100, 160, 215, 265, 800, ceiling=300),  # table 3 note (c)
            "pm10_24h": _ladder(0, 50, 120, 250, 350, 420, 500, 600),
            "pm25_24h": _ladder(0, 35, 60, 115, 150, 250, 350, 500),
        }
    ),
    names_exceeding=False,
    needs_all_factors=True,
    falls_back=False,
    lowest_aqi=1,
)

EDITIONS = (HJ_633_2012, HJ_633_2026)

LEVELS = (
    Level(1, 50, "一级", "优", "Excellent", "绿色", "green", (0, 228, 0)),
    Level(2, 100, "二级", "良", "Good", "黄色", "yellow", (255, 255, 0)),
    Level(3, 150, "三级", "轻度污染", "Lightly polluted", "橙色", "orange", (255, 126, 0)),
    Level(4, 200, "四级", "中度污染", "Moderately polluted", "红色", "red", (255, 0, 0)),
    Level(5, 300, "五级", "重度污染", "Heavily polluted", "紫色", "purple", (153, 0, 76)),
    Level(6, 500, "六级", "严重污染", "Severely polluted", "褐红色", "maroon", (126, 0, 35)),
)


def china_date(at: datetime) -> date:
    """The calendar day of an aware instant in China Standard Time."""
    if at.tzinfo is None:
        raise ValueError("an observation's time must carry its offset")
    return at.astimezone(CHINA_STANDARD_TIME).date()


def get_edition(on: date) -> Edition:
    """The edition in force on a China Standard Time day; the first one also serves earlier days."""
    return next(
        (edition for edition in reversed(EDITIONS) if on >= edition.in_force_on), EDITIONS[0]
    )


def get_level(aqi: int) -> Level:
    """The level of an AQI (HJ 633 table 2); above 500 stays the sixth."""
    if aqi < 0:
        raise ValueError("an AQI is never negative")
    return next((level for level in LEVELS if aqi <= level.upper), LEVELS[-1])
