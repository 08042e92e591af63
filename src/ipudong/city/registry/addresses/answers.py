"""What the geocoder answers: how exact, how sure, what was understood and what not."""

from dataclasses import dataclass
from typing import Final

ROOM, BUILDING, NUMBER, INTERPOLATED = "room", "building", "number", "interpolated"
LANE, ROAD, COMMUNITY, DIVISION, NONE = "lane", "road", "community", "division", "none"
# Grades from the most exact to nothing; the score an answer without any doubt has.
GRADES: Final = {
    ROOM: 1.0,
    BUILDING: 0.95,
    NUMBER: 0.9,
    INTERPOLATED: 0.7,
    LANE: 0.65,
    ROAD: 0.5,
    COMMUNITY: 0.4,
    DIVISION: 0.2,
    NONE: 0.0,
}
OTHER_TOWN: Final = 0.6
AMBIGUOUS: Final = 0.7
EACH_REST: Final = 0.97


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One geocoded address. `lon`, `lat` are WGS 84 degrees or None; `score` is 0 to 1.

    `understood` pairs elements with what was read; `rest` was not used; `doubts` are codes:
    "other_town", "ambiguous", "similar_road", "number_unknown", "room_unknown", "road_unknown".
    """

    grade: str
    score: float = 0.0
    code: str = ""
    text: str = ""
    division: str = ""
    lon: float | None = None
    lat: float | None = None
    understood: tuple[tuple[str, str], ...] = ()
    rest: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Near:
    """An address near a point."""

    code: str
    text: str
    division: str
    lon: float
    lat: float
    distance_m: float


def rate(grade: str, *, likeness: float, doubts: tuple[str, ...], rest: int) -> float:
    """The score of an answer: what its grade is worth, less for every doubt."""
    score = GRADES[grade] * likeness * EACH_REST**rest
    if "other_town" in doubts:
        score *= OTHER_TOWN
    if "ambiguous" in doubts:
        score *= AMBIGUOUS
    return round(score, 3)
