"""Small drawings the server makes itself (SVG paths), so that they print and need no script."""

from collections.abc import Sequence
from dataclasses import dataclass

GAUGE_WIDTH = 200.0
SPARK_WIDTH = 120.0
SPARK_HEIGHT = 36.0


@dataclass(frozen=True)
class Gauge:
    """How far a figure has come; widths in units of a 200-wide drawing."""

    water: float
    target_x: float
    measured: bool


def draw_gauge(value: float | None, target: float | None) -> Gauge:
    """A bed 1.25 targets long (so that more than the target still shows), filled to `value`."""
    if value is None or not target:
        return Gauge(water=0.0, target_x=GAUGE_WIDTH / 1.25, measured=False)
    share = max(0.0, min(value / target, 1.25))
    return Gauge(
        water=round(share * GAUGE_WIDTH / 1.25, 1), target_x=GAUGE_WIDTH / 1.25, measured=True
    )


@dataclass(frozen=True)
class Spark:
    """A line without axes in a 120 by 36 drawing; `target_y` is None where it lies outside."""

    line: str
    area: str
    target_y: float | None


def draw_spark(values: Sequence[float], target: float | None = None) -> Spark | None:
    """The course of `values` in even steps; None where there are fewer than two."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    if target is not None and low - (high - low) <= target <= high + (high - low):
        low, high = min(low, target), max(high, target)
    span = (high - low) or 1.0
    step = SPARK_WIDTH / (len(values) - 1)

    def height(value: float) -> float:
        return round(SPARK_HEIGHT - 2 - (value - low) / span * (SPARK_HEIGHT - 4), 1)

    points = " ".join(f"{round(i * step, 1)},{height(v)}" for i, v in enumerate(values))
    inside = target is not None and low <= target <= high
    return Spark(
        line=f"M{points.replace(' ', ' L')}",
        area=f"M0,{SPARK_HEIGHT} L{points.replace(' ', ' L')} L{SPARK_WIDTH},{SPARK_HEIGHT} Z",
        target_y=height(target) if inside and target is not None else None,
    )
