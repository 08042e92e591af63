"""Alarm rules of the environment system, as rows.

Limits of single outlets and target classes of single sections are not here: they follow from the
outlet's own limits (services) and from GB 3838 (exceedances).
"""

from ipudong.city.sensing.profiles import RuleRow
from ipudong.systems.environment.devices import AIR_STATION, EMISSION_OUTLET, WATER_STATION

_SILENT = tuple(
    RuleRow(
        code=f"environment-silent-{kind.replace('_', '-')}",
        name_zh=zh,
        name_en=en,
        kind="missing",
        severity="orange",
        thing_kind=kind,
        count=3,
    )
    for kind, zh, en in (
        (AIR_STATION, "空气站无数据", "Air station silent"),
        (WATER_STATION, "水质站无数据", "Water station silent"),
        (EMISSION_OUTLET, "排口无数据", "Outlet silent"),
    )
)

_STUCK = tuple(
    RuleRow(
        code=f"environment-stuck-{code}",
        name_zh=f"{sign} 数值不变",
        name_en=f"{sign} does not change",
        kind="flat",
        property=code,
        thing_kind=AIR_STATION,
        period="instant",
        count=30,
        span_s=900,
    )
    for code, sign in (("pm25", "PM₂.₅"), ("pm10", "PM₁₀"), ("o3", "O₃"), ("no2", "NO₂"))
)

_COPIED = tuple(
    RuleRow(
        code=f"environment-copied-{one}-{other}",
        name_zh=f"{one_sign} 与 {other_sign} 数值雷同",
        name_en=f"{one_sign} copies {other_sign}",
        kind="duplicate",
        severity="orange",
        property=one,
        other_property=other,
        thing_kind=AIR_STATION,
        period="hour",
        statistic="mean",
        count=6,
    )
    for one, other, one_sign, other_sign in (
        ("pm10", "o3", "PM₁₀", "O₃"),
        ("pm10", "pm25", "PM₁₀", "PM₂.₅"),
        ("no2", "so2", "NO₂", "SO₂"),
    )
)


def _above(code: str, sign: str, limit: float, severity: str, hysteresis: float) -> RuleRow:
    return RuleRow(
        code=f"environment-{code}-above-{limit:g}",
        name_zh=f"{sign} 小时均值超过 {limit:g} µg/m³",
        name_en=f"{sign} hourly mean above {limit:g} µg/m³",
        kind="above",
        severity=severity,
        property=code,
        thing_kind=AIR_STATION,
        period="hour",
        statistic="mean",
        limit=limit,
        hysteresis=hysteresis,
    )


# PM2.5 115 and 150 begin moderate and heavy pollution (HJ 633); ozone 200 and NO2 200 are the
# hourly limits of GB 3095, grade 2.
_POLLUTED = (
    _above("pm25", "PM₂.₅", 115, "yellow", 5),
    _above("pm25", "PM₂.₅", 150, "orange", 5),
    _above("o3", "O₃", 200, "yellow", 5),
    _above("no2", "NO₂", 200, "yellow", 5),
)
_WATER = (
    RuleRow(
        code="environment-oxygen-low",
        name_zh="溶解氧低于 2 mg/L（劣Ⅴ类）",
        name_en="Dissolved oxygen below 2 mg/L (inferior to class V)",
        kind="below",
        severity="orange",
        property="do",
        thing_kind=WATER_STATION,
        period="hour",
        statistic="mean",
        limit=2,
        hysteresis=0.2,
    ),
    RuleRow(
        code="environment-ammonia-high",
        name_zh="氨氮高于 2 mg/L（劣Ⅴ类）",
        name_en="Ammonia nitrogen above 2 mg/L (inferior to class V)",
        kind="above",
        severity="orange",
        property="nh3n",
        thing_kind=WATER_STATION,
        period="hour",
        statistic="mean",
        limit=2,
        hysteresis=0.1,
    ),
)

RULES = (*_SILENT, *_STUCK, *_COPIED, *_POLLUTED, *_WATER)
