"""What the body of an Observation says, without the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.posting import read_time
from ipudong.gateway.sensorthings.writes.fields import bad_property, check_document

_PROPERTIES: Final = frozenset(
    {"phenomenonTime", "resultTime", "result", "resultQuality", "validTime", "parameters"}
)
LINKS: Final = ("Datastream", "MultiDatastream", "FeatureOfInterest")


@dataclass(frozen=True, slots=True)
class Said:
    """The properties of an Observation; times in microseconds UTC. `names` are those given."""

    names: frozenset[str]
    time_us: int
    end_us: int | None = None
    result_time_us: int | None = None
    valid_us: tuple[int, int] | None = None
    result: Any = None
    quality: Any = None
    parameters: dict[str, Any] | None = None


def read_said(fields: Mapping[str, Any], now_us: int, *, needs_result: bool = True) -> Said:
    """The properties of a body. Raises RequestRefused (400)."""
    for name in fields:
        if name not in _PROPERTIES and name not in LINKS and "@iot." not in name:
            raise bad_request("unknown_property", f"There is no {name[:60]}.", property=name[:60])
    if needs_result and fields.get("result") is None:
        raise bad_request("bad_result", "result is required.", property="result")
    time_us, end_us = read_time(fields.get("phenomenonTime"), now_us)
    result_time = fields.get("resultTime")
    return Said(
        names=frozenset(name for name in fields if name in _PROPERTIES),
        time_us=time_us,
        end_us=end_us,
        result_time_us=None if result_time is None else read_time(result_time, now_us)[0],
        valid_us=_read_valid(fields.get("validTime"), now_us),
        result=_read_document("result", fields.get("result")),
        quality=_read_document("resultQuality", fields.get("resultQuality")),
        parameters=_read_parameters(fields.get("parameters")),
    )


def _read_valid(value: Any, now_us: int) -> tuple[int, int] | None:
    if value is None:
        return None
    begin, end = read_time(value, now_us)
    return begin, begin if end is None else end


def _read_document(name: str, value: Any) -> Any:
    if isinstance(value, dict | list | str):
        check_document(name, value)
    return value


def _read_parameters(value: Any) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_property("parameters", "is a JSON object")
    check_document("parameters", value)
    return value
