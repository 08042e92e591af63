"""Charts of the air as descriptions for the browser."""

from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext as _

from ipudong.store.quality import is_valid
from ipudong.systems.environment.air_days import AirDay
from ipudong.systems.environment.air_tables import FACTOR_SYMBOLS, LEVELS
from ipudong.systems.environment.pages.shell import in_language, iso
from ipudong.systems.environment.queries.air import AirHourly, china_midnight

_SHOWN_LEVELS: Final = 3
GROUPS: Final = (("pm25", "pm10"), ("so2", "no2", "o3"), ("co",))


def aqi_hours_chart(hours: Sequence[AirHourly], name: str) -> dict[str, Any]:
    """AQI by the hour with the upper ends of the first levels."""
    return {
        "kind": "line",
        "title": _("AQI of the last 24 hours"),
        "unit": "AQI",
        "x": "time",
        "series": [
            {"name": name, "area": True, "points": [[iso(h.ended_at), h.aqi] for h in hours]}
        ],
        "limits": level_limits(max((h.aqi or 0 for h in hours), default=0)),
        "min": 0,
        "decimals": 0,
    }


def level_limits(highest: int) -> list[dict[str, Any]]:
    """Upper ends of the levels up to the one above the highest value."""
    tones = ("good", "notice", "bad")
    return [
        {"value": level.upper, "name": in_language(level), "tone": tone}
        for level, tone in zip(LEVELS[:_SHOWN_LEVELS], tones, strict=True)
        if level.number == 1 or highest > level.upper - 50
    ]


def aqi_days_chart(days: Sequence[AirDay], name: str) -> dict[str, Any]:
    """Daily AQI as bars."""
    return {
        "kind": "bar",
        "title": _("Daily AQI of the last 30 days"),
        "unit": "AQI",
        "x": "time",
        "series": [
            {"name": name, "points": [[iso(china_midnight(d.on)), d.aqi.value] for d in days]}
        ],
        "limits": level_limits(max((d.aqi.value or 0 for d in days), default=0)),
        "min": 0,
        "decimals": 0,
    }


def factor_charts(hours: Sequence[AirHourly]) -> list[dict[str, Any]]:
    """Concentrations by the hour, what shares a scale in one chart; valid readings only."""
    return [_factor_chart(hours, group) for group in GROUPS]


def _factor_chart(hours: Sequence[AirHourly], factors: Sequence[str]) -> dict[str, Any]:
    return {
        "kind": "line",
        "title": _("%(factors)s by the hour")
        % {"factors": ", ".join(map(FACTOR_SYMBOLS.__getitem__, factors))},
        "unit": "mg/m³" if factors == ("co",) else "µg/m³",
        "x": "time",
        "series": [
            {
                "name": FACTOR_SYMBOLS[factor],
                "points": [[iso(h.ended_at), _valid(h, factor)] for h in hours],
            }
            for factor in factors
        ],
        "min": 0,
        "decimals": 1,
    }


def _valid(hour: AirHourly, factor: str) -> float | None:
    return hour.values[factor] if is_valid(hour.quality[factor]) else None
