"""A SenML pack and the resolution of its records: RFC 8428, sections 4 to 6."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import cbor2
import orjson

MAX_RECORDS: Final = 10_000
VERSION: Final = 10
# Section 4.5.3: smaller times are relative to now.
ABSOLUTE_FROM_S: Final = 2.0**28
# Section 6: integer labels of CBOR.
LABELS: Final = {
    -1: "bver",
    -2: "bn",
    -3: "bt",
    -4: "bu",
    -5: "bv",
    -6: "bs",
    0: "n",
    1: "u",
    2: "v",
    3: "vs",
    4: "vb",
    5: "s",
    6: "t",
    7: "ut",
    8: "vd",
}
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-:./_]*")
_TEXTS: Final = frozenset(("bn", "bu", "n", "u", "vs", "vd"))
_NUMBERS: Final = frozenset(("bt", "bv", "bs", "v", "s", "t", "ut"))
_EPOCH_LIMIT_S: Final = 253_402_300_800.0


class SenmlError(ValueError):
    """What is no SenML pack: a stable `code` and the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Record:
    """A resolved record (section 4.6). `name` is whole; `own_name` is what came after the base
    name. `time_s` is seconds since 1970, or relative to now where `is_relative`. `value` is None
    for a text or data value, and for a record with a sum only."""

    name: str
    own_name: str
    unit: str
    time_s: float
    is_relative: bool
    value: float | None
    text: str | None = None
    sum: float | None = None


@dataclass(slots=True)
class _Base:
    """Base fields hold from the record they stand in to the end of the pack (section 4.1)."""

    bn: str = ""
    bt: float = 0.0
    bu: str = ""
    bv: float = 0.0
    bs: float = 0.0
    bver: int = VERSION


def parse_json(payload: bytes) -> list[Record]:
    """The records of an application/senml+json payload, resolved. Raises SenmlError."""
    try:
        pack = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise SenmlError("not_json", "the payload is not JSON") from error
    return resolve(pack)


def parse_cbor(payload: bytes) -> list[Record]:
    """The records of an application/senml+cbor payload, resolved. Raises SenmlError."""
    try:
        pack = cbor2.loads(payload)
    except Exception as error:  # the library lets errors of its parts through
        raise SenmlError("not_cbor", "the payload is not CBOR") from error
    if isinstance(pack, list):
        pack = [_name_labels(record) for record in pack]
    return resolve(pack)


def _name_labels(record: Any) -> Any:
    if not isinstance(record, Mapping):
        return record
    named = {LABELS.get(key, key) if type(key) is int else key: record[key] for key in record}
    if isinstance(named.get("vd"), bytes):
        named["vd"] = named["vd"].hex()
    return named


def resolve(pack: object) -> list[Record]:
    """Resolved records of a pack with JSON's labels. Raises SenmlError."""
    if not isinstance(pack, list) or not pack:
        raise SenmlError("not_senml", "a pack is a list of records")
    if len(pack) > MAX_RECORDS:
        raise SenmlError("too_many_records", f"more than {MAX_RECORDS} records")
    base = _Base()
    found = (_resolve(record, base) for record in pack)
    return [record for record in found if record is not None]


def _resolve(record: object, base: _Base) -> Record | None:
    if not isinstance(record, Mapping):
        raise SenmlError("not_senml", "a record is an object")
    _check(record)
    _take_base(record, base)
    if not {"v", "vs", "vb", "vd", "s"} & record.keys():
        return None  # it carries base fields only
    name = base.bn + record.get("n", "")
    if not _NAME.fullmatch(name):
        raise SenmlError("bad_name", f"{name[:60]!r} is no name")
    time_s = base.bt + record.get("t", 0.0)
    if not -_EPOCH_LIMIT_S < time_s < _EPOCH_LIMIT_S:
        raise SenmlError("bad_time", f"time {time_s!r} is out of range")
    return Record(
        name=name,
        own_name=record.get("n", ""),
        unit=record.get("u", base.bu),
        time_s=time_s,
        is_relative=time_s < ABSOLUTE_FROM_S,
        value=_value(record, base),
        text=record.get("vs", record.get("vd")),
        sum=record["s"] + base.bs if "s" in record else None,
    )


def _value(record: Mapping[Any, Any], base: _Base) -> float | None:
    if "vb" in record:
        return float(record["vb"])
    return float(record["v"] + base.bv) if "v" in record else None


def _check(record: Mapping[Any, Any]) -> None:
    for key, value in record.items():
        if key in _TEXTS:
            good = isinstance(value, str)
        elif key in _NUMBERS:
            good = type(value) in (int, float) and math.isfinite(value)
        elif key == "vb":
            good = isinstance(value, bool)
        elif key == "bver":
            good = type(value) is int and 0 < value <= VERSION
        else:  # section 4.4: labels that end so must be understood, others may be ignored
            good = not (isinstance(key, str) and key.endswith("_"))
        if not good:
            raise SenmlError("bad_field", f"field {str(key)[:20]!r} cannot be {str(value)[:40]!r}")
    if len({"v", "vs", "vb", "vd"} & record.keys()) > 1:
        raise SenmlError("bad_field", "a record has one value")


def _take_base(record: Mapping[Any, Any], base: _Base) -> None:
    for name in ("bn", "bt", "bu", "bv", "bs"):
        if name in record:
            setattr(base, name, record[name])
