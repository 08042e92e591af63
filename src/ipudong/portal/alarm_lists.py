"""Choosing alarms for a list, and the list as a file."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import Workbook

from ipudong.city.sensing.models import OPEN_STATES, Alarm, AlarmState, RuleKind, Severity
from ipudong.city.sensing.queries.alarms import AlarmFilter
from ipudong.portal.alarm_views import AlarmView
from ipudong.portal.csv_files import csv_response, disarm

OPEN: Final = "open"
EXPORT_LIMIT: Final = 20_000
AGES: Final[dict[str, tuple[Promise, timedelta | None, timedelta | None]]] = {
    # code: title, not older than, older than
    "hour": (gettext_lazy("Last hour"), timedelta(hours=1), None),
    "day": (gettext_lazy("Last 24 hours"), timedelta(days=1), None),
    "week": (gettext_lazy("Last 7 days"), timedelta(days=7), None),
    "month": (gettext_lazy("Last 30 days"), timedelta(days=30), None),
    "old": (gettext_lazy("Older than a day"), None, timedelta(days=1)),
}
FILTERS: Final = ("state", "severity", "system", "kind", "place", "age")


def read_choices(request: HttpRequest) -> dict[str, str]:
    """The chosen filters; without a state, alarms that stand."""
    chosen = {name: request.GET.get(name, "") for name in FILTERS}
    if chosen["state"] not in (*AlarmState.values, "all"):
        chosen["state"] = OPEN
    return chosen


def make_filter(chosen: dict[str, str], now: datetime) -> AlarmFilter:
    """The filter these choices stand for; what is no choice does not narrow."""
    state = chosen["state"]
    states = {OPEN: tuple(OPEN_STATES), "all": ()}.get(state, (state,))
    _title, younger, older = AGES.get(chosen["age"], ("", None, None))
    return AlarmFilter(
        states=states,
        severities=(chosen["severity"],) if chosen["severity"] in Severity.values else (),
        system=chosen["system"],
        kind=chosen["kind"] if chosen["kind"] in RuleKind.values else "",
        place=chosen["place"],
        since=now - younger if younger else None,
        until=now - older if older else None,
    )


def _head() -> list[str]:
    return [
        _("Number"),
        _("Severity"),
        _("State"),
        _("Place"),
        _("Rule"),
        _("Observed"),
        _("Began"),
        _("Raised"),
        _("Ended"),
        _("Times"),
        _("Value when raised"),
        _("Peak"),
        _("Limit"),
        _("Unit"),
        _("Taken by"),
        _("Closed by"),
        _("Reason"),
        _("Case"),
    ]


def _row(alarm: Alarm) -> list[Any]:
    view = AlarmView(alarm)
    return [
        alarm.pk,
        str(alarm.get_severity_display()),
        str(alarm.get_state_display()),
        view.place,
        view.title,
        view.observed,
        _local(alarm.began_at),
        _local(alarm.raised_at),
        _local(alarm.cleared_at),
        alarm.occurrences,
        alarm.value,
        alarm.peak,
        alarm.limit,
        alarm.datastream.unit if alarm.datastream else "",
        alarm.acknowledged_by,
        alarm.closed_by,
        str(alarm.get_close_reason_display()),
        alarm.case_reference,
    ]


def _local(moment: datetime | None) -> str:
    return "" if moment is None else timezone.localtime(moment).strftime("%Y-%m-%d %H:%M:%S")


def export_csv(alarms: Iterable[Alarm]) -> HttpResponse:
    """The alarms as CSV."""
    return csv_response("alarms.csv", _head(), (_row(alarm) for alarm in alarms))  # type: ignore[return-value]


def export_xlsx(alarms: Iterable[Alarm]) -> HttpResponse:
    """The alarms as a workbook of one sheet."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Alarms"))
    sheet.freeze_panes = "A2"
    for row in _table(alarms):
        sheet.append([disarm(cell) for cell in row])
    out = BytesIO()
    book.save(out)
    return HttpResponse(
        out.getvalue(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="alarms.xlsx"'},
    )


def _table(alarms: Iterable[Alarm]) -> Iterator[list[Any]]:
    yield list(_head())
    for alarm in alarms:
        yield _row(alarm)
