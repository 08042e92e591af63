"""How the marks of plan task 10 are measured, and the system's own transmission indicator."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ipudong.city.plan.indicators import Indicator, Measurement, NotMeasured, Record
from ipudong.city.sensing.models import Alarm
from ipudong.systems.environment import required
from ipudong.systems.environment.air_tables import china_date
from ipudong.systems.environment.devices import IMPORTED, SYSTEM_NAME
from ipudong.systems.environment.grid import floor_hour
from ipudong.systems.environment.history import read_hours
from ipudong.systems.environment.pages.shell import in_language
from ipudong.systems.environment.properties import PROPERTY_ROWS
from ipudong.systems.environment.queries.emission import (
    RATE_DAYS,
    get_emission_overview,
    list_outlets,
)
from ipudong.systems.environment.queries.stations import (
    AIR_STATION,
    EMISSION_OUTLET,
    WATER_STATION,
    Station,
    list_stations,
)
from ipudong.systems.environment.queries.water import list_sections

DAY: Final = timedelta(days=1)
ALARM_DAYS: Final = 30
IN_TIME: Final = timedelta(minutes=30)
_PAGES: Final = {
    AIR_STATION: "environment:air_station",
    WATER_STATION: "environment:water_section",
    EMISSION_OUTLET: "environment:outlet",
}


@dataclass(frozen=True, slots=True)
class Required:
    """A factor a station must measure, and how much of the last day it did."""

    station: Station
    factor: str
    expected: int
    valid: int

    @property
    def share(self) -> float:
        """Valid of the expected hourly values."""
        return self.valid / self.expected if self.expected else 0.0

    @property
    def counted(self) -> bool:
        """Whether that is enough."""
        return self.share >= required.HOURS_NEEDED


def list_required(as_of: datetime) -> list[Required]:
    """Every required factor of every station that had been registered, over the 24 whole hours
    before `as_of`. Stations known only from files owe nothing."""
    needs = [pair for pair in _needs(as_of) if pair[1]]
    end = floor_hour(as_of)
    factors = sorted({factor for _station, wanted in needs for factor in wanted})
    grid = read_hours([station for station, _wanted in needs], factors, end - DAY, end)
    valid = grid.valid.sum(axis=2)
    return [
        Required(station, factor, _expected(station), int(valid[row, factors.index(factor)]))
        for row, (station, wanted) in enumerate(needs)
        for factor in wanted
    ]


def _expected(station: Station) -> int:
    return 24 if station.reports_hourly else int(DAY.total_seconds() // station.expected_interval_s)


def _needs(as_of: datetime) -> Iterator[tuple[Station, tuple[str, ...]]]:
    for station in list_stations(AIR_STATION, imported=False):
        yield station, required.AIR
    for section in list_sections(imported=False):
        yield section.station, required.LAKE if section.body == "lake" else required.RIVER
    for outlet in list_outlets(china_date(as_of)):
        limited = tuple(row.observed_property_id for row in outlet.limits)
        base = required.FLUE if outlet.kind == "flue" else (*required.WASTEWATER, *limited)
        yield outlet.station, tuple(dict.fromkeys(base))


def measure_factors(as_of: datetime) -> Measurement | NotMeasured:
    """Share of the required factors with valid data."""
    rows = list_required(as_of)
    if not rows:
        return NotMeasured(_("No monitoring station is registered."))
    if not any(row.valid for row in rows):
        return NotMeasured(_("No station sent valid data in the 24 hours before."))
    good = sum(row.counted for row in rows)
    simulated = sum(row.station.simulated for row in rows)
    return Measurement(
        value=100 * good / len(rows),
        numerator=good,
        denominator=len(rows),
        unit="percent",
        measured_at=floor_hour(as_of),
        note=_simulated_note(simulated, len(rows)),
    )


def _simulated_note(simulated: int, total: int) -> str:
    if not simulated:
        return ""
    return gettext("%(simulated)s of %(total)s are simulated stations of the demonstration.") % {
        "simulated": simulated,
        "total": total,
    }


def record_factors(as_of: datetime) -> Iterable[Record]:
    """Station by factor with its valid share; those that fail first."""
    for row in sorted(list_required(as_of), key=lambda one: (one.share, one.station.id)):
        yield Record(
            label=f"{row.station.name} · {in_language(PROPERTY_ROWS[row.factor])}",
            detail=gettext("%(valid)s of %(expected)s hourly values valid (%(share)s %%)")
            % {
                "valid": row.valid,
                "expected": row.expected,
                "share": number_format(100 * row.share, 1),
            },
            url=reverse(_PAGES[row.station.kind], args=[row.station.id]),
            counted=row.counted,
        )


def _alarms(as_of: datetime) -> list[Alarm]:
    """Alarms of the last thirty days that were seen in time or had their time."""
    noticed = Alarm.objects.filter(
        thing__system=SYSTEM_NAME, noticed_at__gt=as_of - timedelta(days=ALARM_DAYS)
    ).exclude(thing__protocol=IMPORTED)
    rows = noticed.filter(noticed_at__lte=as_of).select_related("rule", "thing")
    return [
        alarm
        for alarm in rows.defer("thing__credential")
        if _was_seen(alarm, as_of) or alarm.noticed_at <= as_of - IN_TIME
    ]


def _was_seen(alarm: Alarm, as_of: datetime) -> bool:
    """Whether it was acknowledged within thirty minutes, as known at that instant."""
    seen_at = alarm.acknowledged_at
    return seen_at is not None and seen_at <= as_of and seen_at - alarm.noticed_at <= IN_TIME


def measure_alarms(as_of: datetime) -> Measurement | NotMeasured:
    """Share of the alarms acknowledged within thirty minutes."""
    alarms = _alarms(as_of)
    if not alarms:
        return NotMeasured(_("No environment alarm was due in the last 30 days."))
    seen = sum(_was_seen(alarm, as_of) for alarm in alarms)
    simulated = sum(alarm.thing.simulated for alarm in alarms)
    return Measurement(
        value=100 * seen / len(alarms),
        numerator=seen,
        denominator=len(alarms),
        unit="percent",
        measured_at=as_of,
        note=_simulated_note(simulated, len(alarms)),
    )


def record_alarms(as_of: datetime) -> Iterable[Record]:
    """The alarms, newest first, with the time they waited."""
    for alarm in _alarms(as_of):
        seen_at = alarm.acknowledged_at
        waited = (
            None if seen_at is None else int((seen_at - alarm.noticed_at).total_seconds() // 60)
        )
        yield Record(
            label=f"{alarm.thing.name} · {alarm.rule.name}",
            detail=gettext("not acknowledged")
            if waited is None
            else gettext("acknowledged after %(minutes)s minutes") % {"minutes": waited},
            url=reverse("portal:alarm", args=[alarm.pk]),
            counted=_was_seen(alarm, as_of),
        )


def measure_transmission(as_of: datetime) -> Measurement | NotMeasured:
    """Transmission effective rate of all outlets over seven days."""
    rate = get_emission_overview(as_of).rate
    if rate.effective is None:
        return NotMeasured(_("No outlet owes hourly data."))
    if not rate.received:
        return NotMeasured(_("No outlet sent anything in seven days."))
    return Measurement(
        value=100 * rate.effective,
        numerator=rate.valid,
        denominator=rate.should,
        unit="percent",
        measured_at=floor_hour(as_of),
    )


def record_transmission(as_of: datetime) -> Iterable[Record]:
    """The outlets with their rates; whether each reaches the 90 % HJ 212's users ask for is not
    judged here."""
    for row in get_emission_overview(as_of).rows:
        share = row.rate.effective
        yield Record(
            label=row.outlet.station.name,
            detail=f"{row.rate.valid} / {row.rate.should}"
            + ("" if share is None else f" ({number_format(100 * share, 1)} %)"),
            url=reverse("environment:outlet", args=[row.outlet.station.id]),
        )


INDICATORS: Final = (
    Indicator(
        code="environment.factors_with_valid_data",
        mark="10.1",
        title=_("Standard factors monitored with valid data"),
        unit="percent",
        definition_zh="国家标准要求监测的因子（站点×因子）中，最近24个整点小时有效数据不少于应有"
        "数据六分之五（24小时中20小时）的比例。要求的因子：环境空气6项（GB 3095表1）；河流9项、"
        "湖库11项（HJ 915）；废气8项（HJ 75）；废水为流量、pH、化学需氧量、氨氮"
        "及有限值的其他因子（HJ 353）。",
        definition_en="Of the factors national standards require (station by factor), those with "
        "at least five sixths (20 of 24) of the expected hourly values valid in the last 24 whole "
        "hours. Required: air six (GB 3095 table 1); rivers nine, lakes eleven (HJ 915); flue gas "
        "eight (HJ 75); waste water flow, pH, COD, ammonia and whatever has a limit (HJ 353).",
        numerator=_("factors with valid data"),
        denominator=_("factors the standards require"),
        measure=measure_factors,
        records=record_factors,
    ),
    Indicator(
        code="environment.alarms_acknowledged_in_time",
        mark="10.2",
        title=_("Environment alarms acknowledged in time"),
        unit="percent",
        definition_zh="最近30天发现的环境告警中，发现后30分钟内确认的比例；发现未满30分钟且尚未确认的不计入。",
        definition_en="Of the environment alarms noticed in the last 30 days, those acknowledged "
        "within 30 minutes of being noticed; an alarm noticed less than 30 minutes ago and not yet "
        "acknowledged does not count.",
        numerator=_("alarms acknowledged within 30 minutes"),
        denominator=_("alarms noticed"),
        measure=measure_alarms,
        records=record_alarms,
    ),
    Indicator(
        code="environment.transmission_effective_rate",
        title=_("Transmission effective rate of emission outlets"),
        unit="percent",
        definition_zh=f"传输有效率 = 传输率 × 有效率，最近{RATE_DAYS}天全部排放口有限值因子的"
        "小时数据；停产时段不计入应传。",
        definition_en=f"Transmission rate times validity rate of the hourly data of every limited "
        f"factor at every outlet over {RATE_DAYS} days; hours of a reported stop are not owed.",
        numerator=_("valid hourly values"),
        denominator=_("hourly values owed"),
        measure=measure_transmission,
        records=record_transmission,
    ),
)
