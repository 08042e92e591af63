"""What offices wrote to the party on its cases."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ipudong.city.casework.access import acts_as_applicant
from ipudong.city.casework.models import Message
from ipudong.city.casework.services import read_messages
from ipudong.city.identity.pages import permitted
from ipudong.portal.space.pages import draw
from ipudong.portal.space.parties import Standing, list_cases_of_party, standing_of

CASES_LOOKED_AT = 200
MESSAGES_SHOWN = 100


@permitted("space.open")
def list_messages(request: HttpRequest) -> HttpResponse:
    """Messages of all cases, newest first; POST marks them as read."""
    standing = standing_of(request)
    if request.method == "POST":
        _mark_read(standing)
    rows = _of_party(standing).order_by("-at")[:MESSAGES_SHOWN]
    context = {"letters": list(rows), "unread": len(list_unread(standing))}
    return draw(request, "space/messages.html", context)


def list_unread(standing: Standing) -> list[Message]:
    """Messages from offices that nobody on the applicant's side has read."""
    return list(_of_party(standing).filter(read_at=None, from_applicant=False).order_by("-at"))


def _of_party(standing: Standing) -> QuerySet[Message]:
    cases = [case.pk for case in list_cases_of_party(standing, limit=CASES_LOOKED_AT)]
    return Message.objects.filter(case__in=cases).select_related("case__kind")


def _mark_read(standing: Standing) -> None:
    for case in {row.case for row in list_unread(standing)}:
        if acts_as_applicant(standing.actor, case):
            read_messages(number=case.number, by=standing.actor, at=timezone.now())
