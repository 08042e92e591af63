"""What the parts of an address mean together: road, lane, number, building, unit, floor, room."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from ipudong.city.registry.addresses import rules
from ipudong.city.registry.addresses.gazetteer import NO_NAMES, Lexicon
from ipudong.city.registry.addresses.segment import Part, segment
from ipudong.city.registry.addresses.text import clean, normal_number

_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|【[^】]*】|\[[^\]]*\]|<[^>]*>")
_LANE: Final = re.compile(r"(?:支弄|弄|巷|街坊)$")
_HOUSE_OF_LANE: Final = re.compile(r"号|幢|栋|号楼|座|\d$")


@dataclass(frozen=True, slots=True)
class Elements:
    """One address in its elements, numbers in normal form; "" for what it does not say.

    `site` is an estate or house called by name; `rest` are parts that were not understood.
    """

    county: str = ""
    town: str = ""
    community: str = ""
    road: str = ""
    lane: str = ""
    number: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    site: str = ""
    rest: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, str, str, str, str]:
        """What the key is made of: unit and floor only tell rooms of one number apart."""
        return self.road, self.lane, self.number, self.building, self.room


def make_key(path: Sequence[str]) -> str:
    """The form by which an address is found: elements with "/" between, none at the end."""
    return "/".join(path).rstrip("/")


def read_address(text: str, known: Lexicon = NO_NAMES) -> Elements:
    """Understand a Chinese address. What stands in brackets is left out, whatever it is."""
    plain = _IN_BRACKETS.sub(lambda match: " " * len(match[0]), clean(text)).strip()
    return join_parts(segment(plain, known))


def join_parts(parts: Sequence[Part]) -> Elements:
    """Elements of the parts of one address."""
    found: dict[str, str] = {}
    rest: list[str] = []
    for part in parts:
        if not _take(part, found):
            rest.append(part.text)
    return _settle(Elements(**found, rest=tuple(text for text in rest if text.strip(" -_,.()"))))


_PLAIN: Final = {
    rules.COUNTY: "county",
    rules.TOWN: "town",
    rules.COMMUNITY: "community",
    rules.ROAD: "road",
    rules.SITE: "site",
}
_NUMBERED: Final = {
    rules.BUILDING: "building",
    rules.UNIT: "unit",
    rules.FLOOR: "floor",
    rules.ROOM: "room",
}
_SILENT: Final = frozenset({rules.COUNTRY, rules.PROVINCE, rules.CITY, rules.NOISE, rules.RELATION})


def _take(part: Part, found: dict[str, str]) -> bool:
    """Put a part where it belongs; False when it has no place of its own."""
    if part.kind in _PLAIN:
        return _put(found, _PLAIN[part.kind], part.text)
    if part.kind in _NUMBERED:
        return _put(found, _NUMBERED[part.kind], normal_number(part.text))
    if part.kind in (rules.NUMBER, rules.LANE_NUMBER):
        if _LANE.search(part.text):
            return _add_lane(found, part.text)
        return _put(found, "number", normal_number(part.text))
    if part.kind == rules.LANE_ROAD and _LANE.search(part.text) and part.text[0].isdigit():
        return _add_lane(found, part.text)
    if part.kind == rules.SITE_PART and "site" in found:
        found["site"] += part.text
        return True
    return part.kind in _SILENT and not part.text.isdigit()


def _put(found: dict[str, str], name: str, text: str) -> bool:
    if name in found:
        return False
    found[name] = text
    return True


def _add_lane(found: dict[str, str], text: str) -> bool:
    number = normal_number(text)
    # 128弄56支弄 is one lane off another.
    found["lane"] = f"{found['lane']}-{number}" if found.get("lane") else number
    return True


def _settle(elements: Elements) -> Elements:
    """One reading for what people write in several ways."""
    inside = elements.lane or (elements.site and not elements.road)
    if inside and elements.building and not elements.number:
        # In a lane or an estate 4号, 4号楼 and 4幢 are the same house.
        elements = replace(elements, number=elements.building, building="")
    if elements.road and not elements.number and not elements.lane and elements.room:
        return replace(elements, number=elements.room, room="")
    return elements
