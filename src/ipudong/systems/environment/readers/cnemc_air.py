"""CNEMC hourly publication (XML): every national air station of one hour."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import BinaryIO

from lxml import etree

from ipudong.systems.environment.aqi import Concentrations
from ipudong.systems.environment.readers.air_records import AirHour, pollutants
from ipudong.systems.environment.readers.rows import Reject, RowError, Seen, china_time, number

_CHUNK_BYTES = 65_536
_NAMESPACE = "{http://schemas.datacontract.org/2004/07/Env.CnemcPublish.DAL}"
_RECORD = _NAMESPACE + "AQIDataPublishLive"
_ABSENT = "—"
_HOUR_FIELDS: Mapping[str, str] = MappingProxyType(
    {"so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3", "pm10": "PM10", "pm25": "PM2_5"}
)
_MEAN_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "so2_24h": "SO2_24h",
        "no2_24h": "NO2_24h",
        "co_24h": "CO_24h",
        "o3_24h": "O3_24h",
        "o3_8h": "O3_8h",
        "o3_8h_24h": "O3_8h_24h",
        "pm10_24h": "PM10_24h",
        "pm25_24h": "PM2_5_24h",
    }
)


def read_cnemc_air(source: BinaryIO) -> Iterator[AirHour | Reject]:
    """Stations of a publication, streaming; the parser resolves no entity and refuses a DOCTYPE.

    The published files use `&mdash;` (no value) without declaring it; that one name is understood.
    A malformed file ends with one reject; the rows before it stand.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
    )
    seen = Seen()
    try:
        for chunk in _with_dashes(source):
            parser.feed(chunk)
            yield from _records(parser, seen)
        parser.close()
        yield from _records(parser, seen)
    except etree.XMLSyntaxError as error:
        yield Reject(error.lineno or 0, "malformed", error.msg or "")
    except RowError as error:
        yield error.at(1)


def _with_dashes(source: BinaryIO) -> Iterator[bytes]:
    carry = b""
    while chunk := source.read(_CHUNK_BYTES):
        data = carry + chunk
        cut = data.rfind(b"&", -len(b"&mdash;"))
        whole = cut < 0 or b";" in data[cut:]
        data, carry = (data, b"") if whole else (data[:cut], data[cut:])
        yield data.replace(b"&mdash;", b"&#8212;")
    yield carry


def _records(parser: etree.XMLPullParser, seen: Seen) -> Iterator[AirHour | Reject]:
    for event, element in parser.read_events():
        if element.getparent() is None and element.getroottree().docinfo.doctype:
            raise RowError("doctype", element.getroottree().docinfo.doctype)
        if event != "end" or element.tag != _RECORD:
            continue
        yield _accept(element, seen)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _accept(element: etree._Element, seen: Seen) -> AirHour | Reject:
    line = element.sourceline or 0
    fields = {
        child.tag.removeprefix(_NAMESPACE): (child.text or "").strip()
        for child in element
        if isinstance(child.tag, str)
    }
    try:
        record = _build(line, fields)
    except RowError as error:
        return error.at(line)
    content = (record.hour, record.published_aqi, tuple(record.means.items()))
    return seen.check(line, (record.station_code, record.at), content, record) or record


def _build(line: int, fields: Mapping[str, str]) -> AirHour:
    if not fields.get("StationCode"):
        raise RowError("no_station", fields.get("PositionName", ""), "StationCode")
    primary = fields.get("PrimaryPollutant", _ABSENT)
    aqi = _value(fields, "AQI")
    level = fields.get("Quality", _ABSENT)
    means = {name: _value(fields, tag) for name, tag in _MEAN_FIELDS.items()}
    return AirHour(
        line=line,
        station_code=fields["StationCode"],
        station_name=fields.get("PositionName", ""),
        area=fields.get("Area", ""),
        lon=number(fields.get("Longitude", ""), "Longitude", -180, 180),
        lat=number(fields.get("Latitude", ""), "Latitude", -90, 90),
        at=china_time(fields.get("TimePoint", ""), "%Y-%m-%dT%H:%M:%S"),
        hour=Concentrations(**{name: _value(fields, tag) for name, tag in _HOUR_FIELDS.items()}),
        means={name: mean for name, mean in means.items() if mean is not None},
        published_aqi=None if aqi is None else int(aqi),
        published_level="" if level == _ABSENT else level,
        published_primary=() if primary == _ABSENT else pollutants(primary),
    )


def _value(fields: Mapping[str, str], tag: str) -> float | None:
    text = fields.get(tag, "")
    return None if text in ("", _ABSENT) else number(text, tag, 0, 100_000)
