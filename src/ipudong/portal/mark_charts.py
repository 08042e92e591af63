"""The course of a mark as a chart: what was measured, and where it is heading."""

from typing import Any

from django.utils.translation import gettext as _

from ipudong.city.plan.forecast import Estimate, Forecast
from ipudong.portal.plan_views import MarkView


def _estimates(forecast: Forecast) -> list[Estimate]:
    found = [estimate for estimate in (forecast.at_due, forecast.at_year_end) if estimate]
    return sorted(found, key=lambda estimate: estimate.on)


def describe_course(mark: MarkView) -> dict[str, Any] | None:
    """The chart of a mark's history and forecast with its 80 % interval; None without history."""
    history = mark.status.history
    if not history:
        return None
    spec: dict[str, Any] = {
        "kind": "line",
        "title": mark.title,
        "unit": mark.unit,
        "x": "time",
        "series": [
            {
                "name": _("Measured"),
                "points": [[point.on.isoformat(), point.value] for point in history],
                "area": True,
            }
        ],
        "limits": [
            {
                "value": mark.target,
                "name": _("target %(target)s") % {"target": mark.shown_target},
                "tone": "good",
            }
        ],
    }
    if mark.status.forecast:
        _add_forecast(spec, mark, _estimates(mark.status.forecast))
    return spec


def _add_forecast(spec: dict[str, Any], mark: MarkView, estimates: list[Estimate]) -> None:
    last = mark.status.history[-1]
    start = last.on.isoformat()
    later = [estimate for estimate in estimates if estimate.on > last.on]
    if not later:
        return
    line = [[start, last.value], *([e.on.isoformat(), e.value] for e in later)]
    band = [
        [start, last.value, last.value],
        *([e.on.isoformat(), e.low, e.high] for e in later),
    ]
    spec["series"].append(
        {"name": _("Forecast"), "points": line, "dashed": True, "color": "--series-1"}
    )
    spec["bands"] = [{"name": _("80 % interval"), "points": band}]
