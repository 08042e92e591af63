"""Surface water: the class of every section by GB 3838 from its valid samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from ipudong.systems.environment.grid import (
    HourGrid,
    as_datetime,
    floor_hour,
)
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.models import WaterSection
from ipudong.systems.environment.queries.stations import WATER_STATION, Station, list_stations
from ipudong.systems.environment.water import (
    TrophicState,
    WaterAssessment,
    WaterExceedance,
    assess,
    exceedances,
    trophic_state,
)
from ipudong.systems.environment.water_tables import WaterClass
from ipudong.systems.environment.water_trend import Trend, mann_kendall

WATER_FACTORS: Final = (
    *("water_temperature", "ph", "do", "conductivity", "turbidity"),
    *("codmn", "nh3n", "tp", "tn", "chla"),
)
JUDGED_ITEMS: Final = ("ph", "do", "codmn", "nh3n", "tp")
FRESH: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its station and the class it must keep."""

    station: Station
    body: str
    target: WaterClass
    is_source: bool


@dataclass(frozen=True, slots=True)
class WaterSample:
    """One sampling of a section. `assessment` None: nothing valid to judge."""

    section: Section
    sampled_at: datetime
    values: Mapping[str, float | None]
    quality: Mapping[str, int]
    assessment: WaterAssessment | None
    exceedances: tuple[WaterExceedance, ...]

    @property
    def meets_target(self) -> bool | None:
        """Whether the class is the target or better."""
        return None if self.assessment is None else self.assessment.overall <= self.section.target


@dataclass(frozen=True, slots=True)
class WaterRow:
    """A section with its newest sample and the classes of the week before."""

    section: Section
    sample: WaterSample | None
    classes: tuple[int, ...]


def list_sections(*, imported: bool | None = None) -> list[Section]:
    """Sections in service; one whose class nobody set is judged as a river against class III."""
    facts = {row.thing_id: row for row in WaterSection.objects.all()}
    return [
        _section(station, facts.get(station.id))
        for station in list_stations(WATER_STATION, imported=imported)
    ]


def get_section(station: Station) -> Section:
    """The section of a water station."""
    return _section(station, WaterSection.objects.filter(pk=station.id).first())


def _section(station: Station, facts: WaterSection | None) -> Section:
    if facts is None:
        return Section(station, "river", WaterClass.III, is_source=False)
    return Section(station, facts.body, WaterClass(facts.target_class), facts.is_source)


def list_water(at: datetime) -> list[WaterRow]:
    """The live sections as of an instant: those that reported in the last two days judged."""
    sections = list_sections(imported=False)
    end = floor_hour(at) + timedelta(hours=1)
    stations = [section.station for section in sections]
    grid = read_hours(stations, WATER_FACTORS, end - timedelta(days=7), end)
    return [_row(grid, row, section, end) for row, section in enumerate(sections)]


def _row(grid: HourGrid, row: int, section: Section, end: datetime) -> WaterRow:
    samples = judge_samples(grid, row, section)
    classes = tuple(int(s.assessment.overall) for s in samples if s.assessment)
    fresh = samples and samples[-1].sampled_at >= end - FRESH
    return WaterRow(section, samples[-1] if fresh else None, classes)


def judge_samples(grid: HourGrid, row: int, section: Section) -> list[WaterSample]:
    """Every sample of a section in a grid, judged by its valid values, oldest first."""
    hours = np.flatnonzero(grid.received[row].any(axis=0))
    judged = grid.judged
    return [_sample(section, grid, row, int(hour), judged[row, :, hour].tolist()) for hour in hours]


def _sample(
    section: Section, grid: HourGrid, row: int, hour: int, judged: Sequence[float]
) -> WaterSample:
    values = dict(zip(grid.factors, judged, strict=True))
    return WaterSample(
        section=section,
        sampled_at=as_datetime(grid.begun[hour]),
        values={
            factor: float(value) if np.isfinite(value) else None
            for factor, value in zip(grid.factors, grid.values[row, :, hour], strict=True)
        },
        quality=dict(zip(grid.factors, grid.quality[row, :, hour].tolist(), strict=True)),
        assessment=assess(values, section.body),
        exceedances=tuple(exceedances(values, section.target, section.body)),
    )


@dataclass(frozen=True, slots=True)
class WaterHistory:
    """A section's samples over some days, the trend of each judged item, and a lake's state."""

    section: Section
    samples: tuple[WaterSample, ...]
    trends: Mapping[str, Trend]
    trophic: TrophicState | None


def get_water_history(section: Section, until: datetime, *, days: int = 30) -> WaterHistory:
    """The samples of the last `days` days of a section."""
    end = floor_hour(until) + timedelta(hours=1)
    grid = read_hours([section.station], WATER_FACTORS, end - timedelta(days=days), end)
    samples = judge_samples(grid, 0, section)
    judged = grid.columns(section.station.id)
    trends = {item: mann_kendall(grid.begun, judged[item]) for item in JUDGED_ITEMS}
    return WaterHistory(section, tuple(samples), trends, _trophic(section, judged))


def _trophic(section: Section, judged: Mapping[str, np.ndarray]) -> TrophicState | None:
    """State of a lake from the means of the period (GB 3838's lakes; TLI asks for chlorophyll)."""
    if section.body != "lake":
        return None
    means = {
        name: float(np.nanmean(column)) if np.isfinite(column).any() else None
        for name, column in judged.items()
    }
    chla = means["chla"]
    return trophic_state(
        {
            "chla_mg_m3": None if chla is None else chla * 1000,
            "tp_mg_l": means["tp"],
            "tn_mg_l": means["tn"],
            "codmn_mg_l": means["codmn"],
        }
    )
