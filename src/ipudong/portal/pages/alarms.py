"""The alarms: list, file, and one alarm with its story."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ipudong.city.identity.models import Account
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.manifest import installed
from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.models import Alarm, AlarmState, CloseReason, RuleKind, Severity
from ipudong.city.sensing.queries.alarms import get_alarm
from ipudong.city.sensing.queries.alarms import list_alarms as read_alarms
from ipudong.city.sensing.services.alarms import acknowledge_alarms
from ipudong.portal.alarm_lists import (
    AGES,
    EXPORT_LIMIT,
    OPEN,
    export_csv,
    export_xlsx,
    make_filter,
    read_choices,
)
from ipudong.portal.alarm_views import AlarmView, list_told, tell_story
from ipudong.portal.answers import answer
from ipudong.portal.rule_charts import describe_alarm_stream
from ipudong.portal.streams import ticket_address
from ipudong.store.errors import StoreError

ALARMS_A_PAGE: Final = 30
HANDLE: Final = "sensing.handle_alarm"
SHELF_HOURS: Final = (1, 4, 8, 24, 72)
AT_ONCE: Final = 200


@permitted("sensing.view_alarms")
def list_alarms(request: HttpRequest) -> HttpResponse:
    """Alarms, newest first, filtered by state, severity, system, kind, place and age."""
    actor, chosen = actor_of_request(request), read_choices(request)
    alarms = read_alarms(actor, make_filter(chosen, timezone.now()))
    page = Paginator(alarms, ALARMS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "alarms": [AlarmView(alarm) for alarm in page],
        "chosen": chosen,
        "states": [(OPEN, _("Standing")), *AlarmState.choices, ("all", _("All"))],
        "severities": Severity.choices,
        "kinds": RuleKind.choices,
        "systems": [(system.name, system.title) for system in installed()],
        "places": [(place.code, place.name) for place in list_places()],
        "ages": [(code, row[0]) for code, row in AGES.items()],
        "may_handle": is_allowed(actor, HANDLE),
        "query": request.GET.urlencode(),
        "live_ticket": ticket_address("alarms"),
    }
    return answer(
        request,
        page="portal/pages/alarms.html",
        part="portal/parts/alarm_rows.html",
        context=context,
    )


@permitted("sensing.view_alarms")
def export_alarms(request: HttpRequest, form: str) -> HttpResponse:
    """The filtered list as a file."""
    if form not in ("csv", "xlsx"):
        raise Http404
    wanted = make_filter(read_choices(request), timezone.now())
    alarms = read_alarms(actor_of_request(request), wanted)[:EXPORT_LIMIT]
    return export_csv(alarms) if form == "csv" else export_xlsx(alarms)


@permitted(HANDLE)
@require_POST
def acknowledge_many(request: HttpRequest) -> HttpResponse:
    """Take all the marked alarms at once."""
    actor = actor_of_request(request)
    ids = [int(text) for text in request.POST.getlist("alarm")[:AT_ONCE] if text.isdecimal()]
    alarms = list(read_alarms(actor).filter(pk__in=ids))
    done = acknowledge_alarms(alarms=alarms, by=actor.name, at=timezone.now())
    said = ngettext("You took %(n)s alarm.", "You took %(n)s alarms.", done) % {"n": done}
    (messages.success if done else messages.warning)(request, said)
    response = redirect("portal:alarms")
    if request.POST.get("query"):
        response["Location"] += f"?{request.POST['query']}"
    return response


def find_alarm(request: HttpRequest, alarm_id: int) -> Alarm:
    """The alarm, or the page that says it is not there."""
    try:
        return get_alarm(actor_of_request(request), alarm_id)
    except Alarm.DoesNotExist as error:
        raise Http404 from error


def draw_alarm(request: HttpRequest, alarm_id: int, refusal: str = "") -> HttpResponse:
    """The whole page, or its changing part for htmx."""
    alarm = find_alarm(request, alarm_id)
    staff = Account.objects.filter(is_active=True, memberships__role="duty_officer").distinct()
    context: dict[str, Any] = {
        "view": AlarmView(alarm),
        "alarm": alarm,
        "story": tell_story(alarm),
        "told": list_told(alarm),
        "chart": _find_chart(alarm),
        "members": [AlarmView(row) for row in alarm.members.select_related("rule", "thing")[:20]]
        if alarm.is_summary
        else [],
        "may_handle": is_allowed(actor_of_request(request), HANDLE),
        "reasons": CloseReason.choices,
        "shelf_hours": SHELF_HOURS,
        "officers": [account.get_username() for account in staff[:100]],
        "refusal": refusal,
    }
    return answer(
        request,
        page="portal/pages/alarm.html",
        part="portal/parts/alarm_detail.html",
        context=context,
    )


def _find_chart(alarm: Alarm) -> dict[str, Any] | None:
    try:
        return describe_alarm_stream(alarm, timezone.now())
    except StoreError:  # the alarm is worth showing without its readings
        return None


@permitted("sensing.view_alarms")
def show_alarm(request: HttpRequest, alarm_id: int) -> HttpResponse:
    """One alarm with its story."""
    return draw_alarm(request, alarm_id)
