"""From rule rows about several streams to combinations."""

from collections.abc import Iterable, Iterator
from typing import Any

from ipudong.city.sensing.clock import SECOND_US
from ipudong.city.sensing.models import Rule, RuleKind
from ipudong.city.sensing.rules.combinations import Combination, CombinationTable, Member
from ipudong.city.sensing.rules.selecting import Candidate, Candidates


def bind_combinations(rules: Iterable[Rule], candidates: Candidates, size: int) -> CombinationTable:
    """The combinations of these rules, for datastream ids below `size`."""
    rows: list[Combination] = []
    for rule in rules:
        if rule.kind == RuleKind.COMBINATION and rule.members:
            rows += _bind(rule, candidates, size)
    return CombinationTable.build(rows)


def _bind(rule: Rule, candidates: Candidates, size: int) -> Iterator[Combination]:
    if any("datastream" in member for member in rule.members):
        yield from _bind_named(rule, candidates, size)
        return
    for thing in sorted({row.thing for row in candidates.fitting(rule)}):
        found = [
            candidates.of_property(thing, member["property"], rule)[:1] for member in rule.members
        ]
        streams = [rows[0] for rows in found if rows and rows[0].id < size]
        if len(streams) == len(rule.members):
            yield _combine(rule, thing, streams)


def _bind_named(rule: Rule, candidates: Candidates, size: int) -> Iterator[Combination]:
    """Named datastreams, of one thing or several; the alarm is the rule's thing's, else the
    first's."""
    ids = [int(member["datastream"]) for member in rule.members]
    streams = [candidates.by_id[stream] for stream in ids if stream in candidates.by_id]
    if len(streams) == len(ids) and all(row.id < size for row in streams):
        yield _combine(rule, rule.thing_id or streams[0].thing, streams)


def _combine(rule: Rule, thing: int, streams: list[Candidate]) -> Combination:
    return Combination(
        rule=rule.pk,
        thing=thing,
        members=tuple(
            _member(member, stream.id) for member, stream in zip(rule.members, streams, strict=True)
        ),
        need=rule.count,
        window_us=rule.span_s * SECOND_US,
        duration_us=rule.duration_s * SECOND_US,
    )


def _member(row: dict[str, Any], datastream: int) -> Member:
    return Member(
        datastream=datastream,
        limit=float(row["limit"]),
        sign=1.0 if row.get("above", True) else -1.0,
        hysteresis=float(row.get("hysteresis", 0.0)),
    )
