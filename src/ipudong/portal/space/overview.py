"""My space's first page: what waits for the reader, then everything else."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from ipudong.city.identity.pages import permitted
from ipudong.portal.space.case_views import CaseView
from ipudong.portal.space.licence_views import list_licence_views, list_paper_views
from ipudong.portal.space.messages import list_unread
from ipudong.portal.space.pages import draw
from ipudong.portal.space.parties import list_cases_of_party, standing_of

CASES_SHOWN = 50
CASES_BRIEF = 5
PAPERS_BRIEF = 4


@permitted("space.open")
def show_overview(request: HttpRequest) -> HttpResponse:
    """Drafts and questions first, then cases under way, unread messages, papers."""
    standing = standing_of(request)
    today = timezone.localdate()
    views = [CaseView(row, today) for row in list_cases_of_party(standing, limit=CASES_SHOWN)]
    context = {
        "waiting": [view for view in views if view.waits_for_you],
        "cases": [view for view in views if not view.waits_for_you][:CASES_BRIEF],
        "unread": list_unread(standing),
        "licences": list_licence_views(standing, today)[:PAPERS_BRIEF],
        "papers": list_paper_views(standing)[:PAPERS_BRIEF],
    }
    return draw(request, "space/overview.html", context)
