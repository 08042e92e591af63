"""A few people and offices for the tests of the registry."""

import datetime as dt

from ipudong.city.identity.actors import Actor
from ipudong.city.registry.identifiers import citizen_check_character
from ipudong.city.registry.services import Origin

TODAY = dt.date(2026, 11, 23)
MOVED_IN = dt.date(2000, 1, 1)
AT = dt.datetime(2026, 11, 23, 1, 0, tzinfo=dt.UTC)
POLICE = Actor(
    name="shen", roles=frozenset({"clerk", "resident"}), departments=frozenset({"police"})
)
CIVIL = Actor(
    name="lu", roles=frozenset({"clerk", "resident"}), departments=frozenset({"civil_affairs"})
)
NOBODY = Actor(name="chen", roles=frozenset({"resident"}))
LEADER = Actor(name="zhang", roles=frozenset({"district_leader"}))


def number_of(division: str, born: str, sequence: int) -> str:
    """A citizen number with its check character."""
    first = f"{division}{born}{sequence:03d}"
    return first + citizen_check_character(first)


def origin(on: dt.date = TODAY, **given: str) -> Origin:
    """A change from `on`, at noon of the tests' day."""
    words = {"source": "police", "quality": "verified", "by": "shen", **given}
    return Origin(effective_on=on, at=AT, **words)


WANG = number_of("310115", "19620308", 428)
