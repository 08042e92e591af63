"""From rule rows about moving things to bindings."""

from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.models import Rule, RuleKind, Status, Thing
from ipudong.city.sensing.rules.areas import Shape
from ipudong.city.sensing.rules.fence_shapes import FenceError, shape_of
from ipudong.city.sensing.rules.moving import Check, MovingBinding, MovingTable
from ipudong.city.sensing.rules.selecting import Mover

log = structlog.get_logger()

MOVING_CHECKS: Final = {
    RuleKind.INSIDE: Check.INSIDE,
    RuleKind.OUTSIDE: Check.OUTSIDE,
    RuleKind.OVERSPEED: Check.OVERSPEED,
    RuleKind.DWELL: Check.DWELL,
    RuleKind.OUT_OF_SERVICE: Check.OUT_OF_SERVICE,
}
OUT_OF_SERVICE_BIT: Final = 1 << 4  # JT/T 808-2019 table 25, bit 4: not in operation
IN_METERS: Final = (RuleKind.INSIDE, RuleKind.OUTSIDE)


def load_movers() -> list[Mover]:
    """All things in service."""
    rows = Thing.objects.filter(status=Status.INSTALLED)
    return [Mover(*row) for row in rows.values_list("id", "kind", "system", "place_code")]


def bind_moving(rules: Iterable[Rule], movers: Sequence[Mover]) -> MovingTable:
    """The bindings of the rules that look at positions. A rule whose area encloses nothing binds
    nothing and is logged."""
    shapes: list[tuple[Shape, float]] = []
    rows: list[MovingBinding] = []
    for rule in rules:
        if rule.kind not in MOVING_CHECKS or _is_silence(rule):
            continue
        area = -1
        if rule.fence is not None:
            try:
                shapes.append((shape_of(rule.fence), _margin_m(rule)))
            except FenceError as error:
                log.warning("rule_without_area", rule=rule.code, reason=error.code)
                continue
            area = len(shapes) - 1
        rows += [_bind(rule, mover.id, area) for mover in movers if mover.fits(rule)]
    return MovingTable.build(rows, shapes)


def _is_silence(rule: Rule) -> bool:
    """Silence is found by the worker (`silence.py`), not on positions."""
    return rule.kind == RuleKind.OUT_OF_SERVICE and rule.span_s > 0


def _margin_m(rule: Rule) -> float:
    return rule.hysteresis if rule.kind in IN_METERS else 0.0


def _bind(rule: Rule, thing: int, area: int) -> MovingBinding:
    return MovingBinding(
        rule=rule.pk,
        datastream=thing,
        limit=float("nan") if rule.limit is None else rule.limit,
        hysteresis=0.0 if rule.kind in IN_METERS else rule.hysteresis,
        duration_us=rule.duration_s * SECOND_US,
        check=MOVING_CHECKS[RuleKind(rule.kind)],
        area=area,
        mask=rule.status_mask or OUT_OF_SERVICE_BIT,
    )
