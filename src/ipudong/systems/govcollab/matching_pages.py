"""Matching review: the queue, two records side by side with the reasons, and the decision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.codes import SEXES
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.matching.merging import decide_match, reopen_match
from ipudong.city.registry.matching.review import (
    count_matches,
    find_next,
    get_match,
    list_matches,
    list_runs,
    measure_review,
)
from ipudong.city.registry.models import Organization, PossibleMatch
from ipudong.city.registry.models.matching import MATCH_KINDS, MATCH_STATES, OPEN, PERSON
from ipudong.city.registry.purposes import PERSON_FIELDS
from ipudong.city.registry.queries.people import read_person
from ipudong.systems.govcollab.matching_words import (
    FIELDS,
    REFUSALS,
    draw_bar,
    find_certainty,
)

PERMIT: Final = "registry.review_matches"
PURPOSE: Final = "record_matching"
PAGE_SIZE: Final = 25
MOST_PERCENT: Final = 99.9  # no comparison is certain
ORGANIZATION_FIELDS: Final = (
    *("name", "credit_code", "kind", "status", "representative_name", "phone", "address"),
    *("founded_on", "source"),
)


_FIELD_OF_COLUMN: Final = {
    "family": "name",
    "born": "born_on",
    "number": "document_number",
    "code": "credit_code",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both records."""

    title: Promise | str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """Whether both say something and not the same."""
        says = self.left and self.right and str(SEXES["0"]) not in (self.left, self.right)
        return bool(says) and self.left != self.right


@permitted(PERMIT)
def show_queue(request: HttpRequest) -> HttpResponse:
    """Possible matches by kind and state, the likeliest first, and the quality of matching."""
    actor = actor_of_request(request)
    kind = _chosen(request.GET.get("kind"), MATCH_KINDS, PERSON)
    state = _chosen(request.GET.get("state"), MATCH_STATES, OPEN)
    page = Paginator(list_matches(actor, kind=kind, state=state), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    context = {
        "kind": kind,
        "state": state,
        "kinds": MATCH_KINDS.items(),
        "states": MATCH_STATES.items(),
        "page": page,
        "matches": [_describe(match) for match in page],
        "counts": count_matches(actor),
        "first": find_next(actor, kind=kind),
        "bands": _describe_bands(actor, kind),
        "runs": [_describe_run(run) for run in list_runs(actor) if run.kind == kind],
    }
    return render(request, "govcollab/matching/queue.html", context)


@permitted(PERMIT)
def show_match(request: HttpRequest, match_id: int) -> HttpResponse:
    """Two records side by side; reading persons is recorded."""
    actor = actor_of_request(request)
    match = _find(actor, match_id)
    words, tone = find_certainty(match.probability)
    merge = match.merges.filter(undone_at=None).first()
    context = {
        "match": match,
        "words": words,
        "tone": tone,
        "percent": min(match.probability * 100, MOST_PERCENT),
        "lines": _lines(actor, match),
        "bars": [draw_bar(weight) for weight in match.weights],
        "merge": merge,
        "next": find_next(actor, kind=match.kind, after=match),
        "state_title": MATCH_STATES[match.state],
        "kind_title": MATCH_KINDS[match.kind],
    }
    return render(request, "govcollab/matching/match.html", context)


@permitted(PERMIT)
@require_POST
def decide(request: HttpRequest, match_id: int) -> HttpResponse:
    """Merge, keep apart or undo; then the next pair, or this one again after an undo."""
    actor, act = actor_of_request(request), request.POST.get("act", "")
    match = _find(actor, match_id)
    try:
        _act(act, match, actor, request.POST.get("reason", "").strip())
    except RegistryError as error:
        messages.error(request, str(REFUSALS.get(error.code, error.code)))
        return redirect("govcollab:match", match_id)
    messages.success(request, _SAID[act]())
    following = find_next(actor, kind=match.kind) if act != "undo" else match_id
    if following is None:
        return redirect("govcollab:matching")
    return redirect("govcollab:match", following)


_SAID: Final = {
    "keep_left": lambda: _("Merged into the first record. It can be undone."),
    "keep_right": lambda: _("Merged into the second record. It can be undone."),
    "apart": lambda: _("Kept apart. They will not be asked about again."),
    "undo": lambda: _("Undone: the pair is open again."),
}


def _act(act: str, match: PossibleMatch, actor: Actor, reason: str) -> None:
    now = timezone.now()
    if act == "undo":
        reopen_match(match_id=match.pk, by=actor, at=now)
    elif act in _SAID:
        decide_match(
            match_id=match.pk,
            merge=act != "apart",
            keep=act.removeprefix("keep_"),
            by=actor,
            at=now,
            reason=reason,
        )
    else:
        raise Http404("no such act")


def _find(actor: Actor, match_id: int) -> PossibleMatch:
    try:
        return get_match(actor, match_id)
    except RegistryError as error:
        raise Http404("no such pair") from error


def _chosen(asked: str | None, known: Mapping[str, Promise], otherwise: str) -> str:
    return asked if asked is not None and asked in known else otherwise


def _describe(match: PossibleMatch) -> dict[str, Any]:
    """A row of the queue: what agrees and what does not, without any personal data."""
    words, tone = find_certainty(match.probability)
    bars = [draw_bar(weight) for weight in match.weights]
    return {
        "row": match,
        "words": words,
        "tone": tone,
        "percent": min(match.probability * 100, MOST_PERCENT),
        "agree": [bar.title for bar in bars if bar.bits >= 1],
        "differ": [bar.title for bar in bars if bar.bits <= -1],
    }


def _describe_bands(actor: Actor, kind: str) -> list[dict[str, Any]]:
    return [
        {"words": find_certainty(band.least)[0], "band": band, "percent": (band.share or 0) * 100}
        for band in measure_review(actor, kind=kind)
    ]


def _describe_run(run: Any) -> dict[str, Any]:
    filled = run.figures.get("filled", {})
    fields = [
        (FIELDS.get(_FIELD_OF_COLUMN.get(name, name), name), share * 100)
        for name, share in filled.items()
        if name != "division"
    ]
    return {"row": run, "fields": fields}


def _lines(actor: Actor, match: PossibleMatch) -> list[Line]:
    left: Mapping[str, str]
    right: Mapping[str, str]
    if match.kind == PERSON:
        left, right = (
            read_person(by=actor, person_id=key, purpose=PURPOSE).values
            for key in (match.left_id, match.right_id)
        )
        return _side_by_side(((name, PERSON_FIELDS[name]) for name in left), left, right)
    found = Organization.objects.in_bulk([match.left_id, match.right_id])
    left, right = (
        {name: _text_of(found[key], name) for name in ORGANIZATION_FIELDS}
        for key in (match.left_id, match.right_id)
    )
    titles = {field.name: field.verbose_name for field in Organization._meta.fields}
    return _side_by_side(((name, titles[name]) for name in ORGANIZATION_FIELDS), left, right)


def _side_by_side(
    titles: Iterable[tuple[str, Any]], left: Mapping[str, Any], right: Mapping[str, Any]
) -> list[Line]:
    rows = [Line(title, str(left[name] or ""), str(right[name] or "")) for name, title in titles]
    return [row for row in rows if row.left or row.right]


def _text_of(row: Organization, name: str) -> str:
    shown = getattr(row, f"get_{name}_display", None)
    value = shown() if shown else getattr(row, name)
    return "" if value is None else str(value)
