"""The month's emission report from the hourly data."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import numpy as np

from ipudong.systems.environment.devices import (
    CONVERTED_FACTORS,
    FLUE_FACTORS,
    WASTEWATER_FACTORS,
)
from ipudong.systems.environment.emission import MonthRow, month_bounds, month_row
from ipudong.systems.environment.emission_conversions import (
    gas_mass_kg_h,
    water_mass_kg,
    water_volume_m3,
)
from ipudong.systems.environment.emission_tables import EmissionLimit
from ipudong.systems.environment.grid import HourGrid, floor_hour
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.models import OutletLimit
from ipudong.systems.environment.properties import unit_sign
from ipudong.systems.environment.queries.emission import (
    OutletStation,
    hour_series,
    list_factors,
    list_outlets,
    stopped_hours,
)
from ipudong.systems.environment.report import Bilingual, MonthlyReport, Outlet

DISTRICT: Final = Bilingual("浦东新区", "Pudong New Area")
DEPARTMENT: Final = Bilingual("区环保局", "Environmental Protection Bureau")
# The report names factors by their HJ 212 code, whatever property the district keeps them under.
_CODES: Final[Mapping[str, str]] = {
    **{code: factor for factor, code in FLUE_FACTORS.items()},
    **{code: factor for factor, code in CONVERTED_FACTORS.items()},
    **{code: factor for factor, code in WASTEWATER_FACTORS.items()},
}
# Mass follows from the measured concentration, not from the converted one.
_MEASURED: Final = {CONVERTED_FACTORS[f]: FLUE_FACTORS[f] for f in CONVERTED_FACTORS}
HOUR_S: Final = 3600.0


def build_report(year: int, month: int, *, now: datetime) -> MonthlyReport:
    """What every outlet emitted in a month, up to `now` where the month is not over."""
    start, end = month_bounds(year, month)
    end = min(end, floor_hour(now))
    outlets = list_outlets(min(date(year, month, 28), now.date()))
    flows = ("flue_flow", "wastewater_flow")
    factors = {*list_factors(outlets), *_MEASURED.values(), *flows}
    grid = read_hours([one.station for one in outlets], sorted(factors), start, end)
    return MonthlyReport(
        district=DISTRICT,
        department=DEPARTMENT,
        year=year,
        month=month,
        made_at=now,
        outlets=tuple(_outlet(one) for one in outlets),
        rows=tuple(_row(grid, one, limit, year, month) for one in outlets for limit in one.limits),
    )


def _outlet(one: OutletStation) -> Outlet:
    return Outlet(
        code=str(one.station.id),
        name=Bilingual(one.station.name_zh, one.station.name_en or one.station.name_zh),
        enterprise=Bilingual(one.organization_zh, one.organization_en or one.organization_zh),
    )


def _row(grid: HourGrid, one: OutletStation, limit: OutletLimit, year: int, month: int) -> MonthRow:
    factor = limit.observed_property_id
    series = hour_series(grid, one.station.id, factor)
    return month_row(
        str(one.station.id),
        series,
        EmissionLimit(
            factor=_CODES[factor],
            upper=limit.upper,
            unit=unit_sign(limit.unit),
            basis=limit.basis,
            averaging=limit.averaging,
            lower=limit.lower,
            reference_oxygen_percent=one.reference_o2_pct,
        ),
        year,
        month,
        mass_kg_h=_mass(grid, one, factor, series.times),
        exempt=stopped_hours(grid, one.station.id, factor),
    )


def _mass(grid: HourGrid, one: OutletStation, factor: str, times: np.ndarray) -> np.ndarray | None:
    """Kilograms of each hour; None for what has no mass (pH)."""
    if factor == "ph":
        return None
    columns = grid.columns(one.station.id)
    rows = np.searchsorted(grid.begun, times)
    concentration = columns[_MEASURED.get(factor, factor)][rows]
    if one.kind == "flue":
        flow_m3_h = columns["flue_flow"][rows] * HOUR_S
        return np.asarray(gas_mass_kg_h(concentration, flow_m3_h))
    volume = water_volume_m3(columns["wastewater_flow"][rows], HOUR_S)
    return np.asarray(water_mass_kg(concentration, volume))
