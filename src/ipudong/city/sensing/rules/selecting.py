"""What a rule may select by: datastreams and moving things, found by any of their facts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ipudong.city.sensing.models import Period, Rule


@dataclass(frozen=True, slots=True)
class Candidate:
    """What of a datastream a rule may select by."""

    id: int
    thing: int
    property: str
    period: str
    statistic: str
    kind: str
    system: str
    place: str = ""


class Candidates:
    """All datastreams of things in service, found by datastream, thing or property."""

    def __init__(self, rows: Iterable[Candidate]) -> None:
        self.all = tuple(rows)
        self.by_id = {row.id: row for row in self.all}
        self._by_thing: defaultdict[int, list[Candidate]] = defaultdict(list)
        self._by_property: defaultdict[str, list[Candidate]] = defaultdict(list)
        for row in self.all:
            self._by_thing[row.thing].append(row)
            self._by_property[row.property].append(row)

    def fitting(self, rule: Rule) -> list[Candidate]:
        """The datastreams a rule watches."""
        rows: Sequence[Candidate] = self.all
        if rule.datastream_id:
            rows = [self.by_id[rule.datastream_id]] if rule.datastream_id in self.by_id else []
        elif rule.thing_id:
            rows = self._by_thing[rule.thing_id]
        elif rule.observed_property_id:
            rows = self._by_property[rule.observed_property_id]
        return [row for row in rows if _fits(rule, row)]

    def others(self, row: Candidate, property_code: str) -> list[Candidate]:
        """Datastreams of the same thing, period and statistic that observe another property."""
        return [
            other
            for other in self._by_thing[row.thing]
            if other.property == property_code
            and (other.period, other.statistic) == (row.period, row.statistic)
        ]

    def of_property(self, thing: int, property_code: str, rule: Rule) -> list[Candidate]:
        """Datastreams of a thing that observe a property, of the rule's period and statistic;
        instant readings first, which know of things the soonest."""
        rows = [
            row
            for row in self._by_thing[thing]
            if row.property == property_code
            and rule.period in ("", row.period)
            and rule.statistic in ("", row.statistic)
        ]
        return sorted(rows, key=lambda row: (row.period != Period.INSTANT, row.id))


@dataclass(frozen=True, slots=True)
class Mover:
    """What of a thing a rule on positions may select by."""

    id: int
    kind: str
    system: str
    place: str = ""

    def fits(self, rule: Rule) -> bool:
        """Whether the rule watches it."""
        if rule.thing_id:
            return rule.thing_id == self.id
        wanted = ((rule.thing_kind, self.kind), (rule.system, self.system))
        fits = all(not asked or asked == given for asked, given in wanted)
        return fits and lies_in(rule.place_code, self.place)


def lies_in(area: str, place: str) -> bool:
    """Whether a 12-digit place code is the area's or of a division within it; "" is everywhere.

    GB/T 2260 and the statistics bureau's codes: county 6, street 3, village 3 digits.
    """
    return place.startswith(stem_of(area))


def stem_of(area: str) -> str:
    """The digits that the codes of all divisions within an area begin with."""
    while len(area) > 6 and area.endswith("000"):
        area = area[:-3]
    return area


def _fits(rule: Rule, row: Candidate) -> bool:
    wanted = (
        (rule.thing_id, row.thing),
        (rule.observed_property_id, row.property),
        (rule.period, row.period),
        (rule.statistic, row.statistic),
        (rule.thing_kind, row.kind),
        # A rule on one datastream or thing is of whoever made it.
        ("" if rule.datastream_id or rule.thing_id else rule.system, row.system),
    )
    fits = all(not asked or asked == given for asked, given in wanted)
    return fits and lies_in(rule.place_code, row.place)
