"""Sparkplug B payloads as plain data: Sparkplug 3.0, chapter 6."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from google.protobuf.message import DecodeError

from ipudong.protocols.sparkplug.schema import PayloadMessage

MAX_METRICS: Final = 10_000
Value = float | int | bool | str | None


class SparkplugError(ValueError):
    """What is no Sparkplug B: a stable `code` and the reason."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class DataType(IntEnum):
    """Sparkplug 3.0 section 6.4.16, as far as one value goes."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15


_SIGNED_BITS: Final = {
    DataType.INT8: 8,
    DataType.INT16: 16,
    DataType.INT32: 32,
    DataType.INT64: 64,
}
_FIELD_OF: Final = {
    DataType.INT64: "long_value",
    DataType.UINT64: "long_value",
    DataType.DATETIME: "long_value",
    DataType.FLOAT: "float_value",
    DataType.DOUBLE: "double_value",
    DataType.BOOLEAN: "boolean_value",
    DataType.STRING: "string_value",
    DataType.TEXT: "string_value",
    DataType.UUID: "string_value",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. After the birth it may bear an alias instead of its name, and no data type.
    `value` is None where it is null or no single value."""

    name: str = ""
    value: Value = None
    alias: int | None = None
    time_ms: int | None = None
    datatype: int = 0
    is_historical: bool = False


@dataclass(frozen=True, slots=True)
class Payload:
    """`seq` 0 to 255 counts the messages of an edge node; a death has none."""

    metrics: tuple[Metric, ...] = ()
    time_ms: int | None = None
    seq: int | None = None


def decode(data: bytes) -> Payload:
    """The payload of a message. Raises SparkplugError."""
    message = PayloadMessage()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise SparkplugError("not_sparkplug", "the payload is no Protocol Buffers") from error
    if len(message.metrics) > MAX_METRICS:
        raise SparkplugError("too_many_metrics", f"more than {MAX_METRICS} metrics")
    return Payload(
        metrics=tuple(_read_metric(metric) for metric in message.metrics),
        time_ms=message.timestamp if message.HasField("timestamp") else None,
        seq=message.seq if message.HasField("seq") else None,
    )


def _read_metric(metric: Any) -> Metric:
    return Metric(
        name=metric.name,
        value=_read_value(metric),
        alias=metric.alias if metric.HasField("alias") else None,
        time_ms=metric.timestamp if metric.HasField("timestamp") else None,
        datatype=metric.datatype,
        is_historical=metric.is_historical,
    )


def _read_value(metric: Any) -> Value:
    field = metric.WhichOneof("value")
    if metric.is_null or field is None or field == "bytes_value":
        return None
    return to_signed(getattr(metric, field), metric.datatype)


def to_signed(value: Any, datatype: int) -> Value:
    """Signed integers travel as two's complement in unsigned fields (section 6.4.16)."""
    bits = _SIGNED_BITS.get(datatype)  # type: ignore[call-overload]
    if bits is None or not isinstance(value, int):
        found: Value = value
        return found
    value &= (1 << bits) - 1
    return int(value - (1 << bits) if value >> (bits - 1) else value)


def encode(payload: Payload) -> bytes:
    """The bytes of a payload; commands and tests are written with it."""
    message = PayloadMessage()
    if payload.time_ms is not None:
        message.timestamp = payload.time_ms
    if payload.seq is not None:
        message.seq = payload.seq
    for metric in payload.metrics:
        _write_metric(message.metrics.add(), metric)
    return bytes(message.SerializeToString())


def _write_metric(message: Any, metric: Metric) -> None:
    if metric.name:
        message.name = metric.name
    if metric.alias is not None:
        message.alias = metric.alias
    if metric.time_ms is not None:
        message.timestamp = metric.time_ms
    if metric.is_historical:
        message.is_historical = True
    message.datatype = metric.datatype
    if metric.value is None:
        message.is_null = True
        return
    field = _FIELD_OF.get(metric.datatype, "int_value")  # type: ignore[call-overload]
    value = metric.value
    if field in ("int_value", "long_value"):
        value = int(value) & ((1 << (64 if field == "long_value" else 32)) - 1)
    setattr(message, field, value)


def list_names(metrics: Iterable[Metric]) -> tuple[str, ...]:
    """The names metrics bear."""
    return tuple(metric.name for metric in metrics if metric.name)
