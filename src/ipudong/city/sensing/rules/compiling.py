"""From rule rows to bindings."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import combinations

import numpy as np

from ipudong.city.sensing.clock import SECOND_US, to_us
from ipudong.city.sensing.directory import Directory
from ipudong.city.sensing.models import Alarm, Datastream, Latest, Rule, RuleKind, Status
from ipudong.city.sensing.rules.bindings import Binding, Bindings
from ipudong.city.sensing.rules.compiling_combinations import bind_combinations
from ipudong.city.sensing.rules.compiling_moving import MOVING_CHECKS, bind_moving, load_movers
from ipudong.city.sensing.rules.engine import AHEAD_US
from ipudong.city.sensing.rules.selecting import Candidate, Candidates, Mover
from ipudong.city.sensing.rules.table import RuleTable, Seen, Standing

# A step shorter than this is judged as if it had taken so long: noise is not a rate.
POSSIBLE_RATE_SPAN_S = 300


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
        "thing__place_code",
    )
    return Candidates(Candidate(*row) for row in rows.iterator(chunk_size=5000))


def load_rule_table(directory: Directory) -> RuleTable:
    """Rules in force, bound to the directory's datastreams. Reads the database; call it in a
    thread, after `load_directory`."""
    rules = Rule.objects.filter(enabled=True).exclude(kind=RuleKind.MISSING)
    streams, things = _read_standing()
    return build_rule_table(
        list(rules.select_related("fence")),
        load_candidates(),
        directory,
        standing=streams,
        standing_things=things,
        movers=load_movers(),
        seen=_read_seen(),
    )


def _read_standing() -> tuple[tuple[Standing, ...], tuple[Standing, ...]]:
    rows = Alarm.objects.filter(cleared_at=None, is_summary=False).values_list(
        "rule_id", "datastream_id", "thing_id", "peak", "raised_at"
    )
    streams: list[Standing] = []
    things: list[Standing] = []
    for rule, stream, thing, peak, raised_at in rows:
        standing = Standing(rule, stream or thing, peak or 0.0, to_us(raised_at))
        (streams if stream else things).append(standing)
    return tuple(streams), tuple(things)


def _read_seen() -> Seen:
    # What a sender's wrong clock put into the future must not make its next readings look late.
    until = to_us(datetime.now(UTC)) + AHEAD_US
    latest = Latest.objects.filter(time_us__lte=until)
    rows = list(latest.values_list("datastream_id", "time_us"))
    columns = np.array(rows, np.int64).reshape(-1, 2)
    return Seen(columns[:, 0].astype(np.int32), columns[:, 1])


def build_rule_table(
    rules: Iterable[Rule],
    candidates: Candidates,
    directory: Directory,
    standing: tuple[Standing, ...] = (),
    standing_things: tuple[Standing, ...] = (),
    movers: Sequence[Mover] = (),
    seen: Seen | None = None,
) -> RuleTable:
    """The bindings of these rules, and of every datastream's possible rate."""
    rules = list(rules)
    size = directory.streams.size
    bound: defaultdict[str, list[Binding]] = defaultdict(list)
    for rule in rules:
        if rule.kind in MOVING_CHECKS or rule.kind == RuleKind.COMBINATION:
            continue
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
        standing_things=standing_things,
        moving=bind_moving(rules, movers),
        combinations=bind_combinations(rules, candidates, size),
        seen=seen or Seen(),
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
