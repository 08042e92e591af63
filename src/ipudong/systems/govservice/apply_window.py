"""The counter: a clerk begins or goes on with an application for the person before them."""

import re
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ipudong.city.casework.catalogue.records import Item
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.parties import ORGANIZATION, PERSON, Applicant
from ipudong.city.casework.queries.catalogue import Entry, list_entries
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.queries.organizations import find_organization
from ipudong.city.registry.queries.people import find_person_by_number
from ipudong.systems.govservice.apply_cases import (
    WINDOW,
    Beginning,
    begin_application,
    continue_at_window,
    get_applying,
    new_token,
)
from ipudong.systems.govservice.apply_handover import hand_over, read_papers
from ipudong.systems.govservice.apply_receipts import render_handover
from ipudong.systems.govservice.apply_start import get_online_entry
from ipudong.systems.govservice.models import HandoverReceipt

_NUMBER: Final = re.compile(r"[0-9A-Za-z]{6,24}")


@permitted(WINDOW)
def window(request: HttpRequest) -> HttpResponse:
    """The counter's page: begin for somebody, or go on with a case by its number."""
    if request.method == "POST":
        act = _continue if request.POST.get("act") == "continue" else _begin
        return act(request)
    return _show(request, {})


def _begin(request: HttpRequest) -> HttpResponse:
    post = request.POST
    found, problems = _read_beginning(request)
    if found is None:
        return _show(request, problems, status=422)
    entry, item, applicant = found
    situation = item.find_situation(post.get("situation", "")) or item.situations[0]
    beginning = Beginning(
        item=item,
        item_version=entry.version,
        situation=situation,
        applicant=applicant,
        own_person=applicant.id if applicant.kind == PERSON else None,
        checks={},
        consented=True,
        channel="window",
        token=post.get("token", ""),
    )
    try:
        application = begin_application(beginning, by=actor_of_request(request), at=timezone.now())
    except CaseworkError as error:
        return _show(request, {"": error.text}, status=422)
    return redirect("govservice:apply_form", application.case_number)


def _read_beginning(
    request: HttpRequest,
) -> tuple[tuple[Entry, Item, Applicant] | None, dict[str, str]]:
    post = request.POST
    applicant = find_applicant(post.get("document", ""))
    problems = {}
    if applicant is None:
        problems["document"] = _("The registers know nobody by this number.")
    if post.get("consent") != "true":
        problems["consent"] = _("Nothing is filled in without the person's consent.")
    codes = {entry.code for entry in list_window_entries(actor_of_request(request))}
    if post.get("item") not in codes:
        problems["item"] = _("Please choose one.")
    if applicant is None or problems:
        return None, problems
    entry = get_online_entry(post["item"])
    if entry.item is None or applicant.kind not in entry.item.audience:
        return None, {"item": _("This item is not for this kind of applicant.")}
    return (entry, entry.item, applicant), {}


def find_applicant(number: str) -> Applicant | None:
    """The person or organization of an identity number or a unified social credit code."""
    number = number.strip().upper()
    if not _NUMBER.fullmatch(number):
        return None
    person = find_person_by_number(number)
    if person is not None:
        return Applicant(kind=PERSON, id=person.pk)
    organization = find_organization(number)
    if organization is None:
        return None
    return Applicant(kind=ORGANIZATION, id=organization.organization_id)


def list_window_entries(actor: Actor) -> list[Entry]:
    """Items this clerk's departments take at a counter."""
    return [
        entry
        for entry in list_entries()
        if entry.item is not None
        and entry.is_online
        and entry.item.case_kind
        and entry.department.code in actor.departments
    ]


def _continue(request: HttpRequest) -> HttpResponse:
    number = request.POST.get("number", "").strip()[:24]
    if request.POST.get("consent") != "true":
        problems = {"continue": _("Nothing is filled in without the person's consent.")}
        return _show(request, problems, status=422)
    try:
        continue_at_window(number=number, by=actor_of_request(request), at=timezone.now())
    except CaseworkError as error:
        return _show(request, {"number": error.text}, status=422)
    return redirect("govservice:apply_form", number)


def _show(request: HttpRequest, problems: dict[str, str], status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "entries": list_window_entries(actor_of_request(request)),
        "problems": problems,
        "sent": request.POST,
        "token": new_token(),
    }
    return render(request, "govservice/apply/window.html", context, status=status)


@permitted(WINDOW)
@require_POST
def hand_over_papers(request: HttpRequest, number: str) -> HttpResponse:
    """Papers taken in or given back; both sides get a receipt."""
    by = actor_of_request(request)
    try:
        applying = get_applying(by, number)
        row = hand_over(
            case_number=applying.number,
            direction=request.POST.get("direction", ""),
            papers=read_papers(request.POST),
            remarks=request.POST.get("remarks", ""),
            by=by,
            at=timezone.now(),
        )
    except CaseworkError as error:
        if error.code == "unknown_case":
            raise Http404 from error
        messages.error(request, error.text)
    else:
        text = _("Receipt {number} was made out.").format(number=row.number)
        messages.success(request, text)
    return redirect("govservice:apply_track", number)


@permitted("govservice.apply")
@require_GET
def open_handover(request: HttpRequest, number: str, receipt: str) -> HttpResponse:
    """A receipt of papers as PDF, for the clerk and the applicant."""
    try:
        applying = get_applying(actor_of_request(request), number)
    except CaseworkError as error:
        raise Http404 from error
    row = HandoverReceipt.objects.filter(number=receipt, case_number=applying.number).first()
    if row is None:
        raise Http404
    token = applying.application.token
    address = request.build_absolute_uri(reverse("govservice:lookup_token", args=[token]))
    answer = HttpResponse(render_handover(row, address=address), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
