"""Our rules of how Chinese addresses are written, as rows of costs in bits.

A kind of part is recognized by its ending, its length and what may follow it. The costs were set by
hand from how addresses are built (largest first) and tuned on real ones; they hold no name.
"""

from collections.abc import Mapping
from typing import Final

COUNTRY, PROVINCE, CITY, COUNTY = "country", "province", "city", "county"
ZONE, TOWN, COMMUNITY = "zone", "town", "community"
ROAD, LANE_ROAD = "road", "lane_road"
NUMBER, LANE_NUMBER = "number", "lane_number"
SITE, SITE_PART = "site", "site_part"
BUILDING, UNIT, FLOOR, ROOM = "building", "unit", "floor", "room"
PERSON, RELATION, NOISE = "person", "relation", "noise"
KINDS: Final = (
    *(COUNTRY, PROVINCE, CITY, COUNTY, ZONE, TOWN, COMMUNITY, ROAD, LANE_ROAD, NUMBER, LANE_NUMBER),
    *(SITE, SITE_PART, BUILDING, UNIT, FLOOR, ROOM, PERSON, RELATION, NOISE),
)
START, END = "^", "$"
UNLIKELY: Final = 9.0
# Kinds that hardly stand where nothing announces them.
LONELY: Final[Mapping[str, float]] = {LANE_NUMBER: 16, PROVINCE: 12, CITY: 12, COUNTRY: 12}

# fmt: off
# What may follow what, bits; any other pair costs UNLIKELY.
FOLLOWS: Final[Mapping[str, Mapping[str, float]]] = {
    START: {
        PROVINCE: 1, CITY: 2.5, COUNTY: 3, TOWN: 3, ROAD: 3.5, SITE: 4.5, NOISE: 5,
        ZONE: 6.5, COMMUNITY: 8, COUNTRY: 8,
    },
    COUNTRY: {PROVINCE: 0.5, CITY: 2},
    PROVINCE: {CITY: 0.5, COUNTY: 3, NOISE: 4.5, TOWN: 8, SITE: 9},
    CITY: {COUNTY: 0.5, NOISE: 4.5, TOWN: 4.5, ROAD: 5, SITE: 5, ZONE: 6},
    COUNTY: {TOWN: 1, ROAD: 1.5, SITE: 2.5, NOISE: 5, ZONE: 5.5, COMMUNITY: 6},
    ZONE: {ROAD: 0.5, SITE: 2.5, TOWN: 5, COMMUNITY: 5.5, END: 5, NOISE: 6, BUILDING: 6},
    TOWN: {ROAD: 1.5, SITE: 1.5, COMMUNITY: 2, NOISE: 5.5, END: 6, NUMBER: 7, TOWN: 7.5, ZONE: 9},
    COMMUNITY: {
        SITE: 1.5, ROAD: 1.5, NUMBER: 3, END: 3, NOISE: 5.5, RELATION: 6, BUILDING: 6,
        SITE_PART: 7, COMMUNITY: 7.5,
    },
    ROAD: {
        NUMBER: 0.5, SITE: 2.5, LANE_ROAD: 4.5, END: 4.5, RELATION: 5, NOISE: 7,
        BUILDING: 7.5, SITE_PART: 8, COMMUNITY: 8,
    },
    LANE_ROAD: {
        LANE_NUMBER: 1, RELATION: 1.5, SITE: 3, NUMBER: 5.5, NOISE: 6, END: 6, BUILDING: 6.5,
        LANE_ROAD: 7.5, ROOM: 7.5,
    },
    NUMBER: {
        END: 1.2, SITE: 1.5, NOISE: 4, BUILDING: 4, FLOOR: 5, SITE_PART: 6, ROOM: 6,
        RELATION: 7, UNIT: 8, LANE_ROAD: 8,
    },
    LANE_NUMBER: {
        END: 1.5, SITE: 2, ROOM: 3, BUILDING: 3.5, NOISE: 3.5, RELATION: 5, FLOOR: 5, UNIT: 6.5,
    },
    SITE: {
        BUILDING: 1.5, END: 2, SITE_PART: 2.5, FLOOR: 4, ROAD: 4, ROOM: 4.5, RELATION: 5,
        NUMBER: 5, NOISE: 5, PERSON: 6.5, COMMUNITY: 8, UNIT: 8, SITE: 8.5,
    },
    SITE_PART: {
        END: 1.5, BUILDING: 2, PERSON: 3.5, FLOOR: 3.5, ROOM: 3.5, NOISE: 4.5, RELATION: 5,
        UNIT: 6.5, ROAD: 6.5, NUMBER: 7,
    },
    BUILDING: {
        NOISE: 2, ROOM: 2, UNIT: 2, END: 3, FLOOR: 3, SITE_PART: 6, PERSON: 6.5, SITE: 6.5,
        RELATION: 6.5,
    },
    UNIT: {ROOM: 1, NOISE: 1.5, END: 3, FLOOR: 4, SITE_PART: 6, PERSON: 7, SITE: 7, BUILDING: 8},
    FLOOR: {
        END: 1, PERSON: 2.5, ROOM: 2.5, NOISE: 4.5, UNIT: 5, SITE_PART: 5, RELATION: 5.5,
        SITE: 6, ROAD: 7.5, BUILDING: 8,
    },
    ROOM: {END: 0, NOISE: 5, PERSON: 5, SITE_PART: 7.5, SITE: 8.5},
    PERSON: {END: 0.5, BUILDING: 4, ROOM: 4.5, NOISE: 4.5, FLOOR: 4.5, RELATION: 5, PERSON: 7},
    RELATION: {
        SITE: 2, END: 2, SITE_PART: 3, LANE_ROAD: 2.5, NOISE: 4, PERSON: 4.5, NUMBER: 4.5,
        BUILDING: 4.5, ROOM: 5, RELATION: 5, FLOOR: 5, UNIT: 6.5,
    },
    NOISE: {
        ROOM: 2.5, NOISE: 2.5, END: 3, UNIT: 3, CITY: 3.5, COUNTY: 4, BUILDING: 4.5,
        PROVINCE: 4.5, SITE: 4.5, TOWN: 5, ROAD: 5, FLOOR: 6.5, COMMUNITY: 6.5, NUMBER: 7,
    },
}
# fmt: on
