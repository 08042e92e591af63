"""A `$filter` and `$orderby` on observations, as expressions over the history."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

import ibis

from ipudong.city.sensing.clock import from_us
from ipudong.gateway.api.problems import RequestRefused, bad_request, not_found
from ipudong.gateway.sensorthings.conditions import conjuncts, orient
from ipudong.gateway.sensorthings.expressions import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logical,
    Negation,
    Order,
    Path,
    Quantified,
    list_paths,
)
from ipudong.gateway.sensorthings.features import Span
from ipudong.gateway.sensorthings.signatures import ARITHMETIC, check_sides
from ipudong.gateway.sensorthings.values import Interval, kind_of
from ipudong.store.quality import INVALID_MASK

RELATIONS: Final[Mapping[str, str]] = {
    "Datastream": "Datastreams",
    "MultiDatastream": "MultiDatastreams",
    "FeatureOfInterest": "FeaturesOfInterest",
}
_IDS: Final = frozenset({"id", "@iot.id"})
_COLUMNS: Final = {
    "phenomenonTime": "time",
    "resultTime": "time",
    "result": "result",
    "resultQuality": "quality",
    "resultQuality/mark": "quality",
    "id": "time",
    "@iot.id": "time",
    "Datastream/id": "datastream",
    "Datastream/@iot.id": "datastream",
}
_KNOWN: Final = (
    "id",
    "phenomenonTime",
    "resultTime",
    "validTime",
    "result",
    "resultQuality",
    "parameters",
    *RELATIONS,
)
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)  # no reading stands for longer

MULTI: Final = "m"


class Facts(Protocol):
    """What the database knows that a filter on observations may ask for."""

    def list_streams(self, condition: Expression) -> list[int]:
        """Datastreams that fulfil a condition."""
        ...

    def list_spans(self, condition: Expression) -> list[tuple[Span, list[int]]]:
        """Spans, with their datastreams, of the features that fulfil a condition."""
        ...

    def list_named(
        self, condition: Expression
    ) -> tuple[Mapping[int, list[int]], Mapping[int, list[int]]]:
        """Instants by datastream whose observations name a feature that fulfils a condition, and
        those that name one that does not, whatever their span says."""
        ...

    def list_instants(self, condition: Expression) -> Mapping[int, list[int]]:
        """Instants by datastream whose details fulfil a condition."""
        ...

    def list_lengths(self) -> Mapping[int, list[int]]:
        """Datastreams whose readings stand for a time, by its length in seconds."""
        ...


@dataclass(frozen=True, slots=True)
class Window:
    """What a filter says at its top of time, [start, end), and of datastreams: files outside are
    not opened."""

    start: datetime | None = None
    end: datetime | None = None


def find_window(expression: Expression | None) -> Window:
    """The time bounds that hold whatever else the filter says."""
    start, end = _EARLIEST, _LATEST
    for part in conjuncts(expression):
        bounds = _bounds(part)
        if bounds is not None:
            start, end = max(start, bounds[0]), min(end, bounds[1])
    return Window(None if start == _EARLIEST else start, None if end == _LATEST else end)


def _bounds(part: Expression) -> tuple[datetime, datetime] | None:
    sides = orient(part) if isinstance(part, Comparison) else None
    if sides is None or str(sides[0]) not in ("phenomenonTime", "resultTime"):
        return None
    _, operator, value = sides
    if not isinstance(value, datetime):
        return None
    slack = _DAY if str(sides[0]) == "resultTime" else timedelta(0)
    value = min(max(value, _EARLIEST + _DAY), _LATEST)
    low = value - slack if operator in ("gt", "ge", "eq") else _EARLIEST
    high = value + timedelta(microseconds=1) if operator in ("lt", "le", "eq") else _LATEST
    return low, high


def split_id(key: object) -> tuple[int, int]:
    """Datastream and instant of an id. Raises RequestRefused (404)."""
    stream, _, time_us = str(key).partition("-")
    if not (
        stream.isascii()
        and time_us.isascii()
        and stream.isdigit()
        and time_us.isdigit()
        and len(stream) < 10
        and len(time_us) < 18
    ):
        raise not_found("Observation", key)
    return int(stream), int(time_us)


class Translator:
    """Turns expressions into conditions on rows of the history (Ibis)."""

    def __init__(self, rows: Any, facts: Facts) -> None:
        self._rows = rows
        self._facts = facts

    def condition(self, expression: Expression) -> Any:
        """True or false for every row, never null. Raises RequestRefused (400)."""
        match expression:
            case Negation(operand):
                return ~self.condition(operand)
            case Logical(operator, operands):
                parts = [self.condition(operand) for operand in operands]
                return ibis.and_(*parts) if operator == "and" else ibis.or_(*parts)
            case Quantified(path=path):
                raise unsupported(path)
            case Literal(value=value):
                return ibis.literal(value is True)
        return self._about(expression).fill_null(False)

    def _about(self, expression: Expression) -> Any:
        paths = list(list_paths(expression))
        steps = {path.parts[0] for path in paths}
        for path in paths:
            if path.parts[0] not in _KNOWN and path.parts[0] not in _IDS:
                raise _unknown(path)
        related = steps & set(RELATIONS)
        if not related:
            return self._own(expression)
        if len(steps) > 1:
            raise unsupported(paths[0])
        step = related.pop()
        if any(len(path.parts) == 1 for path in paths):
            raise bad_request("bad_expression", f"{step} is no property but an entity.")
        inner = strip(expression)
        if step == "Datastream":
            return _among(self._rows.datastream, self._facts.list_streams(inner))
        if step == "FeatureOfInterest":
            named, elsewhere = self._facts.list_named(inner)
            within = self._within(self._facts.list_spans(inner))
            return self._at(named) | (within & ~self._at(elsewhere))
        raise unsupported(paths[0])

    def _within(self, spans: Sequence[tuple[Span, list[int]]]) -> Any:
        rows = self._rows
        parts = [ibis.literal(False)]
        for span, streams in spans:
            start = max(span.start_us, _MIN_US)
            end = min(span.end_us, _MAX_US)
            parts.append(
                _among(rows.datastream, streams)
                & (rows.time >= _instant(from_us(start)))
                & (rows.time < _instant(from_us(end)))
            )
        return ibis.or_(*parts)

    def _own(self, expression: Expression) -> Any:
        if isinstance(expression, Comparison):
            return self._compare(expression)
        if isinstance(expression, Call):
            if all(_is_detail(path, None) for path in list_paths(expression)):
                return self._detail(expression)
            value, kind = self._value(expression)
            if kind == "truth":
                return value
        raise bad_request("bad_expression", "A condition was expected.")

    def _compare(self, comparison: Comparison) -> Any:
        sides = orient(comparison)
        path = sides[0] if sides is not None else None
        if sides is not None and isinstance(path, Path):
            _, operator, value = sides
            if path.parts[0] in _IDS:
                return self._id(operator, value, path)
            if _is_detail(path, value):
                return self._compare_detail(comparison, operator, value)
        left, left_kind = self._value(comparison.left)
        right, right_kind = self._value(comparison.right)
        check_sides(comparison.operator, left_kind, right_kind, comparison.at)
        if "null" in (left_kind, right_kind):
            found = (left if right_kind == "null" else right).isnull()
            return found if comparison.operator == "eq" else ~found
        if isinstance(left, Interval) or isinstance(right, Interval):
            return _compare_interval(comparison.operator, left, right)
        found = _COMPARE[comparison.operator](left, right)
        return found.fill_null(True) if comparison.operator == "ne" else found

    def _id(self, operator: str, value: Any, path: Path) -> Any:
        if operator not in ("eq", "ne") or not isinstance(value, str):
            raise bad_request(
                "bad_expression",
                f"At character {path.at}: an observation's id is only equal to a text.",
                at=path.at,
            )
        try:
            stream, time_us = split_id(value)
        except RequestRefused:
            found = ibis.literal(False)
        else:
            rows = self._rows
            found = (rows.datastream == stream) & (rows.time == _instant(from_us(time_us)))
        return found if operator == "eq" else ~found

    def _compare_detail(self, comparison: Comparison, operator: str, value: Any) -> Any:
        """Observations without details have null there, and a number as their result."""
        if operator in ("eq", "ne") and (operator == "eq") is (value is None):
            opposite = "ne" if operator == "eq" else "eq"
            turned = Comparison(opposite, comparison.left, comparison.right, comparison.at)
            return ~self._detail(turned)
        return self._detail(comparison)

    def _detail(self, expression: Expression) -> Any:
        return self._at(self._facts.list_instants(expression))

    def _at(self, instants: Mapping[int, list[int]]) -> Any:
        rows = self._rows
        parts = [
            (rows.datastream == stream) & rows.time.isin([_instant(from_us(at)) for at in times])
            for stream, times in instants.items()
        ]
        return ibis.or_(ibis.literal(False), *parts)

    # Values: an Ibis expression (or an Interval as it is) and its kind.

    def _value(self, expression: Expression) -> tuple[Any, str]:
        match expression:
            case Literal(value):
                return _literal(value)
            case Path():
                return self._property(expression)
            case Call(name, arguments, at):
                return self._call(name, [self._value(part) for part in arguments], at)
        return self.condition(expression), "truth"

    def _property(self, path: Path) -> tuple[Any, str]:
        rows, name = self._rows, str(path)
        if name == "phenomenonTime":
            return rows.time, "time"
        if name == "resultTime":
            return self._ends(), "time"
        if name == "result":
            return ibis.ifelse(rows.result.isnan(), None, rows.result), "number"
        if name in ("resultQuality/mark", "resultQuality"):
            return rows.quality.cast("int64"), "number"
        if name == "resultQuality/valid":
            return (rows.quality.cast("int64") & INVALID_MASK) == 0, "truth"
        raise unsupported(path)

    def _ends(self) -> Any:
        """When what a reading stands for was over."""
        time = self._rows.time
        found = time
        for length_s, streams in self._facts.list_lengths().items():
            ended = time + ibis.interval(seconds=length_s)
            found = ibis.ifelse(_among(self._rows.datastream, streams), ended, found)
        return found

    def _call(self, name: str, arguments: list[tuple[Any, str]], at: int) -> tuple[Any, str]:
        values = [value for value, _ in arguments]
        kinds = [kind for _, kind in arguments]
        if name in ARITHMETIC:
            return _calculate(name, values, kinds, at)
        if name in _TIME_PARTS and kinds == ["time"] and not isinstance(values[0], Interval):
            return _TIME_PARTS[name](values[0])
        if name in _MATH and kinds == ["number"]:
            return _MATH[name](values[0]).cast("float64"), "number"
        if name in _SPANS and kinds == ["time", "time"]:
            return _SPANS[name](*(_ends_of(value) for value in values)), "truth"
        raise bad_request(
            "unsupported_function",
            f"At character {at}: {name} does not work on properties of an Observation itself.",
            at=at,
        )


_MIN_US, _MAX_US = -60_000_000_000_000_000, 250_000_000_000_000_000


def _instant(moment: datetime) -> Any:
    return ibis.literal(moment)


def _among(column: Any, keys: Sequence[int]) -> Any:
    return column.isin(list(keys)) if len(keys) else ibis.literal(False)


def _is_detail(path: Path, value: Any) -> bool:
    """Whether only the rows of details know: what is no number or stands for a span of validity."""
    name = str(path)
    if path.parts[0] == "resultQuality":
        return name not in ("resultQuality", "resultQuality/mark", "resultQuality/valid")
    if path.parts[0] == "result":
        return len(path.parts) > 1 or kind_of(value) in ("text", "truth")
    return path.parts[0] in ("validTime", "parameters")


def strip(expression: Expression) -> Expression:
    """The same seen from the related entity."""
    match expression:
        case Path(parts, at):
            return Path(parts[1:], at)
        case Call(name, arguments, at):
            return Call(name, tuple(strip(part) for part in arguments), at)
        case Comparison(operator, left, right, at):
            return Comparison(operator, strip(left), strip(right), at)
    return expression


def _literal(value: Any) -> tuple[Any, str]:
    kind = kind_of(value)
    if kind == "null":
        return ibis.null(), kind
    if isinstance(value, Interval | timedelta):
        return value, kind
    if kind == "number":
        return ibis.literal(float(value), type="float64"), kind
    if kind == "geometry":
        raise bad_request(
            "unsupported_function", "Compare geometries of FeatureOfInterest/feature."
        )
    return ibis.literal(value), kind


_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}


def _ends_of(value: Any) -> tuple[Any, Any]:
    if isinstance(value, Interval):
        return _instant(value.start), _instant(value.end)
    return value, value


def _compare_interval(operator: str, left: Any, right: Any) -> Any:
    (start, end), (other_start, other_end) = _ends_of(left), _ends_of(right)
    if operator in ("eq", "ne"):
        same = (start == other_start) & (end == other_end)
        return same if operator == "eq" else ~same
    if operator in ("gt", "ge"):
        start, end, other_start, other_end = other_start, other_end, start, end
        left = right
    if operator in ("ge", "le"):
        return (start <= other_start) & (end <= other_end)
    return end <= other_start if isinstance(left, Interval) else start < other_start


def _during(one: tuple[Any, Any], other: tuple[Any, Any]) -> Any:
    return (one[0] >= other[0]) & (one[1] < other[1])


_SPANS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "before": lambda one, other: one[1] < other[0],
    "after": lambda one, other: one[0] >= other[1],
    "meets": lambda one, other: (one[1] == other[0]) | (one[0] == other[1]),
    "during": _during,
    "overlaps": lambda one, other: (
        ((one[0] < other[1]) & (other[0] < one[1])) | (one[0] == other[0])
    ),
    "starts": lambda one, other: one[0] == other[0],
    "finishes": lambda one, other: one[1] == other[1],
}


def _take_part(name: str, time: Any) -> tuple[Any, str]:
    return getattr(time, name)().cast("float64"), "number"


_TIME_PARTS: Final[Mapping[str, Callable[[Any], tuple[Any, str]]]] = {
    **{
        name: partial(_take_part, name)
        for name in ("year", "month", "day", "hour", "minute", "second")
    },
    "fractionalseconds": lambda time: (time.microsecond().cast("float64") / 1_000_000, "number"),
    "totaloffsetminutes": lambda time: (
        ibis.ifelse(time.isnull(), None, ibis.literal(0.0)),
        "number",
    ),
    "date": lambda time: (time.date(), "day"),
    "time": lambda time: (time.cast("timestamp").time(), "clock"),
}
_MATH: Final[Mapping[str, Callable[[Any], Any]]] = {
    "round": lambda value: value.sign() * (value.abs() + 0.5).floor(),
    "floor": lambda value: value.floor(),
    "ceiling": lambda value: value.ceil(),
}
_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "div": lambda left, right: left / right.nullif(0.0),
    "mod": lambda left, right: left % right.nullif(0.0),
}


def _calculate(name: str, values: list[Any], kinds: list[str], at: int) -> tuple[Any, str]:
    if kinds == ["number", "number"]:
        return _ARITHMETIC[name](*values), "number"
    time, length = values if kinds == ["time", "duration"] else reversed(values)
    is_shift = sorted(kinds) == ["duration", "time"] and not isinstance(time, Interval)
    if not is_shift or (name != "add" and (name != "sub" or kinds[0] != "time")):
        raise bad_request("unsupported_function", f"At character {at}: {name} of these.", at=at)
    length_us = length // timedelta(microseconds=1)
    shift = ibis.interval(microseconds=length_us if name == "add" else -length_us)
    return time + shift, "time"


def unsupported(path: Path) -> RequestRefused:
    """The refusal of what a filter on observations cannot be asked."""
    return bad_request(
        "unsupported_comparison",
        f"At character {path.at}: {path} cannot be compared here; compare a property of the "
        "observation, or one of its Datastream or FeatureOfInterest, with a value.",
        property=str(path)[:80],
        at=path.at,
    )


def _unknown(path: Path) -> RequestRefused:
    detail = f"At character {path.at}: {str(path)[:60]} is none of: {', '.join(_KNOWN)}."
    return bad_request("unknown_property", detail, property=str(path)[:80], at=path.at)


def find_orders(orders: Sequence[Order]) -> dict[str, bool]:
    """Columns to order by and whether descending; time and datastream come last, so that pages
    never overlap. Raises RequestRefused (400)."""
    wanted: dict[str, bool] = {}
    for order in orders:
        if not isinstance(order.path, Path):
            raise bad_request("unsupported_order", "Observations are ordered by properties only.")
        column = _COLUMNS.get(str(order.path))
        if column is None:
            raise _unknown(order.path)
        wanted.setdefault(column, order.descending)
    for name in ("time", "datastream"):
        wanted.setdefault(name, False)
    return wanted
