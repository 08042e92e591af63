"""The related rows of many entities in one query: what `$expand` reads, level by level."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from ipudong.gateway.sensorthings.context import Context
from ipudong.gateway.sensorthings.entities import Relation
from ipudong.gateway.sensorthings.options import DEFAULT_TOP, QueryOptions

KEYS_AT_ONCE: Final = 10_000


@dataclass(slots=True)
class Group:
    """The related rows of one entity, and how many there are where that was asked."""

    rows: list[Any] = field(default_factory=list)
    has_more: bool = False
    count: int = 0


Keep = Callable[[list[Any]], list[Any]]


def read_groups(
    context: Context,
    relation: Relation,
    rows: QuerySet[Any],
    keys: Sequence[Any],
    options: QueryOptions,
    keep: Keep | None = None,
) -> dict[Any, Group]:
    """The rows that a relation leads to, by the key of whom they belong to.

    `rows` are of the target set, filtered and ordered; `keep` gives those that also fulfil what
    the database could not decide, in their order.
    """
    groups: dict[Any, Group] = {}
    distinct = [key for key in dict.fromkeys(keys) if key is not None]
    for at in range(0, len(distinct), KEYS_AT_ONCE):
        some = distinct[at : at + KEYS_AT_ONCE]
        own = rows.filter(**{f"{relation.lookup}__in": some}).annotate(owner=F(relation.lookup))
        if options.count and keep is None:
            counts = own.order_by().values_list("owner").annotate(n=Count("pk", distinct=True))
            for owner, count in counts:
                groups.setdefault(owner, Group()).count = count
        _gather(context, groups, own, options, keep)
    _cut(groups, options, keep is not None)
    return groups


def _gather(
    context: Context,
    groups: dict[Any, Group],
    rows: QuerySet[Any],
    options: QueryOptions,
    keep: Keep | None,
) -> None:
    if keep is None and (options.skip or options.top < DEFAULT_TOP):
        rows = _number(rows, options)
    found = list(rows[: context.entities_left + 1])
    context.spend(len(found))
    for row in keep(found) if keep else found:
        group = groups.get(row.owner)
        if group is None:
            group = groups[row.owner] = Group()
        group.rows.append(row)


def _number(rows: QuerySet[Any], options: QueryOptions) -> QuerySet[Any]:
    """Only the first rows of each owner, skipped ones included: the database counts them off."""
    ordering: list[Any] = list(rows.query.order_by) or ["pk"]
    place = Window(RowNumber(), partition_by=F("owner"), order_by=ordering)
    return rows.annotate(place=place).filter(place__lte=options.skip + options.top + 1)


def _cut(groups: dict[Any, Group], options: QueryOptions, is_kept: bool) -> None:
    for group in groups.values():
        if is_kept:
            group.count = len(group.rows)
        group.has_more = len(group.rows) > options.skip + options.top
        if group.has_more or options.skip:
            group.rows = group.rows[options.skip : options.skip + options.top]
