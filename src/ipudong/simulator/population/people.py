"""The persons of a district as Arrow batches, in the columns that the registry imports."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ipudong.simulator.population.ages import ages_on, draw_birth_days
from ipudong.simulator.population.households import draw_households
from ipudong.simulator.population.names import FOREIGN, draw_names
from ipudong.simulator.population.numbers import ELSEWHERE, HERE, citizen_numbers

BATCH_ROWS: Final = 100_000
KIND_SHARES: Final = {"resident": 0.555, "staying": 0.43, "visiting": 0.015}
ROADS: Final = (
    *("示范一路", "示范二路", "样例路", "演示大道", "模拟路", "试行路", "数据路", "智慧路"),
    *("联调路", "推演路", "仿真路", "虚拟大道"),
)
_HAN: Final = 0.985
_ETHNICITIES: Final = np.array(["03", "11", "15", "05", "02", "06"])
SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("kind", "document_kind", "document_number", "name")),
        ("sex", pa.string()),
        ("born_on", pa.date32()),
        *((name, pa.string()) for name in ("nationality", "ethnicity", "phone")),
        *((name, pa.string()) for name in ("registered_division", "address", "address_code")),
        *((name, pa.string()) for name in ("place", "household_number", "relation")),
        ("house_relation", pa.string()),
        ("since_on", pa.date32()),
    ]
)


@dataclass(frozen=True)
class Area:
    """A subdistrict or town: code, name and its share of the people."""

    code: str
    name: str
    weight: float


def draw_people(
    count: int, households: int, areas: Sequence[Area], *, today: dt.date, seed: int
) -> Iterator[pa.RecordBatch]:
    """Batches of `count` persons in `households` households, household by household."""
    rng = np.random.default_rng(seed)
    birth_days = draw_birth_days(count, today, rng)
    is_male = rng.random(count) < 0.51
    drawn = draw_households(ages_on(birth_days, today), is_male, households, rng)
    order = drawn.order
    birth_days, is_male = birth_days[order], is_male[order]
    kinds = _draw_kinds(drawn.household, rng)
    division = _draw_divisions(kinds, rng)
    numbers = citizen_numbers(division, birth_days, is_male)
    weights = np.array([area.weight for area in areas])
    homes = int(drawn.household.max()) + 1 if count else 0
    area_of = rng.choice(len(areas), size=homes, p=weights / weights.sum())
    since = _draw_since(birth_days, today, rng)
    for start in range(0, count, BATCH_ROWS):
        cut = slice(start, min(start + BATCH_ROWS, count))
        home = drawn.household[cut]
        columns = {
            **_document_columns(kinds[cut], numbers[cut], start),
            "name": _names(kinds[cut], is_male[cut], rng),
            "sex": np.where(is_male[cut], "1", "2"),
            "born_on": birth_days[cut].astype("datetime64[D]"),
            **_group_columns(kinds[cut], rng),
            "phone": [f"100{n:08d}" for n in range(start, cut.stop)],
            "registered_division": division[cut].astype(str),
            **_home_columns(home, area_of[home], areas),
            "relation": drawn.relation[cut],
            "house_relation": np.where(kinds[cut] == "resident", "owner", "tenant"),
            "since_on": since[cut].astype("datetime64[D]"),
        }
        yield pa.record_batch([_array(columns, field) for field in SCHEMA], schema=SCHEMA)


def _array(columns: dict[str, Any], field: pa.Field) -> pa.Array:
    return pa.array(columns[field.name], type=field.type)


def _draw_kinds(household: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.str_]:
    """A kind for each household: families register, stay or visit together."""
    homes = int(household.max()) + 1 if len(household) else 0
    kinds = np.array([*KIND_SHARES])
    return kinds[rng.choice(len(kinds), size=homes, p=[*KIND_SHARES.values()])][household]


def _draw_divisions(kinds: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.int64]:
    away = rng.choice(np.array(ELSEWHERE), size=len(kinds))
    return np.where(kinds == "resident", HERE, away).astype(np.int64)


def _draw_since(
    birth_days: NDArray[np.int64], today: dt.date, rng: np.random.Generator
) -> NDArray[np.int64]:
    newest = (today - dt.date(1970, 1, 1)).days
    return np.maximum(birth_days, newest - (rng.random(len(birth_days)) * 9000).astype(np.int64))


def _document_columns(
    kinds: NDArray[np.str_], numbers: NDArray[np.str_], start: int
) -> dict[str, Any]:
    visiting = kinds == "visiting"
    passports = np.array([f"ZZ{n:07d}" for n in range(start, start + len(kinds))])
    return {
        "kind": kinds,
        "document_kind": np.where(visiting, "foreign_passport", "citizen"),
        "document_number": np.where(visiting, passports, numbers),
    }


def _names(
    kinds: NDArray[np.str_], is_male: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.object_]:
    names = draw_names(is_male, rng)
    visiting = kinds == "visiting"
    names[visiting] = rng.choice(np.array(FOREIGN, dtype=object), size=int(visiting.sum()))
    return names


def _group_columns(kinds: NDArray[np.str_], rng: np.random.Generator) -> dict[str, Any]:
    visiting = kinds == "visiting"
    others = rng.choice(_ETHNICITIES, size=len(kinds))
    ethnicity = np.where(rng.random(len(kinds)) < _HAN, "01", others)
    return {
        "nationality": np.where(visiting, rng.choice(["USA", "JPN", "KOR", "DEU"]), "CHN"),
        "ethnicity": np.where(visiting, "", ethnicity),
    }


def _home_columns(
    home: NDArray[np.int64], area: NDArray[np.int64], areas: Sequence[Area]
) -> dict[str, list[str]]:
    """Addresses and numbers of the households, each written once for its members."""
    homes, members = np.unique(home, return_inverse=True)
    first = np.searchsorted(home, homes)
    at = [areas[index] for index in area[first]]
    addresses = [_address_of(number, row) for number, row in zip(homes.tolist(), at, strict=True)]
    return {
        "address": [addresses[index] for index in members],
        "address_code": [f"D{home:09d}" for home in homes[members].tolist()],
        "place": [at[index].code for index in members],
        "household_number": [f"DM{home:09d}" for home in homes[members].tolist()],
    }


def _address_of(home: int, area: Area) -> str:
    road = ROADS[home % len(ROADS)]
    lane, house = home // 12 % 997 + 1, home // 11964 % 60 + 1
    room = (home // 60 % 24 + 1) * 100 + home % 4 + 1
    return f"浦东新区{area.name}{road}{lane}弄{house}号{room}室"
