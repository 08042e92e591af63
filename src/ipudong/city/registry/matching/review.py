"""What a clerk reviews: possible matches, both sides of one, and how good the matching is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.matching.merging import PERMIT, ROWS
from ipudong.city.registry.matching.runs import LIKELY, SURE
from ipudong.city.registry.models import MatchRun, PossibleMatch
from ipudong.city.registry.models.matching import APART, MATCH_KINDS, MERGED, OPEN

BANDS = ((SURE, 1.01), (LIKELY, SURE), (0.0, LIKELY))


@dataclass(frozen=True, slots=True)
class Band:
    """Decided pairs of one band of probability: how many clerks found to be one."""

    least: float
    decided: int
    merged: int

    @property
    def share(self) -> float | None:
        """The measured share of true matches; None before any decision."""
        return self.merged / self.decided if self.decided else None


def list_matches(actor: Actor, *, kind: str, state: str = OPEN) -> QuerySet[PossibleMatch]:
    """Possible matches the actor may review, the likeliest first; open ones of which neither
    record was merged meanwhile. Raises RegistryError("review_not_allowed")."""
    _require(actor)
    rows = PossibleMatch.objects.filter(kind=kind, state=state).select_related("run")
    if state == OPEN and kind in ROWS:
        gone = ROWS[kind].objects.filter(merged_into__isnull=False)
        either = Q(pk=OuterRef("left_id")) | Q(pk=OuterRef("right_id"))
        rows = rows.exclude(Exists(gone.filter(either)))
    order = ("-probability", "pk") if state == OPEN else ("-decided_at", "pk")
    return rows.order_by(*order)


def get_match(actor: Actor, match_id: int) -> PossibleMatch:
    """One possible match. Raises RegistryError("review_not_allowed", "unknown_match")."""
    _require(actor)
    match = PossibleMatch.objects.select_related("run").filter(pk=match_id).first()
    if match is None:
        raise RegistryError("unknown_match")
    return match


def find_next(actor: Actor, *, kind: str, after: PossibleMatch | None = None) -> int | None:
    """The likeliest open match other than this one, None when the queue is empty."""
    rows = list_matches(actor, kind=kind)
    if after is not None:
        rows = rows.exclude(pk=after.pk)
    return rows.values_list("pk", flat=True).first()


def count_matches(actor: Actor) -> dict[str, int]:
    """Open matches by kind."""
    return {kind: list_matches(actor, kind=kind).count() for kind in MATCH_KINDS}


def list_runs(actor: Actor, *, limit: int = 10) -> Sequence[MatchRun]:
    """The last runs. Raises RegistryError("review_not_allowed")."""
    _require(actor)
    return list(MatchRun.objects.all()[:limit])


def measure_review(actor: Actor, *, kind: str) -> list[Band]:
    """What clerks decided, by band: whether a probability means what it says."""
    _require(actor)
    rows = PossibleMatch.objects.filter(kind=kind, state__in=(MERGED, APART))
    bands = []
    for least, most in BANDS:
        band = rows.filter(probability__gte=least, probability__lt=most)
        bands.append(Band(least, band.count(), band.filter(state=MERGED).count()))
    return bands


def _require(actor: Actor) -> None:
    if not is_allowed(actor, PERMIT):
        raise RegistryError("review_not_allowed")
