"""Settings of a station that the platform reads and changes, one function a command."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from ipudong.protocols.hj212.commands import ExeRtn
from ipudong.protocols.hj212.data import DataArea
from ipudong.protocols.hj212.exchange import DEFAULT_RESENDS, DEFAULT_TIMEOUT_S
from ipudong.protocols.hj212.times import find_time_us, format_time, time_from_us

# HJ 212-2017 table 7: realtime interval in seconds, minute interval in minutes.
RTD_INTERVAL_S = range(30, 3601)
MIN_INTERVAL = frozenset({1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30})
_NO_CHANGES: Mapping[str, Any] = MappingProxyType({})


class StationSettings(Struct):
    """What 1000, 1012, 1062, 1064 and 1072 set. `offset` is the station's clock less true time."""

    pw: str
    rtd_interval_s: int = 30
    min_interval: int = 10
    timeout_s: float = DEFAULT_TIMEOUT_S
    resends: int = DEFAULT_RESENDS
    offset: timedelta = timedelta(0)

    def apply(self, changes: Mapping[str, Any]) -> None:
        for name, value in changes.items():
            setattr(self, name, value)


class Done(Struct, frozen=True):
    """Outcome of a request: data areas to send, ExeRtn, and settings to change afterwards."""

    areas: tuple[str, ...] = ()
    code: int = ExeRtn.SUCCEEDED
    changes: Mapping[str, Any] = _NO_CHANGES


def _pol_id(area: DataArea) -> str:
    pol_id = area.find("PolId")
    return f"PolId={pol_id}," if pol_id else ""


def _read_clock(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    return Done((f"{_pol_id(area)}SystemTime={format_time(clock + settings.offset)}",))


def _set_clock(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    time_us = find_time_us(area.find("SystemTime") or "")
    if time_us is None:
        return Done(code=ExeRtn.FAILED)
    return Done(changes={"offset": time_from_us(time_us) - clock})


def _read_rtd_interval(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    return Done((f"RtdInterval={settings.rtd_interval_s}",))


def _set_rtd_interval(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    seconds = _number(area, "RtdInterval")
    if seconds not in RTD_INTERVAL_S:
        return Done(code=ExeRtn.FAILED)
    return Done(changes={"rtd_interval_s": seconds})


def _read_min_interval(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    return Done((f"MinInterval={settings.min_interval}",))


def _set_min_interval(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    minutes = _number(area, "MinInterval")
    if minutes not in MIN_INTERVAL:
        return Done(code=ExeRtn.FAILED)
    return Done(changes={"min_interval": minutes})


def _set_timeout(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    timeout_s, resends = _number(area, "OverTime"), _number(area, "ReCount")
    if not timeout_s or resends is None:
        return Done(code=ExeRtn.FAILED)
    return Done(changes={"timeout_s": float(timeout_s), "resends": resends})


def _set_password(settings: StationSettings, area: DataArea, clock: datetime) -> Done:
    password = area.find("NewPW") or ""
    if len(password) != 6 or not password.isalnum():
        return Done(code=ExeRtn.FAILED)
    return Done(changes={"pw": password})


def _number(area: DataArea, name: str) -> int | None:
    text = area.find(name) or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else None


EXECUTORS: dict[str, Callable[[StationSettings, DataArea, datetime], Done]] = {
    "1000": _set_timeout,
    "1011": _read_clock,
    "1012": _set_clock,
    "1061": _read_rtd_interval,
    "1062": _set_rtd_interval,
    "1063": _read_min_interval,
    "1064": _set_min_interval,
    "1072": _set_password,
}
