"""Shanghai Open Data Apps 2015: city air by the hour, air sites and automatic weather stations."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from ipudong.systems.environment.aqi import Concentrations
from ipudong.systems.environment.readers.air_records import AirHour, pollutants
from ipudong.systems.environment.readers.rows import (
    Cells,
    Reject,
    RowError,
    Seen,
    china_time,
    number,
    read_table,
    split_csv,
    split_tabs,
)

CITY_CODE = "0"
"""Site id of the city average (全市平均), which air.txt holds."""
MISSING_MARK = "////"
_AIR_HEADER = ["时间", "PM2.5", "PM10", "O3", "SO2", "NO2", "CO", "AQI", "质量评价", "首要污染物"]
_SITE_HEADER_START = ["id", "SITEID", "SITENAME"]


@dataclass(frozen=True, slots=True)
class AirSite:
    """A site of siteInfo.txt; the city average has no coordinates."""

    line: int
    code: str
    name_zh: str
    name_en: str
    address: str
    lon: float | None
    lat: float | None


@dataclass(frozen=True, slots=True)
class WeatherReading:
    """One automatic weather station and time; what was `////` is None and named in `missing`."""

    line: int
    station_code: str
    station_name: str
    at: datetime
    temperature_c: float | None
    wind_direction_deg: float | None
    wind_speed_m_s: float | None
    rain_mm: float | None
    missing: tuple[str, ...]


def read_soda_air(source: BinaryIO) -> Iterator[AirHour | Reject]:
    """Hours of air.txt (tab separated, header first)."""
    seen = Seen()

    def read(line: int, cells: Cells) -> AirHour | Reject:
        record = _air_hour(line, cells)
        return seen.check(line, record.at, record.hour, record) or record

    return read_table(source, split_tabs, read, _AIR_HEADER)


def _air_hour(line: int, cells: list[str]) -> AirHour:
    if len(cells) != len(_AIR_HEADER):
        raise RowError("wrong_columns", "\t".join(cells))
    factors = ("pm25", "pm10", "o3", "so2", "no2", "co")
    means = {f: number(cell, f, 0, 100_000) for f, cell in zip(factors, cells[1:7], strict=True)}
    return AirHour(
        line=line,
        station_code=CITY_CODE,
        station_name="全市平均",
        area="上海市",
        lon=None,
        lat=None,
        at=china_time(cells[0], "%Y/%m/%d %H:%M"),
        hour=Concentrations(**means),
        means={},
        published_aqi=int(number(cells[7], "AQI", 0, 500)),
        published_level=cells[8],
        published_primary=pollutants(cells[9]),
    )


def read_soda_sites(source: BinaryIO) -> Iterator[AirSite | Reject]:
    """Sites of siteInfo.txt (quoted CSV, header first)."""
    seen = Seen()

    def read(line: int, cells: Cells) -> AirSite | Reject:
        site = _site(line, cells)
        return seen.check(line, site.code, tuple(cells[1:]), site) or site

    return read_table(source, split_csv, read, _SITE_HEADER_START)


def _site(line: int, cells: list[str]) -> AirSite:
    if len(cells) != 13:
        raise RowError("wrong_columns", ",".join(cells))
    if not cells[1]:
        raise RowError("no_station", ",".join(cells), "SITEID")
    lon = number(cells[11], "LON", -180, 180) if cells[11] else None
    lat = number(cells[12], "LAT", -90, 90) if cells[12] else None
    return AirSite(line, cells[1], cells[2], cells[8], cells[9], lon, lat)


def read_soda_weather(source: BinaryIO) -> Iterator[WeatherReading | Reject]:
    """Readings of weather.txt (tab separated, no header)."""
    seen = Seen()

    def read(line: int, cells: Cells) -> WeatherReading | Reject:
        reading = _weather(line, cells)
        key = (reading.station_code, reading.at)
        return seen.check(line, key, tuple(cells), reading) or reading

    return read_table(source, split_tabs, read)


def _weather(line: int, cells: list[str]) -> WeatherReading:
    if len(cells) != 7:
        raise RowError("wrong_columns", "\t".join(cells))
    ranges = {
        "temperature_c": (-60.0, 60.0),
        "wind_direction_deg": (0.0, 360.0),
        "wind_speed_m_s": (0.0, 100.0),
        "rain_mm": (0.0, 1000.0),
    }
    texts = dict(zip(ranges, cells[3:], strict=True))
    values = {
        name: None if text == MISSING_MARK else number(text, name, *ranges[name])
        for name, text in texts.items()
    }
    missing = tuple(name for name, value in values.items() if value is None)
    at = china_time(cells[0], "%Y%m%d%H%M")
    return WeatherReading(line, cells[1], cells[2], at, **values, missing=missing)
