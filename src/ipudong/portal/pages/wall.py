"""The wall screen (大屏): the board and the district, live, on one large dark screen."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.manifest import installed
from ipudong.city.registry.queries import list_places
from ipudong.portal.alarm_views import list_waiting_alarms
from ipudong.portal.district_maps import describe_map
from ipudong.portal.entries import list_layers
from ipudong.portal.plan_views import TaskView, get_board
from ipudong.portal.streams import ticket_address
from ipudong.portal.tiles import draw_tiles

TASKS_A_PANEL = 6
ALARMS_TOLD = 12


def _has_nothing_measured(task: TaskView) -> bool:
    return all(mark.value is None for mark in task.marks)


@permitted("plan.view_wall")
def show_wall(request: HttpRequest) -> HttpResponse:
    """Marks on the left, the map in the middle, the systems' tiles on the right, alarms below."""
    actor = actor_of_request(request)
    board = get_board()
    tasks = sorted(board.tasks, key=_has_nothing_measured)  # what has figures takes the first turn
    layers = list_layers(actor)
    context = {
        "now": timezone.localtime(),
        "board": board,
        "panels": [tasks[i : i + TASKS_A_PANEL] for i in range(0, len(tasks), TASKS_A_PANEL)],
        "tiles": draw_tiles(request, actor),
        "spec": describe_map(layers, still=True),
        "layers": [layer for layer in layers if layer.shown],
        "approximate": any(place.is_approximate for place in list_places()),
        "alarms": list_waiting_alarms(actor, ALARMS_TOLD),
        "live_ticket": ticket_address(*(f"things:{system.name}" for system in installed())),
    }
    return render(request, "portal/pages/wall.html", context)
