"""Supervision's page: questions of persons about readings of their data, and the answers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.queries.read_complaints import list_read_complaints
from ipudong.city.casework.services.read_complaints import answer_read_complaint
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.purposes import PURPOSES

COMPLAINTS_A_PAGE = 20


@permitted("casework.answer_read_complaint")
def list_complaints(request: HttpRequest) -> HttpResponse:
    """Questions, those without an answer first; the person stays unnamed."""
    rows = list_read_complaints(actor_of_request(request))
    page = Paginator(rows, COMPLAINTS_A_PAGE).get_page(request.GET.get("page"))
    views = [
        {"row": row, "purpose": PURPOSES[row.purpose].title if row.purpose in PURPOSES else ""}
        for row in page
    ]
    return render(request, "space/complaints.html", {"page": page, "views": views})


@permitted("casework.answer_read_complaint")
@require_POST
def answer(request: HttpRequest, complaint_id: int) -> HttpResponse:
    """Answer one question; the person reads it in their space."""
    try:
        answer_read_complaint(
            complaint_id=complaint_id,
            answer=request.POST.get("answer", ""),
            by=actor_of_request(request),
            at=timezone.now(),
        )
        messages.success(request, _("The answer is with the person."))
    except CaseworkError as error:
        messages.error(request, error.text)
    return redirect("portal:space:complaints")
