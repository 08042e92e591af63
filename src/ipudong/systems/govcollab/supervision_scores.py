"""Quarterly scores: the table, the chart, what is behind a number, export, publication."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ipudong.city.audit.services import record
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.supervision.scores import (
    DepartmentScore,
    list_cards_of,
    list_cases_of,
    list_published,
    list_quarters,
    measure_department,
    measure_quarter,
    publish_quarter,
)
from ipudong.city.casework.supervision.scoring import (
    COMPONENTS,
    WEIGHTS_VERSION,
    Quarter,
    parse_quarter,
    quarter_of,
)
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.systems.govcollab.supervision_board import describe_cards
from ipudong.systems.govcollab.supervision_shell import (
    names_of_departments,
    refuse,
    show,
    titles_of_kinds,
)
from ipudong.systems.govcollab.tables import csv_file, xlsx_file

A_PAGE: Final = 50
CARDS_SHOWN: Final = 200


def _read_quarter(text: str) -> Quarter:
    try:
        return parse_quarter(text)
    except ValueError as error:
        raise Http404 from error


@permitted("supervision.score")
def show_scores(request: HttpRequest) -> HttpResponse:
    """The scores of a quarter, `?quarter=2026Q3`; the present one where none is asked."""
    today = timezone.localdate()
    text = request.GET.get("quarter", "")
    quarter = _read_quarter(text) if text else quarter_of(today)
    rows = measure_quarter(quarter, today)
    described = describe_scores(rows)
    published = list_published(quarter)
    actor = actor_of_request(request)
    context = {
        "quarter": quarter,
        "quarters": list_quarters(today),
        "is_over": today > quarter.ends_on,
        "rows": described,
        "components": COMPONENTS,
        "weights": WEIGHTS_VERSION,
        "chart": _draw_chart(described, quarter),
        "published": published,
        "differs": _differs(rows, published),
        "may_publish": is_allowed(actor, "supervision.publish"),
    }
    return show(request, "scores", "scores.html", context)


def _differs(rows: Iterable[DepartmentScore], published: Iterable[Any]) -> bool:
    """Whether what is counted now is another score than what was published."""
    now = {row.department: row.score for row in rows}
    return any(now.get(row.department) != row.score for row in published)


def describe_scores(rows: list[DepartmentScore]) -> list[dict[str, Any]]:
    """Scores with the names of their offices."""
    offices = names_of_departments(row.department for row in rows)
    return [{"row": row, "office": offices[row.department]} for row in rows]


def _draw_chart(rows: list[dict[str, Any]], quarter: Quarter) -> dict[str, Any] | None:
    scored = [row for row in rows if row["row"].score is not None]
    if not scored:
        return None
    return {
        "kind": "bar",
        "title": _("Scores of %(quarter)s") % {"quarter": quarter},
        "unit": _("points"),
        "x": "category",
        "categories": [row["office"] for row in scored],
        "series": [
            {
                "name": _("Score"),
                "points": [[row["office"], row["row"].score] for row in scored],
            }
        ],
        "decimals": 1,
        "min": 0,
        "horizontal": True,
    }


@permitted("supervision.score")
def show_department(request: HttpRequest, quarter: str, department: str) -> HttpResponse:
    """Everything behind the score of an office: the parts, its cases, its cards."""
    wanted, today = _read_quarter(quarter), timezone.localdate()
    score = measure_department(wanted, department, today)
    cases = list_cases_of(wanted, department, today)
    page = Paginator(cases, A_PAGE).get_page(request.GET.get("page"))
    cards = list(list_cards_of(wanted, department).select_related("case")[:CARDS_SHOWN])
    titles = titles_of_kinds(row.kind_code for row in page)
    parts = {part.code: part for part in score.parts}
    actor = actor_of_request(request)
    context = {
        "quarter": wanted,
        "score": score,
        "office": names_of_departments([department])[department],
        "parts": [{"component": row, "part": parts[row.code]} for row in COMPONENTS],
        "page": page,
        "cases": [{"row": row, "kind": titles[row.kind_code]} for row in page],
        "cards": describe_cards(cards),
        "may_open": is_allowed(actor, "supervision.view") or department in actor.departments,
    }
    return show(request, "scores", "department.html", context)


@permitted("supervision.score")
def export_scores(request: HttpRequest, quarter: str, form: str) -> HttpResponse:
    """The scores of a quarter with numerators and denominators, as CSV or XLSX; audited."""
    wanted = _read_quarter(quarter)
    rows = describe_scores(measure_quarter(wanted, timezone.localdate()))
    head = [_("Quarter"), _("Office"), _("Score"), _("Cases")]
    for component in COMPONENTS:
        head += [
            f"{component.title} ({component.weight})",
            _("%(component)s: numerator") % {"component": component.title},
            _("%(component)s: denominator") % {"component": component.title},
        ]
    table = [_list_cells(row, wanted) for row in rows]
    record(
        actor=actor_of_request(request).name,
        action="supervision.export_scores",
        subject=f"quarter:{wanted}",
        detail={"rows": len(table), "form": form},
    )
    write = xlsx_file if form == "xlsx" else csv_file
    return write(f"supervision-{wanted}.{form}", head, table)


def _list_cells(row: dict[str, Any], quarter: Quarter) -> list[object]:
    score: DepartmentScore = row["row"]
    cells: list[object] = [str(quarter), row["office"], score.score, score.tally.cases]
    for part in score.parts:
        cells += [part.value, part.numerator, part.denominator]
    return cells


@permitted("supervision.publish")
@require_POST
def publish(request: HttpRequest, quarter: str) -> HttpResponse:
    """Publish the scores of a quarter that is over, or correct them with a note."""
    wanted = _read_quarter(quarter)
    try:
        count = publish_quarter(
            quarter=wanted,
            note=request.POST.get("note", ""),
            by=actor_of_request(request),
            at=timezone.now(),
        )
    except CaseworkError as error:
        refuse(request, error)
    else:
        text = ngettext(
            "Published the score of %(count)s office.",
            "Published the scores of %(count)s offices.",
            count,
        )
        messages.success(request, text % {"count": count})
    response = redirect("govcollab:supervision_scores")
    response["Location"] += f"?quarter={wanted}"
    return response
