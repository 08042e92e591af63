"""The plan board: every task and mark, how far it has come, and why one may believe it."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import permitted
from ipudong.city.plan.board import GROUP_TITLES, STATUS_TITLES
from ipudong.portal.answers import answer
from ipudong.portal.csv_files import csv_response
from ipudong.portal.plan_views import BoardFilter, get_board, list_departments


def _filter_of(request: HttpRequest) -> BoardFilter:
    get = request.GET
    return BoardFilter(
        group=get.get("group", "") if get.get("group", "") in GROUP_TITLES else "",
        state=get.get("state", "") if get.get("state", "") in STATUS_TITLES else "",
        department=get.get("department", ""),
        text=get.get("q", "").strip()[:100],
    )


@permitted("plan.view")
def show_board(request: HttpRequest) -> HttpResponse:
    """All tasks with their marks, filtered; a part of the page for htmx."""
    chosen = _filter_of(request)
    board = get_board(chosen)
    context = {
        "board": board,
        "chosen": chosen,
        "states": board.by_state(),
        "groups": GROUP_TITLES.items(),
        "departments": list_departments(get_board()),
        "now": timezone.localtime(),
        "query": request.GET.urlencode(),
    }
    return answer(
        request,
        page="portal/pages/board.html",
        part="portal/parts/board_rows.html",
        context=context,
    )


@permitted("plan.view")
def export_board(request: HttpRequest) -> HttpResponseBase:
    """The board, as filtered, as a CSV file."""
    head = (
        _("Task"),
        _("Task title"),
        _("Mark"),
        _("Mark title"),
        _("Value"),
        _("Target"),
        _("Unit"),
        _("State"),
        _("Measured at"),
        _("Due"),
    )
    rows = (
        (
            task.number,
            task.title,
            mark.code,
            mark.title,
            mark.value,
            mark.target,
            mark.unit,
            mark.state_title,
            mark.measured_at.isoformat() if mark.measured_at else "",
            mark.due_on.isoformat(),
        )
        for task in get_board(_filter_of(request)).tasks
        for mark in task.marks
    )
    return csv_response("plan-board.csv", head, rows)
