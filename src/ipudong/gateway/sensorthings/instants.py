"""Instants of observations as the standard writes and reads them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipudong.city.sensing.clock import from_us, to_us
from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.values import Interval, ValueRefused, parse_moment


def format_time(time_us: int) -> str:
    """An instant as the standard writes it."""
    return from_us(time_us).isoformat(timespec="auto").replace("+00:00", "Z")


def format_times(times_us: NDArray[np.int64]) -> list[str]:
    """The same of many instants at once."""
    if not len(times_us):
        return []
    if (times_us % 1_000_000 == 0).all():
        texts = np.datetime_as_string(times_us.astype("datetime64[us]").astype("datetime64[s]"))
        return [f"{text}Z" for text in texts.tolist()]
    return [format_time(time_us) for time_us in times_us.tolist()]


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
