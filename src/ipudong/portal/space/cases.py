"""The cases of the party one acts for."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.casework.access import acts_as_applicant
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case
from ipudong.city.casework.queries import list_events
from ipudong.city.casework.queries.documents import (
    list_attachments,
    list_papers_of_case,
    stands_for,
)
from ipudong.city.casework.services import send_message
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.space.attachment_views import AttachmentView, list_openings
from ipudong.portal.space.case_views import CaseView, views_of_events
from ipudong.portal.space.licence_views import PaperView
from ipudong.portal.space.pages import draw
from ipudong.portal.space.parties import list_cases_of_party, standing_of

CASES_SHOWN = 200


@permitted("space.open")
def list_cases(request: HttpRequest) -> HttpResponse:
    """All cases of the party, newest first."""
    today = timezone.localdate()
    rows = list_cases_of_party(standing_of(request), limit=CASES_SHOWN)
    return draw(request, "space/cases.html", {"cases": [CaseView(row, today) for row in rows]})


@permitted("space.open")
def show_case(request: HttpRequest, number: str) -> HttpResponse:
    """How a case stands, what happened, messages, papers, files and who opened them."""
    case = get_own_case(request, number)
    actor = actor_of_request(request)
    files = [AttachmentView(row) for row in list_attachments(actor, number)]
    context = {
        "view": CaseView(case, timezone.localdate()),
        "events": views_of_events(list_events(number)),
        "letters": case.messages.all(),
        "papers": [PaperView(row) for row in list_papers_of_case(actor, number)],
        "files": files,
        "openings": list_openings(number, reader=actor.name),
        "may_write": acts_as_applicant(actor, case),
    }
    return draw(request, "space/case.html", context)


@permitted("space.open")
@require_POST
def send(request: HttpRequest, number: str) -> HttpResponse:
    """Write to the office that works on the case."""
    case = get_own_case(request, number)
    try:
        send_message(
            number=case.number,
            text=request.POST.get("text", ""),
            by=actor_of_request(request),
            at=timezone.now(),
        )
        messages.success(request, _("Your message is with the office."))
    except CaseworkError as error:
        messages.error(request, error.text)
    return redirect("portal:space:case", number)


def get_own_case(request: HttpRequest, number: str) -> Case:
    """A case of the reader or of one they stand for; 404 for all others, officers too."""
    case = Case.objects.select_related("kind").filter(number=number).first()
    actor = actor_of_request(request)
    if case is not None and actor.account_id is not None:
        is_own = case.account_id == actor.account_id
        today, kind = timezone.localdate(), case.kind_code
        if is_own or stands_for(actor, case.applicant, on=today, power=kind):
            return case
    raise Http404
