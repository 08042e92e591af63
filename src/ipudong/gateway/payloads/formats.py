"""One decoder for each format of a payload that speaks of one device."""

from collections.abc import Callable, Container
from typing import Any, Final

import cbor2
import orjson

from ipudong.gateway.intake import Content, Fix, Sample
from ipudong.gateway.payloads.errors import PayloadError
from ipudong.gateway.payloads.objects import BARE_FIELD, read_document
from ipudong.gateway.payloads.owntracks import is_owntracks, read_publication
from ipudong.gateway.payloads.times import read_time_us
from ipudong.protocols.lineprotocol.parser import parse_line
from ipudong.protocols.lineprotocol.points import LineError
from ipudong.protocols.senml import pack as senml

JSON: Final = "json"
CBOR: Final = "cbor"
SENML: Final = "senml"
NUMBER: Final = "number"
SPARKPLUG: Final = "sparkplug"
LORAWAN: Final = "lorawan"
LINE: Final = "line"
MAX_LINES: Final = 10_000
_SENML_CBOR: Final = "senml+cbor"
_CONTENT_TYPES: Final = {
    "application/json": JSON,
    "application/cbor": CBOR,
    "application/senml+json": SENML,
    "application/senml+cbor": _SENML_CBOR,
    "text/plain": NUMBER,
}
_WORDS: Final = {b"true": True, b"on": True, b"false": False, b"off": False}

# payload, the device's own fields, prefix of names, time of receipt
Decoder = Callable[[bytes, Container[str], str, int], Content]


def find_format(profile_format: str, content_type: str) -> str:
    """The format of a payload: as its content type says, else as the device's profile says."""
    if content_type:
        named = _CONTENT_TYPES.get(content_type.partition(";")[0].strip().lower())
        # Text may be anything that is written: lines, JSON; the profile knows.
        if named and not (named == NUMBER and profile_format):
            return named
    return profile_format or JSON


def is_known_type(content_type: str) -> bool:
    """Whether a content type names a format."""
    return content_type.partition(";")[0].strip().lower() in _CONTENT_TYPES


def decode(kind: str, payload: bytes, fields: Container[str], prefix: str, now_us: int) -> Content:
    """What a payload says. Raises PayloadError."""
    return _DECODERS.get(kind, _decode_json)(payload, fields, prefix, now_us)


def parse_json(payload: bytes) -> Any:
    """A JSON document. Raises PayloadError."""
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise PayloadError("not_json") from error


def parse_cbor(payload: bytes) -> Any:
    """A CBOR document. Raises PayloadError."""
    try:
        return cbor2.loads(payload)
    except Exception as error:  # the library lets errors of its parts through
        raise PayloadError("not_cbor") from error


def _decode_json(payload: bytes, fields: Container[str], prefix: str, now_us: int) -> Content:
    return read_parsed(parse_json(payload), fields, prefix)


def read_parsed(document: Any, fields: Container[str], prefix: str) -> Content:
    """What a parsed JSON document says. Raises PayloadError."""
    if is_owntracks(document):
        return read_publication(document)
    return read_document(document, fields, prefix)


def _decode_cbor(payload: bytes, fields: Container[str], prefix: str, now_us: int) -> Content:
    return read_document(parse_cbor(payload), fields, prefix)


def _decode_number(payload: bytes, fields: Container[str], prefix: str, now_us: int) -> Content:
    text = payload.strip()
    if text[:1] in (b"{", b"["):
        return _decode_json(payload, fields, prefix, now_us)
    word = _WORDS.get(text.lower())
    value = _read_number(text) if word is None else word
    return Content([Sample({prefix.rstrip(".") or BARE_FIELD: value})])


def _read_number(text: bytes) -> float:
    if b"_" in text or len(text) > 40:
        raise PayloadError("not_a_number")
    try:
        return float(text)
    except ValueError as error:
        raise PayloadError("not_a_number") from error


def _decode_senml(payload: bytes, fields: Container[str], prefix: str, now_us: int) -> Content:
    is_text = payload.lstrip()[:1] in (b"[", b"{")
    return _read_pack(payload, senml.parse_json if is_text else senml.parse_cbor, prefix, now_us)


def _decode_senml_cbor(payload: bytes, fields: Container[str], prefix: str, now_us: int) -> Content:
    return _read_pack(payload, senml.parse_cbor, prefix, now_us)


def _read_pack(
    payload: bytes, parse: Callable[[bytes], list[senml.Record]], prefix: str, now_us: int
) -> Content:
    """Records with a name of their own are fields of that name, others of the base name; those of
    units lon and lat (RFC 8428 section 12.1) are a position."""
    try:
        records = parse(payload)
    except senml.SenmlError as error:
        raise PayloadError(error.code) from error
    content = Content()
    places: dict[int, dict[str, float]] = {}
    for record in records:
        time_us = round(record.time_s * 1_000_000) + (now_us if record.is_relative else 0)
        value = record.value if record.value is not None else record.sum
        if value is None:
            continue
        if record.unit in ("lon", "lat", "alt"):
            places.setdefault(time_us, {})[record.unit] = value
            continue
        name = prefix + (record.own_name or record.name)
        content.samples.append(Sample({name: value}, time_us))
    for time_us, place in places.items():
        if "lon" in place and "lat" in place:
            content.fixes.append(Fix(place["lon"], place["lat"], time_us))
    return content


def _decode_lines(payload: bytes, fields: Container[str], prefix: str, now_us: int) -> Content:
    """Lines of one device; times in the unit that their magnitude tells."""
    try:
        lines = payload.decode().split("\n")
    except UnicodeDecodeError as error:
        raise PayloadError("not_utf8") from error
    if len(lines) > MAX_LINES:
        raise PayloadError("too_many_readings")
    content = Content()
    for line in lines:
        if line.strip() and not line.lstrip().startswith("#"):
            content.samples.append(_read_line(line, prefix))
    return content


def _read_line(line: str, prefix: str) -> Sample:
    try:
        point = parse_line(line)
    except LineError as error:
        raise PayloadError(error.code) from error
    start = f"{prefix}{point.series.measurement}."
    values = {start + name: value for name, value in point.fields if not isinstance(value, str)}
    return Sample(values, None if point.time is None else read_time_us(point.time))


_DECODERS: Final[dict[str, Decoder]] = {
    JSON: _decode_json,
    CBOR: _decode_cbor,
    SENML: _decode_senml,
    _SENML_CBOR: _decode_senml_cbor,
    NUMBER: _decode_number,
    LINE: _decode_lines,
}
