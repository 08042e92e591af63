"""Instants of observations as the standard writes and reads them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.clock import from_us, to_us
from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.values import Interval, ValueRefused, parse_moment

_DAY_US: Final = 86_400_000_000
_WIDTH: Final = len("2026-11-22T19:20:00.000000Z")
# Where each digit stands, of which unit it counts and up to what.
_DIGITS: Final = (
    *((11, 36_000_000_000, 10), (12, 3_600_000_000, 10)),
    *((14, 600_000_000, 6), (15, 60_000_000, 10), (17, 10_000_000, 6), (18, 1_000_000, 10)),
    *((20 + place, 10 ** (5 - place), 10) for place in range(6)),
)


def format_time(time_us: int) -> str:
    """An instant as the standard writes it."""
    return from_us(time_us).isoformat(timespec="auto").replace("+00:00", "Z")


def format_times(times_us: NDArray[np.int64]) -> list[str]:
    """The same of many instants at once."""
    if not len(times_us):
        return []
    days, inside_us = np.divmod(times_us, _DAY_US)
    names, place = np.unique(days, return_inverse=True)
    dates = np.datetime_as_string(names.astype("datetime64[D]")).astype("S10")
    marks = np.empty((len(times_us), _WIDTH), np.uint8)
    marks[:, :10] = dates.view(np.uint8).reshape(-1, 10)[place]
    marks[:, 10:] = np.frombuffer(b"T00:00:00.000000Z", np.uint8)
    for at, unit_us, base in _DIGITS:
        marks[:, at] += (inside_us // unit_us % base).astype(np.uint8)
    text = marks.tobytes().decode("ascii")
    starts = range(0, len(text), _WIDTH)
    return [
        f"{text[start : start + 19]}Z" if whole else text[start : start + _WIDTH]
        for start, whole in zip(starts, (inside_us % 1_000_000 == 0).tolist(), strict=True)
    ]


def parse_time(text: str) -> int:
    """The beginning of a phenomenonTime, microseconds UTC. Raises RequestRefused (400)."""
    return parse_span(text)[0]


def parse_span(text: str) -> tuple[int, int | None]:
    """Beginning and end of an instant (end None) or interval. Raises RequestRefused (400)."""
    try:
        moment = parse_moment(text)
    except ValueRefused as error:
        raise bad_request("bad_time", f"{text[:40]!r}: {error}.") from error
    if isinstance(moment, Interval):
        return to_us(moment.start), to_us(moment.end)
    return to_us(moment), None


def parse_plain_times(texts: Sequence[Any]) -> NDArray[np.int64] | None:
    """Instants of the usual form `YYYY-MM-DDTHH:MM:SS[.f]Z`, all of one length, at once.

    None where one of them is of another form, or no time at all: they are to be read one by one.
    """
    try:
        raw = np.array(texts, dtype="S")
    except (UnicodeEncodeError, ValueError, TypeError):
        return None
    width = raw.dtype.itemsize
    if raw.ndim != 1 or not 20 <= width <= 27 or width == 21:
        return None
    marks = raw.view(np.uint8).reshape(len(raw), width)
    if not _is_plain(marks, width):
        return None
    text = marks[:, :-1].copy()
    try:
        times = text.view(f"S{width - 1}").ravel().astype(str).astype("datetime64[us]")
    except ValueError:
        return None
    return times.astype(np.int64)


_FIXED = ((4, b"-"), (7, b"-"), (10, b"T"), (13, b":"), (16, b":"))


def _is_plain(marks: NDArray[np.uint8], width: int) -> bool:
    if not (marks[:, -1] == ord("Z")).all():
        return False
    fixed = list(_FIXED) + ([(19, b".")] if width > 20 else [])
    if not all((marks[:, at] == sign[0]).all() for at, sign in fixed):
        return False
    places = [at for at in range(width - 1) if at not in {at for at, _ in fixed}]
    digits = marks[:, places]
    return bool(((digits >= ord("0")) & (digits <= ord("9"))).all())
