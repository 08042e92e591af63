"""The board of cards, a card explained, and what is done with it."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Card, CardState, Color
from ipudong.city.casework.supervision import board, raising
from ipudong.city.casework.supervision.rules import RULES
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.systems.govcollab.supervision_shell import (
    names_of_departments,
    refuse,
    show,
    titles_of_kinds,
)
from ipudong.systems.govcollab.supervision_words import (
    COLOR_TONES,
    STATE_TONES,
    explain_card,
    title_of_event,
    title_of_rule,
)

A_PAGE: Final = 30
FILTERS: Final = ("state", "color", "rule", "department", "text")
Act = Callable[..., Card]
OFFICE_ACTS: Final[dict[str, Act]] = {
    "explain": raising.explain_card,
    "recheck": raising.ask_recheck,
}
JUDGE_ACTS: Final[dict[str, Act]] = {
    "accept": raising.accept_explanation,
    "reject": raising.reject_explanation,
    "uphold": raising.uphold_card,
    "withdraw": raising.withdraw_card,
}


@permitted("supervision.view")
def show_board(request: HttpRequest) -> HttpResponse:
    """All cards, newest first, narrowed by state, color, rule, office or case number."""
    actor = actor_of_request(request)
    asked = {name: request.GET.get(name, "")[:80] for name in FILTERS}
    page = Paginator(board.list_cards(actor, board.CardFilter(**asked)), A_PAGE).get_page(
        request.GET.get("page")
    )
    offices = names_of_departments(board.list_departments_with_cards(actor))
    context = {
        "page": page,
        "cards": describe_cards(list(page)),
        "counts": board.count_cards(actor, timezone.localdate()),
        "asked": asked,
        "is_narrowed": any(asked.values()),
        "states": CardState.choices,
        "colors": Color.choices,
        "rules": [(rule.code, rule.title) for rule in RULES.values()],
        "offices": sorted(offices.items(), key=lambda pair: pair[1]),
    }
    return show(request, "board", "board.html", context)


@permitted("supervision.explain")
def show_mine(request: HttpRequest) -> HttpResponse:
    """The cards of one's own offices: first those that wait for an explanation."""
    actor = actor_of_request(request)
    cards = describe_cards(list(board.list_to_explain(actor)[:200]))
    context = {
        "waiting": [card for card in cards if card["row"].state == CardState.RAISED],
        "others": [card for card in cards if card["row"].state != CardState.RAISED],
        "has_office": bool(actor.departments),
    }
    return show(request, "mine", "mine.html", context)


@permitted("supervision.read_card")
def show_card(request: HttpRequest, card_id: int) -> HttpResponse:
    """One card with its reckoning, the events behind it and everything done with it."""
    actor = actor_of_request(request)
    try:
        card = board.get_card(actor, card_id)
    except CaseworkError as error:
        raise Http404 from error
    return show(request, _tab(actor), "card.html", _context(card, actor))


def _tab(actor: Actor) -> str:
    return "board" if is_allowed(actor, "supervision.view") else "mine"


def _context(card: Card, actor: Actor) -> dict[str, Any]:
    (described,) = describe_cards([card])
    today = timezone.localdate()
    share = card.facts.get("share")
    return {
        "card": described,
        "lines": explain_card(card),
        "share": None if share is None else min(100, 100 * share),
        "meaning": RULES[card.rule].meaning if card.rule in RULES else "",
        "events": [
            {"row": event, "title": title_of_event(event.name)}
            for event in board.list_evidence(card)
        ],
        "entries": card.entries.all(),
        "complaints": card.complaints.all(),
        **_list_acts(card, actor, today),
    }


def _list_acts(card: Card, actor: Actor, today: date) -> dict[str, bool]:
    """Which acts the caller could do now."""
    is_own = card.department in actor.departments
    may_explain = is_own and is_allowed(actor, "supervision.explain")
    may_judge = not is_own and is_allowed(actor, "supervision.card")
    state = card.state
    return {
        "may_explain": may_explain and state == CardState.RAISED and today <= card.explain_by,
        "may_recheck": may_explain and state == CardState.CONFIRMED,
        "may_judge": may_judge and state == CardState.EXPLAINED,
        "may_decide_recheck": may_judge and state == CardState.RECHECK,
        "may_withdraw": may_judge and state in (CardState.RAISED, CardState.CONFIRMED),
    }


@permitted("supervision.explain")
@require_POST
def act_for_office(request: HttpRequest, card_id: int, act: str) -> HttpResponse:
    """Explain a card of one's own office, or ask that it be checked again."""
    return _do(request, card_id, OFFICE_ACTS.get(act))


@permitted("supervision.card")
@require_POST
def act_as_judge(request: HttpRequest, card_id: int, act: str) -> HttpResponse:
    """Accept or reject an explanation, decide a re-check, withdraw a card."""
    return _do(request, card_id, JUDGE_ACTS.get(act))


def _do(request: HttpRequest, card_id: int, act: Act | None) -> HttpResponse:
    if act is None:
        raise Http404
    actor = actor_of_request(request)
    text = request.POST.get("text", "")
    try:
        board.get_card(actor, card_id)
        act(card_id=card_id, text=text, by=actor, at=timezone.now())
    except CaseworkError as error:
        if error.code == "no_such_card":
            raise Http404 from error
        refuse(request, error)
    else:
        messages.success(request, _("Done; it is written in the card's history."))
    return redirect("govcollab:supervision_card", card_id)


def describe_cards(cards: list[Card]) -> list[dict[str, Any]]:
    """Cards as lists and pages show them."""
    offices = names_of_departments(card.department for card in cards)
    kinds = titles_of_kinds(card.case.kind_code for card in cards)
    return [
        {
            "row": card,
            "title": title_of_rule(card.rule),
            "color": Color(card.color).label,
            "tone": COLOR_TONES[Color(card.color)],
            "state": CardState(card.state).label,
            "state_tone": STATE_TONES[CardState(card.state)],
            "office": offices[card.department],
            "kind": kinds[card.case.kind_code],
        }
        for card in cards
    ]
