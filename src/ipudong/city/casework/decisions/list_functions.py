"""FEEL's functions on lists (DMN 1.5, 10.3.4.4)."""

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import Final

from ipudong.city.casework.decisions.values import NUMBERS, Rows, Value, equal, finite, order


def _items(values: tuple[Value, ...]) -> list[Value] | None:
    """`f(list)` and `f(a, b, c)` are the same; a single value is a list of one."""
    if len(values) == 1 and isinstance(values[0], list):
        return values[0]
    return list(values) if values and values != (None,) else None


def _aggregate(body: Callable[[list[Value]], Value]) -> Callable[..., Value]:
    def apply(*values: Value) -> Value:
        items = _items(values)
        return None if items is None else body(items)

    return apply


def _numbers(body: Callable[[list[Decimal]], Value]) -> Callable[..., Value]:
    """Null for an empty list and where one of the items is no number."""

    def apply(items: list[Value]) -> Value:
        if not items or not all(isinstance(item, Decimal) for item in items):
            return None
        found = body(items)
        return finite(found) if isinstance(found, Decimal) else found

    return _aggregate(apply)


def _extreme(sign: int) -> Callable[[list[Value]], Value]:
    def apply(items: list[Value]) -> Value:
        best = items[0] if items else None
        for item in items:
            found = order(item, best)
            if found is None:
                return None
            best = item if found * sign > 0 else best
        return best

    return apply


def _sum(items: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for item in items:
        total = NUMBERS.add(total, item)
    return total


def _product(items: list[Decimal]) -> Decimal:
    total = Decimal(1)
    for item in items:
        total = NUMBERS.multiply(total, item)
    return total


def _mean(items: list[Decimal]) -> Decimal:
    return NUMBERS.divide(_sum(items), Decimal(len(items)))


def _median(items: list[Decimal]) -> Decimal:
    items, half = sorted(items), len(items) // 2
    return items[half] if len(items) % 2 else _mean(items[half - 1 : half + 1])


def _deviation(items: list[Decimal]) -> Value:
    """Of a sample: n - 1 in the denominator."""
    if len(items) < 2:
        return None
    mean = _mean(items)
    squares = [NUMBERS.power(NUMBERS.subtract(item, mean), Decimal(2)) for item in items]
    return NUMBERS.sqrt(NUMBERS.divide(_sum(squares), Decimal(len(items) - 1)))


def _mode(items: list[Value]) -> Value:
    if not all(isinstance(item, Decimal) for item in items):
        return None
    counts = Counter(items)
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _all(items: list[Value]) -> Value:
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


def _any(items: list[Value]) -> Value:
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


def _is_in(items: list[Value], value: Value) -> bool:
    return any(equal(item, value) is True for item in items)


def _contains(items: Value, element: Value) -> Value:
    return None if items is None else _is_in(_as_list(items), element)


def _as_list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else [value]


def _count(items: Value) -> Value:
    return None if items is None else Decimal(len(_as_list(items)))


def _sublist(items: Value, start: Value, length: Value = None) -> Value:
    first = _index(items, start)
    if first is None or not (length is None or (isinstance(length, Decimal) and length >= 0)):
        return None
    if length is None:
        return items[first:]
    return items[first : first + int(length)] if first + length <= len(items) else None


def _index(items: Value, position: Value) -> int | None:
    """Where a position, counted from 1 or back from the end, is in a list."""
    if not isinstance(items, list) or not isinstance(position, Decimal):
        return None
    index = int(position)
    if index == 0 or abs(index) > len(items):
        return None
    return index - 1 if index > 0 else len(items) + index


def _append(items: Value, *more: Value) -> Value:
    return None if items is None else [*_as_list(items), *more]


def _concatenate(*lists: Value) -> Value:
    return None if None in lists else [item for each in lists for item in _as_list(each)]


def _insert_before(items: Value, position: Value, new: Value) -> Value:
    at = _index(items, position)
    return None if at is None else [*items[:at], new, *items[at:]]


def _remove(items: Value, position: Value) -> Value:
    at = _index(items, position)
    return None if at is None else [*items[:at], *items[at + 1 :]]


def _replace(items: Value, position: Value, new: Value) -> Value:
    at = _index(items, position)
    return None if at is None else [*items[:at], new, *items[at + 1 :]]


def _reverse(items: Value) -> Value:
    return None if items is None else _as_list(items)[::-1]


def _index_of(items: Value, match: Value) -> Value:
    if not isinstance(items, list):
        return None
    same = enumerate(items, start=1)
    return [Decimal(place) for place, item in same if equal(item, match) is True]


def _distinct(items: Value) -> Value:
    if items is None:
        return None
    found: list[Value] = []
    for item in _as_list(items)[:_MOST_COMPARED]:
        if not _is_in(found, item):
            found.append(item)
    return found if len(_as_list(items)) <= _MOST_COMPARED else None


# Each item is compared with each other one: null for longer lists than this.
_MOST_COMPARED: Final = 1000


def _union(*lists: Value) -> Value:
    return _distinct(_concatenate(*lists))


def _flatten(items: Value) -> Value:
    if not isinstance(items, list):
        return None
    flat: list[Value] = []
    for item in items:
        flat.extend(_flatten(item) if isinstance(item, list) else [item])
    return flat


def _sort(items: Value, precedes: Value = None) -> Value:
    """Ascending by the natural order; null where two items have none."""
    if not isinstance(items, list):
        return None
    if precedes is not None:
        return sorted(items, key=cmp_to_key(lambda a, b: -1 if precedes.body(a, b) is True else 1))
    if any(order(items[0], item) is None for item in items):
        return None
    return sorted(items)


_LIST: Final = "list"
ROWS: Final[Rows] = {
    "list contains": (_contains, "list, element"),
    "count": (_count, _LIST),
    "min": (_aggregate(_extreme(-1)), _LIST),
    "max": (_aggregate(_extreme(1)), _LIST),
    "sum": (_numbers(_sum), _LIST),
    "product": (_numbers(_product), _LIST),
    "mean": (_numbers(_mean), _LIST),
    "median": (_numbers(_median), _LIST),
    "stddev": (_numbers(_deviation), _LIST),
    "mode": (_aggregate(_mode), _LIST),
    "all": (_aggregate(_all), _LIST),
    "any": (_aggregate(_any), _LIST),
    "sublist": (_sublist, "list, start position, length"),
    "append": (_append, "list, item"),
    "concatenate": (_concatenate, _LIST),
    "insert before": (_insert_before, "list, position, newItem"),
    "remove": (_remove, "list, position"),
    "list replace": (_replace, "list, position, newItem"),
    "reverse": (_reverse, _LIST),
    "index of": (_index_of, "list, match"),
    "distinct values": (_distinct, _LIST),
    "union": (_union, _LIST),
    "flatten": (_flatten, _LIST),
    "sort": (_sort, "list, precedes"),
}
