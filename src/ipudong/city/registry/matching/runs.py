"""Runs of matching over the registry: compare, keep what may be one, report the quality."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.registry.matching.linking import Linked, Pair, link
from ipudong.city.registry.matching.model import ORGANIZATIONS, PERSONS
from ipudong.city.registry.matching.records import read_organizations, read_persons
from ipudong.city.registry.models import MatchRun, PossibleMatch
from ipudong.city.registry.models.matching import ORGANIZATION, PERSON

LIKELY, SURE = 0.5, 0.95
_REPORTED: Final = {
    PERSON: ("family", "born", "number", "phone", "address", "division"),
    ORGANIZATION: ("name", "code", "representative", "phone", "address", "division"),
}


def match_persons(
    *,
    source: str,
    by: str,
    at: datetime,
    fresh: Collection[int] | None = None,
    numbers: Mapping[int, str] | None = None,
) -> MatchRun:
    """Compare new persons with all, or all with each other; what may be one goes to review."""
    table = read_persons(fresh, numbers)
    linked = link([table], PERSONS, fresh_only=fresh is not None, levels=_learned(PERSON))
    return _keep(PERSON, source, by, at, table, linked)


def match_organizations(
    *, source: str, by: str, at: datetime, fresh: Collection[int] | None = None
) -> MatchRun:
    """Compare new organizations with all, or all with each other."""
    table = read_organizations(fresh)
    linked = link(
        [table], ORGANIZATIONS, fresh_only=fresh is not None, levels=_learned(ORGANIZATION)
    )
    return _keep(ORGANIZATION, source, by, at, table, linked)


def _learned(kind: str) -> Mapping[str, Mapping[str, tuple[float, float]]]:
    """Weights of the last run that was large enough to learn."""
    last = MatchRun.objects.filter(kind=kind).exclude(model={}).first()
    return last.model if last else {}


@transaction.atomic
def _keep(
    kind: str, source: str, by: str, at: datetime, table: pa.Table, linked: Linked
) -> MatchRun:
    run = MatchRun.objects.create(
        kind=kind,
        source=source[:80],
        by=by,
        started_at=at,
        ended_at=at,
        records=len(table),
        pairs=linked.compared,
        model=linked.levels if linked.trained else {},
        figures=_measure(kind, table, linked),
    )
    before = PossibleMatch.objects.count()
    rows = [_row(kind, run, pair) for pair in linked.pairs]
    PossibleMatch.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)
    run.found = PossibleMatch.objects.count() - before
    run.save(update_fields=["found"])
    detail = {"source": source, "records": len(table), "found": run.found}
    record(actor=by, action=f"registry.match_{kind}s", subject=f"match_run:{run.pk}", detail=detail)
    return run


def _row(kind: str, run: MatchRun, pair: Pair) -> PossibleMatch:
    left, right = sorted((int(pair.left), int(pair.right)))
    return PossibleMatch(
        kind=kind,
        run=run,
        left_id=left,
        right_id=right,
        bits=pair.bits,
        probability=pair.probability,
        weights=[{"field": w.field, "level": w.level, "bits": w.bits} for w in pair.weights],
    )


def _measure(kind: str, table: pa.Table, linked: Linked) -> dict[str, Any]:
    """The quality report: how complete each field is, and how sure the pairs are."""
    total = max(len(table), 1)
    likely = [pair.probability for pair in linked.pairs]
    return {
        "filled": {name: 1 - table[name].null_count / total for name in _REPORTED[kind]},
        "fresh": int(pc.sum(table["fresh"]).as_py() or 0),
        "sure": sum(p >= SURE for p in likely),
        "likely": sum(LIKELY <= p < SURE for p in likely),
        "unlikely": sum(p < LIKELY for p in likely),
        "trained": linked.trained,
    }
