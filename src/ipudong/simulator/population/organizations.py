"""The organizations of a district as Arrow batches, in the columns that the registry imports."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from ipudong.city.registry.identifiers import (
    credit_check_character,
    organization_check_character,
)
from ipudong.simulator.population.names import draw_names
from ipudong.simulator.population.people import ROADS, Area

BATCH_ROWS: Final = 50_000
DIVISION: Final = "310199"
WORDS: Final = tuple("示样演模试数智联推仿虚浦江海申沪东方明珠华天瑞恒盛鑫达通远泰安和信德美佳源宏")
# Trade, its class in GB/T 4754, and its share.
TRADES: Final = (
    *(("信息技术", "I65", 0.14), ("餐饮管理", "H62", 0.12), ("贸易", "F51", 0.22)),
    *(("物流", "G59", 0.08), ("建筑工程", "E47", 0.08), ("机械制造", "C34", 0.08)),
    *(("商务咨询", "L72", 0.16), ("教育科技", "P83", 0.05), ("医疗器械", "C35", 0.07)),
)
_BUSINESS_SHARE, _BRANCH_SHARE = 0.3, 0.06
SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("credit_code", "name", "kind", "status", "industry")),
        ("capital", pa.float64()),
        ("founded_on", pa.date32()),
        *((name, pa.string()) for name in ("authority", "representative_name", "phone")),
        *((name, pa.string()) for name in ("address", "address_code", "place", "parent")),
    ]
)


def draw_organizations(
    count: int, areas: Sequence[Area], *, today: dt.date, seed: int
) -> Iterator[pa.RecordBatch]:
    """Batches of `count` organizations; branches name the credit code of an earlier one."""
    rng = np.random.default_rng((seed, 2))
    for start in range(0, count, BATCH_ROWS):
        yield _draw_batch(range(start, min(start + BATCH_ROWS, count)), areas, today, rng)


def credit_code(sequence: int, kind: str) -> str:
    """A credit code of the demonstration: division 310199, organization code from `sequence`."""
    body = f"DM{sequence:06d}"
    first = f"9{'2' if kind == 'business' else '1'}{DIVISION}{body}"
    first += organization_check_character(body)
    return first + credit_check_character(first)


def _draw_batch(
    rows: range, areas: Sequence[Area], today: dt.date, rng: np.random.Generator
) -> pa.RecordBatch:
    count = len(rows)
    weights = np.array([area.weight for area in areas])
    area = rng.choice(len(areas), size=count, p=weights / weights.sum())
    trade = rng.choice(len(TRADES), size=count, p=[share for _, _, share in TRADES])
    kinds = [_kind_of(number) for number in rows]
    founded = np.datetime64(today) - (rng.random(count) ** 2 * 11_000).astype("timedelta64[D]")
    columns = {
        "credit_code": [credit_code(n, kind) for n, kind in zip(rows, kinds, strict=True)],
        "name": [_name_of(n, TRADES[t][0]) for n, t in zip(rows, trade, strict=True)],
        "kind": kinds,
        "status": rng.choice(
            ["in_operation", "abnormal", "revoked", "canceled"],
            size=count,
            p=[0.9, 0.04, 0.03, 0.03],
        ),
        "industry": [TRADES[t][1] for t in trade],
        "capital": np.round(10 ** rng.uniform(0.5, 4.5, count), 2),
        "founded_on": founded.astype("datetime64[D]"),
        "authority": ["浦东新区市场监督管理局（演示）"] * count,
        "representative_name": draw_names(rng.random(count) < 0.6, rng),
        "phone": [f"021000{n:06d}" for n in rows],
        "address": [_address_of(n, areas[a]) for n, a in zip(rows, area, strict=True)],
        "address_code": [f"DO{n:08d}" for n in rows],
        "place": [areas[a].code for a in area],
        "parent": [_parent_of(n, kind) for n, kind in zip(rows, kinds, strict=True)],
    }
    arrays = [pa.array(columns[field.name], type=field.type) for field in SCHEMA]
    return pa.record_batch(arrays, schema=SCHEMA)


def _kind_of(number: int) -> str:
    """By the number itself, so that a branch can name a parent drawn in another batch."""
    share = number * 0.6180339887498949 % 1
    if number and share < _BRANCH_SHARE:
        return "branch"
    return "business" if share > 1 - _BUSINESS_SHARE else "enterprise"


def _parent_of(number: int, kind: str) -> str:
    if kind != "branch":
        return ""
    parent = next(n for n in range(number // 2, -1, -1) if _kind_of(n) == "enterprise")
    return credit_code(parent, "enterprise")


def _name_of(number: int, trade: str) -> str:
    size = len(WORDS)
    word = WORDS[number % size] + WORDS[number // size % size]
    word += WORDS[number // size**2 % size] + (
        WORDS[number // size**3 % size] * (number >= size**3)
    )
    kind = _kind_of(number)
    if kind == "business":
        return f"上海市浦东新区{word}{trade}商行"
    return f"上海{word}{trade}有限公司" + ("浦东分公司" if kind == "branch" else "")


def _address_of(number: int, area: Area) -> str:
    road = ROADS[number % len(ROADS)]
    return f"浦东新区{area.name}{road}{number // 12 % 1999 + 1}号{number % 30 + 1}楼"
