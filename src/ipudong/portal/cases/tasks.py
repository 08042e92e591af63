"""The page of one task: its form, and completing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.casework.access import is_house, require_task
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.forms import Form, Problem
from ipudong.city.casework.forms.declaration import FormPage
from ipudong.city.casework.forms.posting import change_rows, drop_empty_rows, read_post
from ipudong.city.casework.forms.rendering import Drawing, render_page
from ipudong.city.casework.forms.summary import list_answers
from ipudong.city.casework.models import CaseState, Task, TaskState
from ipudong.city.casework.queries.tasks import get_task
from ipudong.city.casework.services import complete_task, save_task_draft
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.portal.cases.case_views import draw_answers, judge_standing
from ipudong.portal.cases.desk import draw
from ipudong.portal.cases.due_words import say_rule
from ipudong.portal.cases.officers import call_officers, list_officers, say_refusal
from ipudong.portal.cases.rows import draw_tasks
from ipudong.portal.cases.sections import MANAGE, WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How the reader stands to the task; at most one of the sentences holds."""

    may_do: bool
    is_open: bool
    is_free: bool
    is_mine: bool
    is_delegate: bool
    is_suspended: bool
    holder: str
    done_by: str

    @property
    def works(self) -> bool:
        """Whether the form can be filled in now."""
        mine = self.is_mine or self.is_delegate
        return self.may_do and self.is_open and mine and not self.is_suspended


def judge_holding(actor: Actor, task: Task, now: datetime) -> Holding:
    """By the services' rules, so that the page says beforehand what they would refuse."""
    people = call_officers([task.holder, task.done_by])
    until = task.delegated_until
    return Holding(
        may_do=_may_do(actor, task),
        is_open=task.state == TaskState.OPEN,
        is_free=not task.holder,
        is_mine=task.holder == actor.name,
        is_delegate=task.delegate == actor.name and until is not None and until > now,
        is_suspended=task.case.state == CaseState.SUSPENDED and not task.for_applicant,
        holder=people.get(task.holder, ""),
        done_by=people.get(task.done_by, ""),
    )


def _may_do(actor: Actor, task: Task) -> bool:
    try:
        require_task(actor, task.case, task)
    except CaseworkError:
        return is_house(actor)
    return True


def open_task_of(request: HttpRequest, task_id: int) -> Task:
    """The task, or 404 for who may not see its case."""
    try:
        return get_task(actor_of_request(request), task_id)
    except CaseworkError as error:
        raise Http404 from error


@permitted(WORK)
def show_task(request: HttpRequest, task_id: int) -> HttpResponse:
    """The task with its form, or who has it."""
    task = open_task_of(request, task_id)
    return _draw(request, task, task.data)


def _draw(
    request: HttpRequest,
    task: Task,
    data: Mapping[str, Any],
    *,
    problems: Sequence[Problem] = (),
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    actor, now = actor_of_request(request), timezone.now()
    holding = judge_holding(actor, task, now)
    form = compiled(task.case.kind).form_of(task.form)
    page = _choose_page(form, data, request.GET.get("page", ""))
    standing = judge_standing(actor, task.case)
    manages = is_allowed(actor, MANAGE) and task.department in actor.departments
    context = {
        "task": task,
        "case": task.case,
        "row": draw_tasks([task], actor.name)[0],
        "rule": say_rule(task.due_rule),
        "holding": holding,
        "refusal": refusal,
        "fields": _render(request, form, page, data, problems) if holding.works else "",
        "is_last": _next_page(form, data, page) is None,
        "done": list_answers(form, task.data) if form and not holding.is_open else [],
        "answers": draw_answers(actor, task.case) if standing.has_part else [],
        "officers": list_officers([task.department]) if manages or holding.is_mine else [],
        "manages": manages,
    }
    return draw(request, "cases/task.html", context, status=status)


def _choose_page(form: Form | None, data: Mapping[str, Any], code: str) -> FormPage | None:
    pages = form.list_pages(data) if form else []
    return next((page for page in pages if page.code == code), pages[0] if pages else None)


def _next_page(
    form: Form | None, data: Mapping[str, Any], page: FormPage | None
) -> FormPage | None:
    pages = form.list_pages(data) if form else []
    codes = [each.code for each in pages]
    at = codes.index(page.code) if page and page.code in codes else len(pages)
    return pages[at + 1] if at + 1 < len(pages) else None


def _render(
    request: HttpRequest,
    form: Form | None,
    page: FormPage | None,
    data: Mapping[str, Any],
    problems: Sequence[Problem],
) -> str:
    if form is None or page is None:
        return ""
    return render_page(request, Drawing(form=form, page=page, data=data, problems=problems))


@permitted(WORK)
@require_POST
def complete(request: HttpRequest, task_id: int) -> HttpResponse:
    """Keep the answers, turn the page, or finish the task."""
    task = open_task_of(request, task_id)
    form = compiled(task.case.kind).form_of(task.form)
    page = _choose_page(form, task.data, request.GET.get("page", ""))
    data = dict(task.data)
    if form is not None and page is not None:
        data = read_post(page, request.POST, task.data)
        changed = change_rows(page, request.POST, data)
        if changed is not None:
            return _draw(request, task, changed[0])
        data = drop_empty_rows(page, data)
    following = _next_page(form, data, page)
    revision = _read_revision(request, task)
    try:
        if "save" in request.POST or following is not None:
            return _save(request, task, data, revision, page, following)
        return _complete(request, task, data, revision)
    except CaseworkError as error:
        return _refuse(request, task, data, error)


def _read_revision(request: HttpRequest, task: Task) -> int:
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 10 else task.revision


def _save(
    request: HttpRequest,
    task: Task,
    data: Mapping[str, Any],
    revision: int,
    page: FormPage | None,
    following: FormPage | None,
) -> HttpResponse:
    by, at = actor_of_request(request), timezone.now()
    save_task_draft(task_id=task.pk, data=data, revision=revision, by=by, at=at)
    target = page if "save" in request.POST or following is None else following
    if "save" in request.POST:
        messages.success(request, _("Your answers are kept."))
    query = f"?page={target.code}" if target else ""
    return redirect(reverse("portal:cases:task", args=[task.pk]) + query)


def _complete(
    request: HttpRequest, task: Task, data: Mapping[str, Any], revision: int
) -> HttpResponse:
    by, at = actor_of_request(request), timezone.now()
    # A second click comes with the revision of the first: the service answers it as if once.
    sent = revision if task.state == TaskState.OPEN else None
    complete_task(task_id=task.pk, data=data, revision=sent, by=by, at=at)
    messages.success(request, _("Done: %(task)s.") % {"task": task.title})
    return redirect("portal:cases:case", task.case.number)


def _refuse(
    request: HttpRequest, task: Task, data: Mapping[str, Any], error: CaseworkError
) -> HttpResponse:
    """The page again, with what was written; somebody else's act is told by their name."""
    fresh = open_task_of(request, task.pk)
    problems = error.fields.get("problems", ())
    found = tuple(problems) if isinstance(problems, tuple | list) else ()
    return _draw(
        *(request, fresh, data),
        problems=found,
        refusal="" if found else say_refusal(error),
        status=409 if error.code in {"taken", "done_already", "stale"} else 422,
    )
