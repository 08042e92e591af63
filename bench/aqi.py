"""AQI station-hours a second: columns, beside the readable form and aqi-hub, in one run.

Run alone: `python bench/aqi.py`. The last line is JSON. aqi-hub answers the same question for the
2026 edition without rounding concentrations; its 24 h table of sulfur dioxide is wrong, which the
hourly index does not touch.
"""

import json
import platform
import time
from collections.abc import Callable
from datetime import UTC

import numpy as np
from aqi_hub.aqi_cn.aqi import cal_aqi_cn

from ipudong.systems.environment.air_tables import FACTORS, china_date, get_edition
from ipudong.systems.environment.aqi import Concentrations, hourly_aqi
from ipudong.systems.environment.aqi_columns import aqi_hourly

COLUMN_ROWS = 2_000_000
ROW_ROWS = 20_000
TYPICAL = {"so2": 8, "no2": 30, "co": 0.6, "o3": 70, "pm10": 60, "pm25": 35}


def make_columns(rows: int) -> dict[str, np.ndarray]:
    """Plausible hours around the change of editions, one in fifty values missing."""
    random = np.random.default_rng(20260301)
    columns = {f: random.gamma(2.0, TYPICAL[f] / 2, rows) for f in FACTORS}
    for column in columns.values():
        column[random.random(rows) < 0.02] = np.nan
    hours = np.arange(rows) // 1000
    return columns | {"time": np.datetime64("2026-01-01", "s") + hours.astype("timedelta64[h]")}


def best_rate(rows: int, work: Callable[[], object], repeats: int = 3) -> float:
    """Rows a second of the best of a few runs."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return rows / min(times)


def scalar(rows: list[tuple]) -> list[int | None]:
    return [hourly_aqi(Concentrations(*v), get_edition(china_date(at))).value for at, *v in rows]


def second_opinion(rows: list[dict[str, float]]) -> list[int | None]:
    return [cal_aqi_cn(**row)[0] for row in rows]


def main() -> None:
    columns = make_columns(COLUMN_ROWS)
    vectorized = best_rate(COLUMN_ROWS, lambda: aqi_hourly(columns))

    complete = np.flatnonzero(np.all([np.isfinite(columns[f]) for f in FACTORS], axis=0))[:ROW_ROWS]
    instants = [t.item().replace(tzinfo=UTC) for t in columns["time"][complete]]
    values = np.stack([columns[f][complete] for f in FACTORS], axis=1).tolist()
    rows = [(at, *v) for at, v in zip(instants, values, strict=True)]
    assert aqi_hourly({n: c[complete] for n, c in columns.items()}).value.tolist() == scalar(rows)
    readable = best_rate(ROW_ROWS, lambda: scalar(rows))
    named = [dict(zip(FACTORS, v, strict=True)) for v in values]
    other = best_rate(ROW_ROWS, lambda: second_opinion(named))

    print(f"columns   {vectorized:14,.0f} station-hours/s  (numpy {np.__version__}, one core)")
    print(f"readable  {readable:14,.0f} station-hours/s  columns are {vectorized / readable:,.0f}x")
    print(f"aqi-hub   {other:14,.0f} station-hours/s  columns are {vectorized / other:,.0f}x")
    figures = {
        "station_hours_per_s": round(vectorized),
        "scalar_station_hours_per_s": round(readable),
        "aqi_hub_station_hours_per_s": round(other),
        "ratio_to_scalar": round(vectorized / readable, 1),
        "ratio_to_aqi_hub": round(vectorized / other, 1),
        "python": platform.python_version(),
    }
    ratio = round(vectorized / readable, 1)
    print(json.dumps({"bench": "aqi", "figures": figures, "ratio": ratio}))


if __name__ == "__main__":
    main()
