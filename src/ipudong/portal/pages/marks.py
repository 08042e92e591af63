"""One mark: its value, how it is counted, where it is heading, and the records behind it."""

import logging
from typing import Any, Final

from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.plan.indicators import Indicator, Record
from ipudong.city.plan.queries import PlanRowNotFoundError, get_mark_status, list_departments_of
from ipudong.portal.csv_files import csv_response
from ipudong.portal.mark_charts import describe_course
from ipudong.portal.plan_views import MarkView, find_indicator_of, language

log = logging.getLogger(__name__)
RECORDS_A_PAGE: Final = 25


def _get_view(code: str) -> MarkView:
    try:
        return MarkView(get_mark_status(code, timezone.now()))
    except PlanRowNotFoundError as error:
        raise Http404 from error


def _list_records(indicator: Indicator) -> list[Record]:
    """The records; a failing indicator has none, and says so in the log."""
    try:
        return list(indicator.records(timezone.now()))
    except Exception:
        log.exception("the records of %s could not be read", indicator.code)
        return []


def _page_of(request: HttpRequest, records: list[Record]) -> Page[Record]:
    return Paginator(records, RECORDS_A_PAGE).get_page(request.GET.get("page"))


@permitted("plan.view")
def show_mark(request: HttpRequest, code: str) -> HttpResponseBase:
    """The mark's page."""
    mark = _get_view(code)
    indicator = find_indicator_of(code)
    context: dict[str, Any] = {
        "mark": mark,
        "row": mark.status.mark,
        "departments": list_departments_of(mark.status.mark),
        "indicator": indicator,
        "definition": indicator.definition(language()) if indicator else "",
        "forecast": mark.status.forecast,
        "course": describe_course(mark),
        "records": _page_of(request, _list_records(indicator)) if indicator else None,
        "may_export": is_allowed(actor_of_request(request), "plan.export"),
    }
    return render(request, "portal/pages/mark.html", context)


@permitted("plan.export")
def export_records(request: HttpRequest, code: str) -> HttpResponseBase:
    """Every record behind the number as a CSV file."""
    mark = _get_view(code)
    indicator = find_indicator_of(code)
    if indicator is None:
        raise Http404
    counted = {True: _("yes"), False: _("no"), None: ""}
    rows = (
        (str(record.label), str(record.detail), counted[record.counted])
        for record in _list_records(indicator)
    )
    head = (_("Record"), _("Detail"), _("Counted"))
    return csv_response(f"mark-{mark.code}.csv", head, rows)
