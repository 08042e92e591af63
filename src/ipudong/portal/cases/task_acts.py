"""Taking tasks, putting them back, giving them on: one at a time or many."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ipudong.city.casework import services
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Task
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.cases.officers import say_refusal
from ipudong.portal.cases.sections import MANAGE, WORK
from ipudong.portal.cases.tasks import open_task_of

MOST_AT_ONCE: Final = 100
Act = Callable[[int, Actor, datetime], Task]


def _go_back(request: HttpRequest, task_id: int | None) -> HttpResponse:
    """To the list one came from, or to the task."""
    back = request.POST.get("back", "")
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    if task_id is None:
        return redirect("portal:cases:desk")
    return redirect("portal:cases:task", task_id)


def _act(request: HttpRequest, task_id: int, act: Act, done: str) -> HttpResponse:
    open_task_of(request, task_id)
    try:
        act(task_id, actor_of_request(request), timezone.now())
    except CaseworkError as error:
        messages.error(request, say_refusal(error))
    else:
        messages.success(request, done)
    return _go_back(request, task_id)


def _claim(task_id: int, by: Actor, at: datetime) -> Task:
    return services.claim_task(task_id=task_id, by=by, at=at)


def _release(task_id: int, by: Actor, at: datetime) -> Task:
    return services.release_task(task_id=task_id, by=by, at=at)


def _reassign_to(to: str) -> Act:
    return lambda task_id, by, at: services.reassign_task(task_id=task_id, to=to, by=by, at=at)


@permitted(WORK)
@require_POST
def claim(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take it out of the pool."""
    return _act(request, task_id, _claim, _("The task is yours."))


@permitted(WORK)
@require_POST
def release(request: HttpRequest, task_id: int) -> HttpResponse:
    """Put it back into the pool."""
    return _act(request, task_id, _release, _("The task is back in the pool."))


@permitted(MANAGE)
@require_POST
def reassign(request: HttpRequest, task_id: int) -> HttpResponse:
    """Give it to another officer."""
    to = request.POST.get("to", "")[:150]
    return _act(request, task_id, _reassign_to(to), _("The task is reassigned."))


@permitted(WORK)
@require_POST
def delegate(request: HttpRequest, task_id: int) -> HttpResponse:
    """Let another officer do it until the end of a day."""
    to, day = request.POST.get("to", "")[:150], _read_day(request.POST.get("until", ""))
    if day is None:
        messages.error(request, _("Say until which day."))
        return _go_back(request, task_id)
    return _act(
        request,
        task_id,
        lambda key, by, at: services.delegate_task(task_id=key, to=to, until=day, by=by, at=at),
        _("The task is delegated; it stays yours."),
    )


def _read_day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None


@permitted(WORK)
@require_POST
def act_on_many(request: HttpRequest) -> HttpResponse:
    """The same for all ticked tasks; each is judged by itself, refusals are named."""
    keys = [int(key) for key in request.POST.getlist("task") if key.isdecimal()][:MOST_AT_ONCE]
    to = request.POST.get("to", "")[:150]
    acts = {"claim": _claim, "release": _release, "reassign": _reassign_to(to)}
    act = acts.get(request.POST.get("act", ""))
    if not keys or act is None:
        messages.warning(request, _("Tick some tasks and choose what to do with them."))
        return _go_back(request, None)
    _tell(request, len(keys), _act_on(request, keys, act))
    return _go_back(request, None)


def _act_on(request: HttpRequest, keys: list[int], act: Act) -> dict[str, int]:
    """How many were refused, by the words of the refusal."""
    by, at = actor_of_request(request), timezone.now()
    refused: dict[str, int] = {}
    for key in keys:
        try:
            act(key, by, at)
        except CaseworkError as error:
            words = say_refusal(error)
            refused[words] = refused.get(words, 0) + 1
    return refused


def _tell(request: HttpRequest, asked: int, refused: dict[str, int]) -> None:
    done = asked - sum(refused.values())
    if done:
        words = ngettext("%(count)d task done.", "%(count)d tasks done.", done) % {"count": done}
        messages.success(request, words)
    for words, count in refused.items():
        told = ngettext("%(count)d task not: %(why)s", "%(count)d tasks not: %(why)s", count) % {
            "count": count,
            "why": words,
        }
        messages.warning(request, told)
