"""Tracks as files: CSV, GPX 1.1, GeoJSON (RFC 7946)."""

import csv
import io
from typing import Any, Final
from xml.etree import ElementTree

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.queries import Track

GPX: Final = "http://www.topografix.com/GPX/1/1"
COLUMNS: Final = ("time", "lon", "lat", "speed_kmh", "heading_deg", "altitude_m", "status")


def write_csv(track: Track) -> str:
    """One line for each position; instants in UTC, unknown numbers empty."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for row in _rows(track):
        writer.writerow(["" if value is None else value for value in row])
    return stream.getvalue()


def write_gpx(track: Track, name: str) -> bytes:
    """One track of one segment. Speed, which GPX 1.1 has no element for, is left out."""
    ElementTree.register_namespace("", GPX)
    root = ElementTree.Element(f"{{{GPX}}}gpx", {"version": "1.1", "creator": "iPudong"})
    trk = ElementTree.SubElement(root, f"{{{GPX}}}trk")
    ElementTree.SubElement(trk, f"{{{GPX}}}name").text = name
    segment = ElementTree.SubElement(trk, f"{{{GPX}}}trkseg")
    for time, lon, lat, _speed, _heading, altitude, _status in _rows(track):
        place = {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}
        point = ElementTree.SubElement(segment, f"{{{GPX}}}trkpt", place)
        if altitude is not None:
            ElementTree.SubElement(point, f"{{{GPX}}}ele").text = f"{altitude:g}"
        ElementTree.SubElement(point, f"{{{GPX}}}time").text = time
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def write_geojson(track: Track, name: str) -> dict[str, Any]:
    """A feature with the line, and its instants and speeds beside it."""
    rows = list(_rows(track))
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [[row[1], row[2]] for row in rows]},
        "properties": {
            "name": name,
            "times": [row[0] for row in rows],
            "speeds_kmh": [row[3] for row in rows],
        },
    }


def _rows(track: Track) -> list[tuple[Any, ...]]:
    columns = [
        [from_us(time).isoformat().replace("+00:00", "Z") for time in track.time_us.tolist()],
        track.lon.round(6).tolist(),
        track.lat.round(6).tolist(),
        *(_known(getattr(track, name).tolist()) for name in ("speed", "heading", "altitude")),
        track.status.tolist(),
    ]
    return list(zip(*columns, strict=True))


def _known(values: list[float]) -> list[float | None]:
    return [value if value == value else None for value in values]
