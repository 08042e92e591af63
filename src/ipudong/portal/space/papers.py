"""Papers and licences of the party: the list, one paper with its QR, one licence to show."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from ipudong.city.casework.documents.standing import EVERYTHING, holder_of
from ipudong.city.casework.models import Case, Licence, Paper
from ipudong.city.casework.queries.documents import stands_for
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.space.licence_views import (
    LicenceView,
    PaperView,
    list_licence_views,
    list_paper_views,
)
from ipudong.portal.space.pages import draw
from ipudong.portal.space.parties import standing_of


@permitted("space.open")
def list_papers(request: HttpRequest) -> HttpResponse:
    """Licences as cards to show, papers below."""
    standing = standing_of(request)
    context = {
        "licences": list_licence_views(standing, timezone.localdate()),
        "papers": list_paper_views(standing),
    }
    return draw(request, "space/papers.html", context)


@permitted("space.open")
def show_paper(request: HttpRequest, number: str) -> HttpResponse:
    """One paper: what it says, its QR and code, the file to keep."""
    paper = Paper.objects.filter(number=number).first()
    case = Case.objects.filter(number=paper.case_number).first() if paper else None
    kind = case.kind_code if case else None
    if paper is None or not _is_own(request, paper.holder_kind, paper.holder_id, kind):
        raise Http404
    return draw(request, "space/paper.html", {"view": PaperView(paper)})


@permitted("space.open")
def show_licence(request: HttpRequest, licence_id: int) -> HttpResponse:
    """One licence, large enough to be shown across a counter."""
    row = Licence.objects.select_related("paper").filter(pk=licence_id).first()
    if row is None or not _is_own(request, row.holder_kind, row.holder_id, None):
        raise Http404
    context = {
        "view": LicenceView(row, timezone.localdate()),
        "paper": PaperView(row.paper) if row.paper else None,
    }
    return draw(request, "space/licence.html", context)


def _is_own(request: HttpRequest, kind: str, key: int, power: str | None) -> bool:
    """Whether the reader stands for the holder: in cases of a kind, or in everything."""
    actor, holder = actor_of_request(request), holder_of(kind, key)
    return stands_for(actor, holder, on=timezone.localdate(), power=power or EVERYTHING)
