"""Real published records as what a station would send: for the simulator's `--replay`.

The stations have identities of their own. `ipudong setup --replay-stations FOLDER` makes them known
(`replay_stations`); otherwise they arrive as strangers that a person adopts, like any other.
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from ipudong.systems.environment.readers.air_records import AirHour
from ipudong.systems.environment.readers.cnemc_air import read_cnemc_air
from ipudong.systems.environment.readers.cnemc_water import WaterReading, read_cnemc_water_csv
from ipudong.systems.environment.readers.rows import Reject
from ipudong.systems.environment.readers.soda import read_soda_air
from ipudong.systems.environment.simulation.readings import COMMANDS, HOUR, Fields
from ipudong.systems.environment.simulation.stations import (
    AIR,
    AIR_INTERVALS_S,
    SYSTEM_TYPES,
    WATER,
    WATER_INTERVALS_S,
    Station,
)

Upload = tuple[Station, str, datetime, dict[str, Fields]]

SODA, CNEMC = "SODA 2015", "CNEMC"
SODA_FILES: Final = (("transit/soda2015/environment", "air.txt"),)
CNEMC_FILES: Final = (("environment", "cnemc_hourly_*.xml"),)
WATER_FILES: Final = (("environment", "water_quality_shanghai_*.csv"),)
CITY: Final = "上海市"
_AIR_CODES: Final = {
    "pm25": "a34004",
    "pm10": "a34002",
    "so2": "a21026",
    "no2": "a21004",
    "co": "a21005",
    "o3": "a05024",
}
_WATER_CODES: Final = {
    "water_temperature": "w01010",
    "ph": "w01001",
    "do": "w01009",
    "conductivity": "w01014",
    "turbidity": "w01003",
    "codmn": "w01019",
    "nh3n": "w21003",
    "tp": "w21011",
    "tn": "w21001",
    "chla": "w01016",
}


def replay(folder: Path) -> Iterator[Upload]:
    """(station, command, beginning of the hour, fields) of the real records under a data folder.

    Air of Shanghai 2014 and 2019, water of Shanghai 2021. Files that are not there are passed over;
    rows a reader rejects are not sent.
    """
    for path in _find(folder, SODA_FILES):
        yield from _read(path, read_soda_air, partial(_air, source=SODA))
    for path in _find(folder, CNEMC_FILES):
        yield from _read(path, read_cnemc_air, partial(_air, source=CNEMC))
    for path in _find(folder, WATER_FILES):
        year = int(path.stem.rpartition("_")[2][:4])
        yield from _read(path, partial(read_cnemc_water_csv, year=year), _water)


def replay_stations(folder: Path) -> list[Station]:
    """The stations whose records `replay` sends, each once."""
    return list({station.mn: station for station, *_ in replay(folder)}.values())


def _find(folder: Path, files: tuple[tuple[str, str], ...]) -> list[Path]:
    return [path for below, name in files for path in sorted((folder / below).glob(name))]


def _read(
    path: Path,
    reader: Callable[[BinaryIO], Iterator[object]],
    convert: Callable[[object], Upload | None],
) -> Iterator[Upload]:
    with path.open("rb") as stream:
        for row in reader(stream):
            upload = None if isinstance(row, Reject) else convert(row)
            if upload is not None:
                yield upload


def _air(row: object, *, source: str) -> Upload | None:
    """An hour of Shanghai; a published hour is named by its end."""
    if not isinstance(row, AirHour) or row.area != CITY:
        return None
    key, place = f"{row.area}/{row.station_code}", (row.lon, row.lat)
    station = _station(AIR, key, row.station_name, place, source)
    values = {code: getattr(row.hour, name) for name, code in _AIR_CODES.items()}
    return station, COMMANDS[HOUR], row.at - timedelta(hours=1), _fields(values)


def _water(row: object) -> Upload | None:
    if not isinstance(row, WaterReading):
        return None
    station = _station(WATER, f"{row.province}/{row.section}", row.section, (None, None), CNEMC)
    values = {code: row.values.get(name) for name, code in _WATER_CODES.items()}
    return station, COMMANDS[HOUR], row.at, _fields(values)


def _fields(values: dict[str, float | None]) -> dict[str, Fields]:
    return {
        code: {"Avg": value, "Flag": "N"} for code, value in values.items() if value is not None
    }


def _station(
    kind: str, key: str, name: str, place: tuple[float | None, float | None], source: str
) -> Station:
    digest = hashlib.blake2b(f"replay/{kind}/{key}".encode(), digest_size=12).digest()
    codes = _AIR_CODES if kind == AIR else _WATER_CODES
    return Station(
        kind=kind,
        mn=digest.hex().upper(),
        password=f"{int.from_bytes(digest[:4], 'big') % 1_000_000:06d}",
        st=SYSTEM_TYPES[kind],
        name_zh=name,
        name_en=name,
        lon=place[0] or 0.0,
        lat=place[1] or 0.0,
        factors=tuple(codes.values()),
        intervals_s=AIR_INTERVALS_S if kind == AIR else WATER_INTERVALS_S,
        seed=0,
        organization_zh=source,
        organization_en=source,
    )
