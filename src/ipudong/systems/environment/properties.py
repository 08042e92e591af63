"""What the environment system observes, as rows: names, units, what instruments can show.

Physical limits are those beyond which a reading cannot be true (range of the usual analyzers), not
quality limits; a value outside is kept and marked, and never enters an AQI or a class.
"""

from collections.abc import Mapping
from types import MappingProxyType

from ipudong.city.sensing.profiles import ObservedPropertyRow

UG_M3, MG_M3, MG_L = "ug/m3", "mg/m3", "mg/L"

UNIT_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        UG_M3: "µg/m³",
        MG_M3: "mg/m³",
        MG_L: "mg/L",
        "Cel": "°C",
        "%": "%",
        "kPa": "kPa",
        "m/s": "m/s",
        "deg": "°",
        "uS/cm": "µS/cm",
        "{NTU}": "NTU",
        "m3/s": "m³/s",
        "L/s": "L/s",
        "m3": "m³",
        "{cells}/L": "cells/L",
        "mm": "mm",
        "[pH]": "",
    }
)


def unit_sign(ucum: str) -> str:
    """How a unit is written for people."""
    return UNIT_SIGNS.get(ucum, ucum)


def _row(
    code: str,
    zh: str,
    en: str,
    unit: str,
    low: float,
    high: float,
    decimals: int = 1,
    rate: float | None = None,
) -> ObservedPropertyRow:
    return ObservedPropertyRow(
        code=code,
        name_zh=zh,
        name_en=en,
        unit=unit,
        physical_min=low,
        physical_max=high,
        decimals=decimals,
        max_rate_per_h=rate,
    )


AIR_PROPERTIES = (
    _row("pm25", "PM₂.₅", "PM₂.₅", UG_M3, 0, 1000, 0, 600),
    _row("pm10", "PM₁₀", "PM₁₀", UG_M3, 0, 2000, 0, 1200),
    _row("so2", "SO₂", "SO₂", UG_M3, 0, 2700, 0, 1500),
    _row("no2", "NO₂", "NO₂", UG_M3, 0, 3900, 0, 800),
    _row("co", "CO", "CO", MG_M3, 0, 150, 1, 50),
    _row("o3", "O₃", "O₃", UG_M3, 0, 1300, 0, 500),
    _row("air_temperature", "气温", "Air temperature", "Cel", -30, 50, 1, 20),
    _row("air_humidity", "相对湿度", "Relative humidity", "%", 0, 100, 0),
    _row("air_pressure", "气压", "Air pressure", "kPa", 85, 110, 1, 5),
    _row("wind_speed", "风速", "Wind speed", "m/s", 0, 75, 1),
    _row("wind_direction", "风向", "Wind direction", "deg", 0, 360, 0),
)
WATER_PROPERTIES = (
    _row("water_temperature", "水温", "Water temperature", "Cel", -1, 45, 1, 10),
    _row("ph", "pH 值", "pH", "[pH]", 0, 14, 2),
    _row("do", "溶解氧", "Dissolved oxygen", MG_L, 0, 30, 2),
    _row("conductivity", "电导率", "Conductivity", "uS/cm", 0, 100_000, 0),
    _row("turbidity", "浊度", "Turbidity", "{NTU}", 0, 4000, 1),
    _row("codmn", "高锰酸盐指数", "Permanganate index", MG_L, 0, 100, 2),
    _row("nh3n", "氨氮", "Ammonia nitrogen", MG_L, 0, 300, 3),
    _row("tp", "总磷", "Total phosphorus", MG_L, 0, 100, 3),
    _row("tn", "总氮", "Total nitrogen", MG_L, 0, 500, 2),
    _row("chla", "叶绿素 a", "Chlorophyll a", MG_L, 0, 5, 4),
    _row("algae", "藻密度", "Algal density", "{cells}/L", 0, 1e12, 0),
    _row("cod", "化学需氧量", "Chemical oxygen demand", MG_L, 0, 10_000, 1),
    _row("wastewater_flow", "废水流量", "Waste water flow", "L/s", 0, 50_000, 1),
)
FLUE_PROPERTIES = (
    _row("dust", "烟尘", "Particulates", MG_M3, 0, 2000),
    _row("dust_converted", "烟尘（折算）", "Particulates, converted", MG_M3, 0, 10_000),
    _row("flue_so2", "二氧化硫", "Sulfur dioxide", MG_M3, 0, 10_000),
    _row("flue_so2_converted", "二氧化硫（折算）", "Sulfur dioxide, converted", MG_M3, 0, 50_000),
    _row("nox", "氮氧化物", "Nitrogen oxides", MG_M3, 0, 5000),
    _row("nox_converted", "氮氧化物（折算）", "Nitrogen oxides, converted", MG_M3, 0, 25_000),
    _row("flue_o2", "氧含量", "Oxygen", "%", 0, 25),
    _row("flue_velocity", "烟气流速", "Flue gas velocity", "m/s", 0, 60),
    _row("flue_temperature", "烟气温度", "Flue gas temperature", "Cel", -10, 600),
    _row("flue_pressure", "烟气静压", "Flue gas static pressure", "kPa", -15, 15, 3),
    _row("flue_humidity", "烟气湿度", "Flue gas humidity", "%", 0, 60),
    _row("flue_flow", "烟气流量", "Flue gas flow", "m3/s", 0, 5000),
)
WEATHER_PROPERTIES = (_row("rain", "降水量", "Rain", "mm", 0, 300),)

OBSERVED_PROPERTIES = (
    *AIR_PROPERTIES,
    *WATER_PROPERTIES,
    *FLUE_PROPERTIES,
    *WEATHER_PROPERTIES,
)
PROPERTY_ROWS: Mapping[str, ObservedPropertyRow] = MappingProxyType(
    {row.code: row for row in OBSERVED_PROPERTIES}
)
