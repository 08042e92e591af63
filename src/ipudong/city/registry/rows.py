"""Facts of places as rows: the divisions of Pudong, or those of another district."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from ipudong.city.registry.identifiers import parse_division_code

PUDONG_PLACES = Path(__file__).with_name("pudong_places.toml")
DISTRICT, SUBDISTRICT, TOWN = "district", "subdistrict", "town"
KINDS = (DISTRICT, SUBDISTRICT, TOWN)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One division: 12-digit code, names, centroid in WGS 84 degrees, area in square kilometers."""

    code: str
    kind: str
    name_zh: str
    name_en: str
    lon: float
    lat: float
    area_km2: float
    parent: str = ""

    def __post_init__(self) -> None:
        parse_division_code(self.code)
        if self.kind not in KINDS:
            raise ValueError(f"{self.code}: kind {self.kind!r} is none of {', '.join(KINDS)}")
        if not (abs(self.lon) <= 180 and abs(self.lat) <= 90 and self.area_km2 > 0):
            raise ValueError(f"{self.code}: centroid or area out of range")


def read_places(path: Path = PUDONG_PLACES) -> tuple[PlaceRow, ...]:
    """Rows of a places file; every place but `parent` itself lies in `parent`.

    Raises ValueError (IdentifierError for a wrong code) when a row cannot be a place.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    top = document["parent"]
    rows = (PlaceRow(*row) for row in document["rows"])
    return tuple(row if row.code == top else replace(row, parent=top) for row in rows)
