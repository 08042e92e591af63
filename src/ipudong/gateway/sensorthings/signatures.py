"""What the operators and functions of `$filter` take and give (SensorThings 1.1, 9.3.3.5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ipudong.gateway.api.problems import RequestRefused, bad_request

ARITHMETIC: Final = frozenset({"add", "sub", "mul", "div", "mod"})
_ORDERED: Final = frozenset({"number", "text", "time", "day", "clock", "duration"})


@dataclass(frozen=True, slots=True)
class Signature:
    """The kinds of a function's arguments and of its result; `optional` may be left out."""

    arguments: tuple[str, ...]
    result: str
    optional: int = 0


def _same(names: Sequence[str], signature: Signature) -> dict[str, Signature]:
    return dict.fromkeys(names, signature)


_SPATIAL: Final = ("equals", "disjoint", "touches", "within", "overlaps", "crosses")
SIGNATURES: Final[Mapping[str, Signature]] = {
    **_same(("substringof", "endswith", "startswith"), Signature(("text", "text"), "truth")),
    "length": Signature(("text",), "number"),
    "indexof": Signature(("text", "text"), "number"),
    "substring": Signature(("text", "number", "number"), "text", optional=1),
    **_same(("tolower", "toupper", "trim"), Signature(("text",), "text")),
    "concat": Signature(("text", "text"), "text"),
    **_same(
        ("year", "month", "day", "hour", "minute", "second", "fractionalseconds"),
        Signature(("time",), "number"),
    ),
    "totaloffsetminutes": Signature(("time",), "number"),
    "date": Signature(("time",), "day"),
    "time": Signature(("time",), "clock"),
    **_same(("now", "mindatetime", "maxdatetime"), Signature((), "time")),
    **_same(("round", "floor", "ceiling"), Signature(("number",), "number")),
    "geo.distance": Signature(("geometry", "geometry"), "number"),
    "geo.length": Signature(("geometry",), "number"),
    "geo.intersects": Signature(("geometry", "geometry"), "truth"),
    **_same(
        [f"st_{name}" for name in (*_SPATIAL, "intersects", "contains")],
        Signature(("geometry", "geometry"), "truth"),
    ),
    "st_relate": Signature(("geometry", "geometry", "text"), "truth"),
    # What FROST has beside the standard.
    **_same(
        ("before", "after", "meets", "during", "overlaps", "starts", "finishes"),
        Signature(("time", "time"), "truth"),
    ),
}


def check_call(name: str, kinds: Sequence[str], at: int) -> None:
    """Refuse a call (400) whose arguments are too few, too many or of a wrong kind."""
    if name in ARITHMETIC:
        for kind in kinds:
            if kind not in ("number", "time", "duration", "any"):
                raise _refuse(at, f"{name} takes numbers, not a {kind}")
        return
    signature = SIGNATURES[name]
    most = len(signature.arguments)
    if not most - signature.optional <= len(kinds) <= most:
        raise _refuse(at, f"{name} takes {most} arguments, not {len(kinds)}")
    for wanted, kind in zip(signature.arguments, kinds, strict=False):
        if kind not in (wanted, "any", "null"):
            raise _refuse(at, f"{name} takes a {wanted}, not a {kind}")


def check_sides(operator: str, left: str, right: str, at: int) -> None:
    """Refuse a comparison (400) of kinds that are never equal or have no order."""
    if "null" in (left, right):
        if operator not in ("eq", "ne"):
            raise _refuse(at, "null is only equal or not equal")
        return
    known = {left, right} - {"any"}
    if len(known) > 1:
        raise _refuse(at, f"a {left} cannot be compared with a {right}")
    if operator not in ("eq", "ne") and known - _ORDERED:
        raise _refuse(at, f"a {known.pop()} has no order")


def _refuse(at: int, what: str) -> RequestRefused:
    return bad_request("bad_expression", f"At character {at}: {what}.", at=at)
