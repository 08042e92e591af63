"""The plan's tasks: all of them, and one each with its marks and its software."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.manifest import installed
from ipudong.portal.entries import list_desks, list_services
from ipudong.portal.plan_views import find_task_view, get_board


@permitted("plan.view")
def list_tasks(request: HttpRequest) -> HttpResponse:
    """The tasks as cards, with what of their software is open."""
    with_software = {system.task for system in installed()}
    context = {"board": get_board(), "with_software": with_software}
    return render(request, "portal/pages/tasks.html", context)


@permitted("plan.view")
def show_task(request: HttpRequest, number: int) -> HttpResponse:
    """One task: marks, responsible units, entry points, or what its software will do."""
    board = get_board()
    task = find_task_view(board, number)
    if task is None:
        raise Http404
    actor = actor_of_request(request)
    offered = (*list_services(actor), *list_desks(actor))
    context = {
        "task": task,
        "system": next((system for system in installed() if system.task == number), None),
        "doors": [door for system, doors in offered if system.task == number for door in doors],
        "previous": find_task_view(board, number - 1),
        "next": find_task_view(board, number + 1),
    }
    return render(request, "portal/pages/task.html", context)
