"""Commands of the outbox as HJ 212 requests: rows of a name and how its packet is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ipudong.protocols.hj212.times import format_time

Arguments = Mapping[str, Any]

HISTORY_CNS: Final = {"minute": "2051", "hour": "2061", "day": "2031"}
REALTIME_INTERVAL_S: Final = (30, 3600)  # HJ 212-2017 table 8, RtdInterval
MINUTE_INTERVALS: Final = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)


class BadCommand(Exception):  # noqa: N818 - the command is bad, nothing failed
    """A command that cannot be said in HJ 212; `code` and the argument's name."""

    def __init__(self, code: str, argument: str = "") -> None:
        super().__init__(f"{code} {argument}")
        self.code = code
        self.argument = argument


@dataclass(frozen=True, slots=True)
class Request:
    """The CN and data area of a request."""

    cn: str
    cp: str = ""


def make_request(command: str, arguments: Arguments, now: datetime) -> Request:
    """The request of a command (`read_now`, `read_time`, `set_time`, `read_interval`,
    `set_interval`, `set_minute_interval`, `request_history`). Raises BadCommand."""
    writer = _WRITERS.get(command)
    if writer is None:
        raise BadCommand("unknown_command", command)
    return writer(arguments, now)


def _set_interval(arguments: Arguments, _: datetime) -> Request:
    seconds = _whole(arguments, "interval_s")
    if not REALTIME_INTERVAL_S[0] <= seconds <= REALTIME_INTERVAL_S[1]:
        raise BadCommand("out_of_range", "interval_s")
    return Request("1062", f"RtdInterval={seconds}")


def _set_minute_interval(arguments: Arguments, _: datetime) -> Request:
    minutes = _whole(arguments, "interval_min")
    if minutes not in MINUTE_INTERVALS:
        raise BadCommand("out_of_range", "interval_min")
    return Request("1064", f"MinInterval={minutes}")


def _request_history(arguments: Arguments, _: datetime) -> Request:
    cn = HISTORY_CNS.get(str(arguments.get("period", "hour")))
    if cn is None:
        raise BadCommand("out_of_range", "period")
    begin, end = _instant(arguments, "begin"), _instant(arguments, "end")
    if begin > end:
        raise BadCommand("out_of_range", "end")
    # The standard joins these two by a comma (HJ 212-2017, C.12).
    return Request(cn, f"BeginTime={format_time(begin)},EndTime={format_time(end)}")


def _whole(arguments: Arguments, name: str) -> int:
    try:
        return int(arguments[name])
    except (KeyError, TypeError, ValueError) as error:
        raise BadCommand("bad_argument", name) from error


def _instant(arguments: Arguments, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(str(arguments[name]))
    except (KeyError, ValueError) as error:
        raise BadCommand("bad_argument", name) from error
    if moment.tzinfo is None:
        raise BadCommand("bad_argument", name)
    return moment


_WRITERS: dict[str, Callable[[Arguments, datetime], Request]] = {
    "read_now": lambda arguments, now: Request("2011"),
    "read_time": lambda arguments, now: Request("1011"),
    "set_time": lambda arguments, now: Request("1012", f"SystemTime={format_time(now)}"),
    "read_interval": lambda arguments, now: Request("1061"),
    "set_interval": _set_interval,
    "set_minute_interval": _set_minute_interval,
    "request_history": _request_history,
}
