"""The outbox: commands to all devices, where they are, taken back or sent again."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.command_kinds import title_of_command
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import CommandState, StationCommand
from ipudong.city.sensing.queries.devices import get_command, list_outbox
from ipudong.city.sensing.services import cancel_command, retry_command
from ipudong.portal.device_words import COMMAND_TONES, refusal_of
from ipudong.portal.profile_forms import show_json

COMMANDS_A_PAGE: Final = 40
ENDED_BADLY: Final = ("refused", "timed_out", "expired", "canceled")


@permitted("sensing.command_station")
def list_all(request: HttpRequest) -> HttpResponse:
    """Commands, newest first, by state and device."""
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()[:100]
    rows = list_outbox(actor_of_request(request), state=state, text=text)
    page = Paginator(rows, COMMANDS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_describe(row) for row in page],
        "states": CommandState.choices,
        "state": state,
        "text": text,
    }
    return render(request, "portal/pages/outbox.html", context)


def _describe(row: StationCommand) -> dict[str, object]:
    return {
        "row": row,
        "title": title_of_command(row.thing.protocol, row.command),
        "tone": COMMAND_TONES.get(row.state, ""),
        "arguments": show_json(row.arguments),
        "answer": show_json(row.answer),
        "may_cancel": row.state == CommandState.QUEUED,
        "may_retry": row.state in ENDED_BADLY,
    }


@permitted("sensing.command_station")
@require_POST
def cancel(request: HttpRequest, command_id: int) -> HttpResponse:
    """Take back what no gateway has taken."""
    actor = actor_of_request(request)
    if cancel_command(command_id=command_id, by=actor.name, at=timezone.now()):
        messages.success(request, _("The command is taken back."))
    else:
        messages.error(request, _("The command is on its way already."))
    return redirect("portal:outbox")


@permitted("sensing.command_station")
@require_POST
def retry(request: HttpRequest, command_id: int) -> HttpResponse:
    """Send it once more."""
    actor = actor_of_request(request)
    try:
        command = get_command(actor, command_id)
    except StationCommand.DoesNotExist as error:
        raise Http404 from error
    try:
        retry_command(command=command, by=actor.name, at=timezone.now())
    except SensingError as error:
        messages.error(request, refusal_of(error))
    else:
        messages.success(request, _("The command waits for the device's connection."))
    return redirect("portal:outbox")
