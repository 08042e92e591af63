"""Complaints: made by applicants about their own case, answered by supervision."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.casework.access import acts_as_applicant
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case, Complaint, ComplaintState
from ipudong.city.casework.supervision.board import list_complaints
from ipudong.city.casework.supervision.complaints import answer_complaint, make_complaint
from ipudong.city.casework.supervision.rules import COMPLAINT_DAYS, RULES
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.systems.govcollab.supervision_shell import (
    names_of_departments,
    refuse,
    show,
    titles_of_kinds,
)
from ipudong.systems.govcollab.supervision_words import title_of_rule

A_PAGE: Final = 30
TONES: Final = {
    ComplaintState.OPEN: "notice",
    ComplaintState.UPHELD: "bad",
    ComplaintState.DISMISSED: "good",
}


@permitted("supervision.view")
def show_complaints(request: HttpRequest) -> HttpResponse:
    """All complaints: `?state=` open, upheld or dismissed."""
    actor = actor_of_request(request)
    rows = list_complaints(actor)
    state = request.GET.get("state", "")
    if state in ComplaintState.values:
        rows = rows.filter(state=state)
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "complaints": _describe(list(page)),
        "state": state,
        "states": ComplaintState.choices,
        "may_answer": is_allowed(actor, "supervision.card"),
    }
    return show(request, "complaints", "complaints.html", context)


@permitted("supervision.card")
@require_POST
def answer(request: HttpRequest, complaint_id: int) -> HttpResponse:
    """Uphold or dismiss a complaint, with the reason the applicant reads."""
    try:
        answer_complaint(
            complaint_id=complaint_id,
            is_upheld=request.POST.get("verdict") == "uphold",
            text=request.POST.get("text", ""),
            by=actor_of_request(request),
            at=timezone.now(),
        )
    except CaseworkError as error:
        if error.code == "no_such_complaint":
            raise Http404 from error
        refuse(request, error)
    else:
        messages.success(request, _("Answered; the applicant can read it."))
    return redirect("govcollab:supervision_complaints")


@permitted("supervision.complain")
def complain(request: HttpRequest, number: str) -> HttpResponse:
    """The applicant's page: complain about one's own case, and read the answers."""
    actor = actor_of_request(request)
    case = Case.objects.filter(number=number).first()
    if case is None or not acts_as_applicant(actor, case):
        raise Http404
    if request.method == "POST":
        try:
            make_complaint(
                case=case,
                subject=request.POST.get("subject", ""),
                text=request.POST.get("text", ""),
                by=actor,
                at=timezone.now(),
            )
        except CaseworkError as error:
            refuse(request, error)
        else:
            messages.success(request, _("Your complaint was received."))
            return redirect("govcollab:supervision_complain", number)
    own = list(list_complaints(actor).filter(case=case))
    context = {
        "case": case,
        "kind": titles_of_kinds([case.kind_code])[case.kind_code],
        "office": names_of_departments([case.department])[case.department],
        "subjects": [rule for rule in RULES.values() if rule.may_complain],
        "asked": request.POST,
        "days": COMPLAINT_DAYS,
        "complaints": _describe(own),
    }
    return show(request, "", "complain.html", context)


def _describe(rows: list[Complaint]) -> list[dict[str, Any]]:
    offices = names_of_departments(row.case.department for row in rows)
    return [
        {
            "row": row,
            "subject": title_of_rule(row.subject),
            "state": ComplaintState(row.state).label,
            "tone": TONES[ComplaintState(row.state)],
            "office": offices[row.case.department],
        }
        for row in rows
    ]
