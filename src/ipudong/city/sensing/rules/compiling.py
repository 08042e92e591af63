"""From rule rows to bindings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.directory import Directory
from ipudong.city.sensing.models import Alarm, Datastream, Rule, RuleKind, Status
from ipudong.city.sensing.rules.bindings import Binding, Bindings, RuleTable

# A step shorter than this is judged as if it had taken so long: noise is not a rate.
POSSIBLE_RATE_SPAN_S = 300


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
    return all(not asked or asked == given for asked, given in wanted)


def load_candidates() -> Candidates:
    """Read all datastreams of things in service."""
    rows = Datastream.objects.filter(thing__status=Status.INSTALLED).values_list(
        "id",
        "thing_id",
        "observed_property_id",
        "period",
        "statistic",
        "thing__kind",
        "thing__system",
    )
    return Candidates(Candidate(*row) for row in rows.iterator(chunk_size=5000))


def load_rule_table(directory: Directory) -> RuleTable:
    """Rules in force, bound to the directory's datastreams. Reads the database; call it in a
    thread, after `load_directory`."""
    rules = list(Rule.objects.filter(enabled=True).exclude(kind=RuleKind.MISSING))
    standing = Alarm.objects.filter(cleared_at=None, datastream__isnull=False).values_list(
        "rule_id", "datastream_id", "peak"
    )
    return build_rule_table(
        rules, load_candidates(), directory, tuple((r, d, p or 0.0) for r, d, p in standing)
    )


def build_rule_table(
    rules: Iterable[Rule],
    candidates: Candidates,
    directory: Directory,
    standing: tuple[tuple[int, int, float], ...] = (),
) -> RuleTable:
    """The bindings of these rules, and of every datastream's possible rate."""
    size = directory.streams.size
    bound: defaultdict[str, list[Binding]] = defaultdict(list)
    for rule in rules:
        rows = [row for row in candidates.fitting(rule) if row.id < size]
        bound[rule.kind].extend(_bind(rule, rows, candidates))
    bound[RuleKind.RATE].extend(_possible_rates(directory))
    return RuleTable(
        version=directory.version,
        size=size,
        thresholds=Bindings.build([*bound[RuleKind.ABOVE], *bound[RuleKind.BELOW]]),
        rates=Bindings.build(bound[RuleKind.RATE]),
        flats=Bindings.build(bound[RuleKind.FLAT]),
        pairs=Bindings.build(bound[RuleKind.DUPLICATE]),
        standing=standing,
    )


def _bind(rule: Rule, rows: list[Candidate], candidates: Candidates) -> Iterator[Binding]:
    if rule.kind == RuleKind.DUPLICATE:
        yield from _bind_pairs(rule, rows, candidates)
        return
    for row in rows:
        yield Binding(
            rule=rule.pk,
            datastream=row.id,
            sign=-1.0 if rule.kind == RuleKind.BELOW else 1.0,
            limit=float("nan") if rule.limit is None else rule.limit,
            hysteresis=rule.hysteresis,
            duration_us=rule.duration_s * SECOND_US,
            count=rule.count,
            span_us=rule.span_s * SECOND_US,
        )


def _bind_pairs(rule: Rule, rows: list[Candidate], candidates: Candidates) -> Iterator[Binding]:
    """With `other_property` the first is the copy and alone suspect; without, any two are."""
    common = partial(Binding, rule=rule.pk, count=rule.count, span_us=rule.span_s * SECOND_US)
    if rule.other_property_id:
        for row in rows:
            for other in candidates.others(row, rule.other_property_id):
                yield common(datastream=row.id, other=other.id)
        return
    groups: defaultdict[tuple[int, str, str], list[Candidate]] = defaultdict(list)
    for row in rows:
        groups[row.thing, row.period, row.statistic].append(row)
    for group in groups.values():
        for one, two in combinations(sorted(group, key=lambda row: row.id), 2):
            if one.property != two.property:
                yield common(datastream=one.id, other=two.id, flags_other=True)


def _possible_rates(directory: Directory) -> Iterator[Binding]:
    limits = directory.streams.max_rate_per_h
    for stream in (limits == limits).nonzero()[0].tolist():  # NaN is no limit
        yield Binding(
            rule=0,
            datastream=stream,
            limit=float(limits[stream]),
            span_us=POSSIBLE_RATE_SPAN_S * SECOND_US,
        )
