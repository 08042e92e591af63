"""Merging two records into one, and splitting them again: nothing is deleted or forgotten."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.db.models.fields.reverse_related import ForeignObjectRel

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Merge, Organization, Person, PossibleMatch
from ipudong.city.registry.models.matching import APART, MERGED, OPEN, ORGANIZATION, PERSON

PERMIT: Final = "registry.review_matches"
ROWS: Final[dict[str, type[Person] | type[Organization]]] = {
    PERSON: Person,
    ORGANIZATION: Organization,
}


def merge_persons(
    *, kept_id: int, absorbed_id: int, by: Actor, at: datetime, reason: str = ""
) -> Merge:
    """Take one person into another; every reference follows, both rows stay.

    Raises RegistryError: "review_not_allowed", "same_record", "person_not_found",
    "merged_already".
    """
    return _merge(PERSON, kept_id, absorbed_id, by, at, reason, None)


def merge_organizations(
    *, kept_id: int, absorbed_id: int, by: Actor, at: datetime, reason: str = ""
) -> Merge:
    """Take one organization into another. Raises RegistryError as `merge_persons`."""
    return _merge(ORGANIZATION, kept_id, absorbed_id, by, at, reason, None)


def split_persons(*, merge_id: int, by: Actor, at: datetime) -> Merge:
    """Undo a merge: the references it turned go back, and nothing else.

    Raises RegistryError: "review_not_allowed", "unknown_merge", "undone_already",
    "merged_further".
    """
    return undo_merge(merge_id=merge_id, by=by, at=at)


@transaction.atomic
def decide_match(
    *, match_id: int, merge: bool, keep: str = "left", by: Actor, at: datetime, reason: str = ""
) -> PossibleMatch:
    """Say of a possible match that it is one (then `keep` "left" or "right" goes on) or two.

    Raises RegistryError: "unknown_match", "decided_already", and those of `merge_persons`.
    """
    _require(by)
    match = PossibleMatch.objects.select_for_update().filter(pk=match_id).first()
    if match is None:
        raise RegistryError("unknown_match")
    if match.state != OPEN:
        raise RegistryError("decided_already", by=match.decided_by)
    _decide(match, MERGED if merge else APART, by, at, reason)
    if merge:
        pair = (match.left_id, match.right_id)
        kept_id, absorbed_id = pair if keep == "left" else pair[::-1]
        _merge(match.kind, kept_id, absorbed_id, by, at, reason, match)
    else:
        subject = f"match:{match.pk}"
        record(actor=by.name, action="registry.keep_apart", subject=subject, detail={}, at=at)
    return match


@transaction.atomic
def reopen_match(*, match_id: int, by: Actor, at: datetime) -> PossibleMatch:
    """Put a decision back: a merge is undone, two records kept apart are asked about again.

    Raises RegistryError: "unknown_match", "not_decided", and those of `undo_merge`.
    """
    _require(by)
    match = PossibleMatch.objects.select_for_update().filter(pk=match_id).first()
    if match is None:
        raise RegistryError("unknown_match")
    if match.state == OPEN:
        raise RegistryError("not_decided")
    merge = match.merges.filter(undone_at=None).first()
    if merge is not None:
        undo_merge(merge_id=merge.pk, by=by, at=at)
        match.refresh_from_db()
        return match
    _decide(match, OPEN, None, None, "")
    subject = f"match:{match.pk}"
    record(actor=by.name, action="registry.reopen_match", subject=subject, detail={}, at=at)
    return match


@transaction.atomic
def undo_merge(*, merge_id: int, by: Actor, at: datetime) -> Merge:
    """Undo a merge of persons or organizations. Raises RegistryError as `split_persons`."""
    _require(by)
    merge = Merge.objects.select_for_update().filter(pk=merge_id).first()
    if merge is None:
        raise RegistryError("unknown_merge")
    if merge.undone_at is not None:
        raise RegistryError("undone_already", by=merge.undone_by)
    rows = ROWS[merge.kind]
    kept = rows.objects.select_for_update().get(pk=merge.kept_id)
    absorbed = rows.objects.select_for_update().get(pk=merge.absorbed_id)
    if kept.merged_into_id is not None:
        raise RegistryError("merged_further", into=kept.merged_into_id)
    for moved in merge.moved:
        _turn(_relations(rows), moved["table"], moved["field"], moved["keys"], kept, absorbed)
    absorbed.merged_into = None
    absorbed.save(update_fields=["merged_into"])
    merge.undone_by, merge.undone_at = by.name, at
    merge.save(update_fields=["undone_by", "undone_at"])
    if merge.match is not None:
        _decide(merge.match, OPEN, None, None, "")
    _note(merge, "registry.split", by, at)
    return merge


@transaction.atomic
def _merge(
    kind: str,
    kept_id: int,
    absorbed_id: int,
    by: Actor,
    at: datetime,
    reason: str,
    match: PossibleMatch | None,
) -> Merge:
    _require(by)
    if kept_id == absorbed_id:
        raise RegistryError("same_record")
    # Always in the same order, so that two clerks cannot wait for each other.
    locked = ROWS[kind].objects.select_for_update().order_by("pk")
    found = {row.pk: row for row in locked.filter(pk__in=(kept_id, absorbed_id))}
    if len(found) < 2:
        raise RegistryError(f"{kind}_not_found")
    kept, absorbed = found[kept_id], found[absorbed_id]
    if kept.merged_into_id or absorbed.merged_into_id:
        raise RegistryError("merged_already")
    moved = list(_move_references(absorbed, kept))
    absorbed.merged_into = kept
    absorbed.save(update_fields=["merged_into"])
    merge = Merge.objects.create(
        kind=kind,
        kept_id=kept_id,
        absorbed_id=absorbed_id,
        match=match,
        moved=moved,
        by=by.name,
        at=at,
        reason=reason[:200],
    )
    _note(merge, "registry.merge", by, at)
    return merge


def _relations(rows: type[Model]) -> list[ForeignObjectRel]:
    """Every reference any table has to these rows, of whatever part of the house."""
    return [
        relation
        for relation in rows._meta.related_objects
        if relation.one_to_many or relation.one_to_one
    ]


def _move_references(source: Model, target: Model) -> Iterator[dict[str, Any]]:
    for relation in _relations(type(source)):
        field = relation.field.name
        rows = relation.related_model._default_manager.filter(**{field: source})
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        moved = [key for key in keys if _point_to(relation, key, target)]
        if moved:
            table = relation.related_model._meta.label_lower
            yield {"table": table, "field": field, "keys": moved}


def _point_to(relation: ForeignObjectRel, key: int, target: Model) -> bool:
    """Turn one reference; False where the target has its own already, as a household today."""
    rows = relation.related_model._default_manager.filter(pk=key)
    try:
        with transaction.atomic():
            rows.update(**{relation.field.name: target})
    except IntegrityError:
        return False
    return True


def _turn(
    relations: Iterable[ForeignObjectRel],
    table: str,
    field: str,
    keys: list[int],
    kept: Model,
    absorbed: Model,
) -> None:
    """Turn references back, those that still point where the merge turned them."""
    for relation in relations:
        model = relation.related_model
        if (model._meta.label_lower, relation.field.name) == (table, field):
            rows = model._default_manager.filter(pk__in=keys, **{field: kept})
            rows.update(**{field: absorbed})


def _decide(
    match: PossibleMatch, state: str, by: Actor | None, at: datetime | None, reason: str
) -> None:
    match.state, match.reason = state, reason[:200]
    match.decided_by, match.decided_at = (by.name if by else ""), at
    match.save(update_fields=["state", "reason", "decided_by", "decided_at"])


def _require(by: Actor) -> None:
    if not is_allowed(by, PERMIT):
        raise RegistryError("review_not_allowed")


def _note(merge: Merge, action: str, by: Actor, at: datetime) -> None:
    detail = {"merge": merge.pk, "kept": merge.kept_id, "absorbed": merge.absorbed_id}
    for key in (merge.kept_id, merge.absorbed_id):
        record(
            actor=by.name,
            action=f"{action}_{merge.kind}",
            subject=f"{merge.kind}:{key}",
            detail=detail,
            at=at,
        )
