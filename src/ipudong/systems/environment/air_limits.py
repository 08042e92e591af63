"""GB 3095 concentration limits of its editions, by the day they apply."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class AirStandard:
    """One set of limits: (factor, averaging) -> (grade 1, grade 2), µg/m³, CO mg/m³.

    Averagings: `year`, `day` (24 h), `hour` (1 h) and for ozone `8h` (daily maximum 8 h mean).
    """

    code: str
    in_force_on: date
    limits: Mapping[tuple[str, str], tuple[float, float]]

    def get_limit(self, factor: str, averaging: str, grade: int = 2) -> float:
        """The limit; KeyError where the standard sets none (there is no yearly one for CO)."""
        return self.limits[factor, averaging][grade - 1]


_SHARED = {
    ("no2", "hour"): (200.0, 200.0),
    ("co", "day"): (4.0, 4.0),
    ("co", "hour"): (10.0, 10.0),
    ("o3", "8h"): (100.0, 160.0),
    ("o3", "hour"): (160.0, 200.0),
}
_SO2_NO2_BEFORE_2031 = {
    ("so2", "year"): (20.0, 60.0),
    ("so2", "day"): (50.0, 150.0),
    ("so2", "hour"): (150.0, 500.0),
    ("no2", "year"): (40.0, 40.0),
    ("no2", "day"): (80.0, 80.0),
}

GB_3095_2012 = AirStandard(
    "GB 3095-2012",
    date(2012, 2, 29),
    MappingProxyType(
        _SHARED
        | _SO2_NO2_BEFORE_2031
        | {
            ("pm10", "year"): (40.0, 70.0),
            ("pm10", "day"): (50.0, 150.0),
            ("pm25", "year"): (15.0, 35.0),
            ("pm25", "day"): (35.0, 75.0),
        }
    ),
)

GB_3095_2026_TRANSITION = AirStandard(
    "GB 3095-2026 (to 2030-12-31)",
    date(2026, 3, 1),
    MappingProxyType(
        _SHARED
        | _SO2_NO2_BEFORE_2031
        | {
            ("pm10", "year"): (40.0, 60.0),
            ("pm10", "day"): (50.0, 120.0),
            ("pm25", "year"): (15.0, 30.0),
            ("pm25", "day"): (35.0, 60.0),
        }
    ),
)

GB_3095_2026 = AirStandard(
    "GB 3095-2026",
    date(2031, 1, 1),
    MappingProxyType(
        _SHARED
        | {
            ("so2", "year"): (20.0, 20.0),
            ("so2", "day"): (50.0, 50.0),
            ("so2", "hour"): (150.0, 150.0),
            ("no2", "year"): (30.0, 30.0),
            ("no2", "day"): (50.0, 50.0),
            ("pm10", "year"): (20.0, 50.0),
            ("pm10", "day"): (50.0, 100.0),
            ("pm25", "year"): (10.0, 25.0),
            ("pm25", "day"): (25.0, 50.0),
        }
    ),
)

AIR_STANDARDS = (GB_3095_2012, GB_3095_2026_TRANSITION, GB_3095_2026)


def get_air_standard(on: date) -> AirStandard:
    """The limits in force on a China Standard Time day; the first set also serves earlier days."""
    in_force = (one for one in reversed(AIR_STANDARDS) if on >= one.in_force_on)
    return next(in_force, AIR_STANDARDS[0])
