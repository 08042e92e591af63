"""The first page of an application: situation, for whom, the check, consent; then the number."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.casework.catalogue.records import Answer, Situation
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.forms import Form
from ipudong.city.casework.queries.cases import list_kinds
from ipudong.city.casework.queries.catalogue import Entry, find_entry
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.systems.govservice.apply_cases import (
    Beginning,
    begin_application,
    find_draft,
    new_token,
)
from ipudong.systems.govservice.apply_eligibility import draw_checks, judge, read_checks
from ipudong.systems.govservice.apply_parties import Party, list_parties
from ipudong.systems.govservice.apply_prefill import list_taken


@permitted("govservice.apply")
def start(request: HttpRequest, code: str) -> HttpResponse:
    """Ask what has to be known first; a POST with all of it opens the case."""
    entry = get_online_entry(code)
    parties = list_parties(actor_of_request(request), _audience(entry), on=timezone.localdate())
    if request.method == "POST":
        return _begin(request, entry, parties)
    return _show(request, entry, parties, request.GET, {})


def get_online_entry(code: str) -> Entry:
    """An item one can apply for online; Http404 otherwise."""
    entry = find_entry(code)
    if entry is None or entry.item is None or not entry.is_online or not entry.item.case_kind:
        raise Http404
    return entry


def find_form(kind: str) -> Form | None:
    """The application form under which a case of this kind would begin today."""
    version = next((row for row in list_kinds() if row.code == kind), None)
    return compiled(version).form_of("") if version else None


def _audience(entry: Entry) -> tuple[str, ...]:
    return tuple(entry.item.audience) if entry.item else ()


def _begin(request: HttpRequest, entry: Entry, parties: list[Party]) -> HttpResponse:
    item = entry.item
    if item is None:
        raise Http404
    post = request.POST
    party = next((row for row in parties if row.key == post.get("party")), None)
    situation = item.find_situation(post.get("situation", ""))
    answers = read_checks(item, _sent_checks(post))
    problems = _find_problems(party, situation, len(answers) < len(item.checks))
    if party is None or situation is None or problems:
        return _show(request, entry, parties, post, problems)
    verdict = judge(item, answers)
    if verdict is not None and verdict.tone != "yes" and post.get("anyway") != verdict.code:
        return _show(request, entry, parties, post, {}, verdict)
    beginning = Beginning(
        item=item,
        item_version=entry.version,
        situation=situation,
        applicant=party.applicant,
        own_person=party.own_person,
        checks=answers,
        outcome=verdict.code if verdict else "",
        consented=post.get("consent") == "true",
        token=post.get("token", ""),
    )
    try:
        application = begin_application(beginning, by=actor_of_request(request), at=timezone.now())
    except CaseworkError as error:
        return _show(request, entry, parties, post, {"": error.text})
    return redirect("govservice:apply_form", application.case_number)


def _find_problems(
    party: Party | None, situation: Situation | None, unanswered: bool
) -> dict[str, str]:
    problems = {}
    if situation is None:
        problems["situation"] = _("Please choose your situation.")
    if party is None:
        problems["party"] = _("Please choose for whom you apply.")
    if unanswered:
        problems["checks"] = _("Please answer every question of the check.")
    return problems


def _sent_checks(sent: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("check-"): sent[name] for name in sent if name.startswith("check-")}


def _show(
    request: HttpRequest,
    entry: Entry,
    parties: list[Party],
    sent: Mapping[str, str],
    problems: Mapping[str, str],
    verdict: Answer | None = None,
) -> HttpResponse:
    item = entry.item
    if item is None:
        raise Http404
    form = find_form(item.case_kind)
    only = item.situations[0].code if len(item.situations) == 1 else ""
    context: dict[str, Any] = {
        "entry": entry,
        "item": item,
        "parties": parties,
        "party": sent.get("party") or (parties[0].key if len(parties) == 1 else ""),
        "situation": sent.get("situation") or only,
        "checks": draw_checks(item, _sent_checks(sent), mark_missing="checks" in problems),
        "taken": list_taken(form) if form else [],
        "consent": request.POST.get("consent", ""),  # never ticked for somebody
        "token": sent.get("token") or new_token(),
        "problems": problems,
        "verdict": verdict,
        "draft": find_draft(actor_of_request(request), item.case_kind),
    }
    return render(request, "govservice/apply/start.html", context, status=422 if problems else 200)
