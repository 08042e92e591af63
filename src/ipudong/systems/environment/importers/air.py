"""Published air: the national hourly file, and the Shanghai files of 2015."""

from collections.abc import Iterable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import ImportReport, Progress
from ipudong.systems.environment.air_tables import FACTORS
from ipudong.systems.environment.aqi_columns import aqi_hourly
from ipudong.systems.environment.defects import Finding, check_station, find_missing_marks
from ipudong.systems.environment.devices import IMPORTED_AIR_PROFILE, IMPORTED_WEATHER_PROFILE
from ipudong.systems.environment.importers.intake import (
    Reading,
    Series,
    count_repeats,
    merge_spans,
    take_in,
)
from ipudong.systems.environment.importers.wording import describe_finding
from ipudong.systems.environment.readers.air_records import AirHour
from ipudong.systems.environment.readers.cnemc_air import read_cnemc_air
from ipudong.systems.environment.readers.rows import Reject
from ipudong.systems.environment.readers.soda import (
    MISSING_MARK,
    WeatherReading,
    read_soda_air,
    read_soda_weather,
)
from ipudong.systems.environment.services.findings import is_of_note

# A published hour is named by its end; readings are kept by the beginning of their hour.
LABEL_IS_END: Final = timedelta(hours=1)
_WEATHER: Final = {
    "temperature_c": "air_temperature",
    "wind_direction_deg": "wind_direction",
    "wind_speed_m_s": "wind_speed",
    "rain_mm": "rain",
}


def import_cnemc_air(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    """Import a CNEMC hourly publication (XML)."""
    with path.open("rb") as stream:
        reading = _read_air(read_cnemc_air(stream), "cnemc-air", "CNEMC")
    return take_in(
        reading,
        importer="air-cnemc",
        path=path,
        actor=actor,
        profile=IMPORTED_AIR_PROFILE,
        describe=describe_finding,
        progress=progress,
    )


def import_soda(path: Path, actor: Actor, progress: Progress) -> ImportReport:
    """Import air.txt (it begins with a heading) or weather.txt (it does not) of SODA 2015."""
    with path.open("rb") as stream:
        is_air = not stream.read(4)[:4].isdigit()
        stream.seek(0)
        if is_air:
            reading = _read_air(read_soda_air(stream), "soda-air", "SODA 2015")
        else:
            reading = _read_weather(read_soda_weather(stream))
    return take_in(
        reading,
        importer="air-soda",
        path=path,
        actor=actor,
        profile=IMPORTED_AIR_PROFILE if is_air else IMPORTED_WEATHER_PROFILE,
        describe=describe_finding,
        progress=progress,
    )


def _read_air(rows: Iterable[AirHour | Reject], prefix: str, source: str) -> Reading:
    series: dict[str, Series] = {}
    published: dict[str, list[int | None]] = {}
    rejects: list[Reject] = []
    accepted = 0
    for row in rows:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        accepted += 1
        one = series.setdefault(f"{prefix}:{row.station_code}", _air_series(row, prefix, source))
        one.add(row.at - LABEL_IS_END, {f: getattr(row.hour, f) for f in FACTORS})
        published.setdefault(one.identity, []).append(row.published_aqi)
    repeats = count_repeats(rejects, lambda r: f"{prefix}:{r.station_code}")  # type: ignore[attr-defined]
    differs = _published_differs(series, published)
    for identity, one in series.items():
        _check_air(one)
        one.findings += repeats.get(identity, [])
    return Reading(series, rejects, accepted, differs)


def _air_series(row: AirHour, prefix: str, source: str) -> Series:
    area = row.area.removesuffix("市")
    name = row.station_name if area in row.station_name else f"{area}{row.station_name}"
    return Series(
        identity=f"{prefix}:{row.station_code}",
        name_zh=name,
        lon=row.lon,
        lat=row.lat,
        properties={"source": source, "area": row.area, "code": row.station_code},
    )


def _check_air(one: Series) -> None:
    """Run the quality rules over a station's rows; doubted values are marked, not mended."""
    one.sort()
    columns, times = one.as_columns(), one.instants
    if len(times) < 2:
        return
    found = [finding for finding in check_station(times, columns) if is_of_note(finding)]
    for finding in found:
        if finding.code == "copied_column" and finding.start and finding.end:
            hit = _between(times, finding)
            for code in _doubtful(finding, columns, hit):
                one.suspect.setdefault(code, np.zeros(len(times), bool))[hit] = True
    one.findings = merge_spans(found)


def _between(times: np.ndarray, finding: Finding) -> np.ndarray:
    start, end = (
        np.datetime64(at.replace(tzinfo=None), "s") if at else times[0]
        for at in (finding.start, finding.end)
    )
    return (times >= start) & (times <= end)


def _doubtful(finding: Finding, columns: dict[str, np.ndarray], hit: np.ndarray) -> tuple[str, ...]:
    """Which of two equal columns is the copy: PM10 where PM2.5, a part of it, is greater; both
    where nothing tells."""
    if "pm10" in finding.series and "pm25" in columns:
        fine, coarse = columns["pm25"][hit], columns["pm10"][hit]
        if bool((fine > coarse + 1).any()):
            return ("pm10",)
    return finding.series


def _published_differs(
    series: dict[str, Series], published: dict[str, list[int | None]]
) -> list[Finding]:
    """How many published AQI of the file do not follow from the concentrations beside them."""
    times = np.concatenate([one.instants for one in series.values()]) if series else np.array([])
    if not len(times):
        return []
    columns = {f: np.concatenate([one.as_columns()[f] for one in series.values()]) for f in FACTORS}
    own = aqi_hourly({"time": times, **columns}).value
    given = [aqi for identity in series for aqi in published[identity]]
    known = np.array([-1 if aqi is None else aqi for aqi in given])
    compared = (known >= 0) & (own >= 0)
    wrong = int((compared & (own != known)).sum())
    if not wrong:
        return []
    start, end = (
        at.astype("datetime64[us]").item().replace(tzinfo=UTC) for at in (times.min(), times.max())
    )
    evidence = {"compared": int(compared.sum())}
    return [Finding("published_differs", (), start, end, wrong, evidence)]


def _read_weather(rows: Iterable[WeatherReading | Reject]) -> Reading:
    series: dict[str, Series] = {}
    marks: dict[str, dict[str, list[str | None]]] = {}
    rejects: list[Reject] = []
    accepted = 0
    for row in rows:
        if isinstance(row, Reject):
            rejects.append(row)
            continue
        accepted += 1
        identity = f"soda-weather:{row.station_code}"
        facts = {"source": "SODA 2015", "code": row.station_code}
        one = series.setdefault(identity, Series(identity, row.station_name, properties=facts))
        one.add(row.at, {code: getattr(row, name) for name, code in _WEATHER.items()})
        station = marks.setdefault(identity, {code: [] for code in _WEATHER.values()})
        for name, code in _WEATHER.items():
            station[code].append(MISSING_MARK if name in row.missing else None)
    repeats = count_repeats(rejects, lambda r: f"soda-weather:{r.station_code}")  # type: ignore[attr-defined]
    for identity, one in series.items():
        one.findings = merge_spans(find_missing_marks(one.instants, marks[identity]))
        one.findings += repeats.get(identity, [])
    return Reading(series, rejects, accepted)
