"""The lists of the desk: my tasks, the pool, the department's, questions, all cases."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from ipudong.city.casework.models import CaseState, Task
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.queries.cases import (
    find_case,
    list_consultations,
    list_department_cases,
    list_kinds,
)
from ipudong.city.casework.queries.tasks import (
    TaskPage,
    list_department_tasks,
    list_my_tasks,
    list_pool,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Department
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.identity.roles import DISTRICT_LEADER, SUPERVISOR
from ipudong.portal.cases.due_words import say_rule
from ipudong.portal.cases.filters import (
    DEADLINES,
    Wanted,
    find_bound,
    read_page,
    read_wanted,
    write_key,
)
from ipudong.portal.cases.officers import list_officers
from ipudong.portal.cases.rows import (
    draw_cases,
    draw_consultations,
    draw_tasks,
    list_departments,
)
from ipudong.portal.cases.sections import MANAGE, VIEW, WORK, list_sections
from ipudong.portal.csv_files import csv_response

LISTS: Final = ("desk", "pool", "department")
MOST_EXPORTED: Final = 2000
CASES_SHOWN: Final = 50


def draw(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page with the menu of the desk's lists; nothing of it is kept by a cache."""
    sections = list_sections(actor_of_request(request))
    response = render(request, template, {**context, "sections": sections}, status=status)
    add_never_cache_headers(response)
    return response


def fetch_tasks(actor: Actor, which: str, wanted: Wanted, shown: int) -> TaskPage:
    """A page of one of the lists, narrowed."""
    now = timezone.now()
    bound = find_bound(wanted.deadline, timezone.localdate(), get_calendar())
    if which == "pool":
        return list_pool(
            actor,
            department=wanted.department,
            kind=wanted.kind,
            due_before=bound,
            after=wanted.after,
            limit=shown,
        )
    if which == "department":
        department = wanted.department or min(actor.departments, default="")
        return read_page(
            lambda after, limit: list_department_tasks(
                actor, department=department, after=after, limit=limit
            ),
            wanted,
            bound,
            shown,
        )
    return read_page(
        lambda after, limit: list_my_tasks(actor, now=now, after=after, limit=limit),
        wanted,
        bound,
        shown,
    )


def _draw_tasks(request: HttpRequest, which: str) -> HttpResponse:
    actor, wanted = actor_of_request(request), read_wanted(request.GET)
    page = fetch_tasks(actor, which, wanted, 50)
    manages = is_allowed(actor, MANAGE)
    context = {
        "which": which,
        "rows": draw_tasks(page.tasks, actor.name),
        "wanted": wanted,
        "is_narrowed": bool(wanted.kind or wanted.department or wanted.deadline),
        "next": _address(request, after=write_key(page.next_key)) if page.next_key else "",
        "is_first": wanted.after is None,
        "kinds": [(row.code, row.title) for row in list_kinds()],
        "departments": list_departments(actor.departments),
        "deadlines": DEADLINES,
        "officers": list_officers(actor.departments) if manages else [],
        "manages": manages,
        "query": request.GET.urlencode(),
        "has_department": bool(actor.departments),
    }
    return draw(request, "cases/tasks.html", context)


def _address(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


@permitted(VIEW)
def show_desk(request: HttpRequest) -> HttpResponse:
    """What I have claimed, was given, or stand in for; supervision comes to the list of cases."""
    if not is_allowed(actor_of_request(request), WORK):
        return redirect("portal:cases:cases")
    return _draw_tasks(request, "desk")


@permitted(WORK)
def show_pool(request: HttpRequest) -> HttpResponse:
    """What nobody of the departments has claimed."""
    return _draw_tasks(request, "pool")


@permitted(MANAGE)
def show_department(request: HttpRequest) -> HttpResponse:
    """All open tasks of a department, for who hands them out."""
    return _draw_tasks(request, "department")


@permitted(WORK)
def show_consultations(request: HttpRequest) -> HttpResponse:
    """Questions of other departments that are not answered."""
    rows = draw_consultations(list_consultations(actor_of_request(request)))
    return draw(request, "cases/consultations.html", {"rows": rows})


@permitted(VIEW)
def list_cases(request: HttpRequest) -> HttpResponse:
    """Cases of the departments, all for supervision, newest first; by state and kind."""
    actor, query = actor_of_request(request), request.GET
    asked = {name: query.get(name, "")[:80] for name in ("department", "state", "kind")}
    before = query.get("before", "")
    cases = list_department_cases(
        actor,
        **asked,
        before=int(before)
        if before.isascii() and before.isdecimal() and len(before) < 18
        else None,
        limit=CASES_SHOWN + 1,
    )
    more = len(cases) > CASES_SHOWN
    cases = cases[:CASES_SHOWN]
    context = {
        "rows": draw_cases(cases),
        "asked": asked,
        "is_narrowed": any(asked.values()),
        "states": [row for row in CaseState.choices if row[0] != CaseState.DRAFT],
        "kinds": [(row.code, row.title) for row in list_kinds()],
        "departments": _list_visible_departments(actor),
        "next": _address(request, before=str(cases[-1].pk)) if more else "",
    }
    return draw(request, "cases/cases.html", context)


def _list_visible_departments(actor: Actor) -> list[tuple[str, str]]:
    if actor.roles & {SUPERVISOR, DISTRICT_LEADER}:
        return list_departments(Department.objects.values_list("code", flat=True))
    return list_departments(actor.departments)


@permitted(VIEW)
def find(request: HttpRequest) -> HttpResponse:
    """Go to the case of a number; say so where there is none the reader may see."""
    number = "".join(request.GET.get("number", "").split())[:24]
    case = find_case(actor_of_request(request), number) if number else None
    if case is not None:
        return redirect("portal:cases:case", case.number)
    words = _("No case %(number)s that you may open. Check the 17 digits.") % {"number": number}
    messages.warning(request, words)
    return redirect("portal:cases:cases")


@permitted(WORK)
def export_tasks(request: HttpRequest) -> HttpResponseBase:
    """One of the lists, narrowed as it is, as CSV."""
    actor, wanted = actor_of_request(request), read_wanted(request.GET)
    which = request.GET.get("list", "desk")
    which = which if which in LISTS else "desk"
    tasks: list[Task] = []
    while len(tasks) < MOST_EXPORTED:
        page = fetch_tasks(actor, which, wanted, 200)
        tasks += page.tasks
        if page.next_key is None:
            break
        wanted = Wanted(
            kind=wanted.kind,
            department=wanted.department,
            deadline=wanted.deadline,
            after=page.next_key,
        )
    head = (
        *(
            _("Case number"),
            _("Service item"),
            _("Task"),
            _("Department"),
            _("Held by"),
            _("Due by"),
        ),
        *(_("Deadline"), _("By which rule"), _("Opened")),
    )
    lines = [
        (
            row.task.case.number,
            row.task.case.kind.title,
            row.task.title,
            row.department,
            row.holder,
            row.task.due_on.isoformat(),
            row.deadline.words,
            say_rule(row.task.due_rule),
            timezone.localtime(row.task.opened_at).isoformat(timespec="minutes"),
        )
        for row in draw_tasks(tasks, actor.name)
    ]
    return csv_response(f"tasks-{which}-{timezone.localdate().isoformat()}.csv", head, lines)
