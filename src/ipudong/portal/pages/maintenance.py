"""Maintenance and shelved alarms: what is held back, until when, and how much came meanwhile."""

from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.manifest import installed
from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Suppression
from ipudong.city.sensing.services.suppressions import (
    MaintenanceScope,
    end_suppression,
    plan_maintenance,
)
from ipudong.portal.kind_words import list_kinds
from ipudong.portal.rule_forms import ThingField, list_known_things

PLAN: Final = "sensing.plan_maintenance"
SHOWN: Final = 60
REFUSALS: Final[dict[str, Promise]] = {
    "no_scope": _("Say what is being worked on: a device, a kind, a place or a system."),
    "bad_period": _("The end must come after the beginning and lie ahead, within three months."),
    "empty_reason": _("Say why."),
}


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget)


class MaintenanceForm(forms.Form):
    """What is worked on, from when to when, and why."""

    thing = ThingField(label=_("Device"), required=False, help_text=_("Name or identity."))
    thing_kind = forms.ChoiceField(label=_("All devices of this kind"), required=False)
    place_code = forms.ChoiceField(label=_("In this place"), required=False)
    system = forms.ChoiceField(label=_("Of this system"), required=False)
    start_at = _moment(_("From"))
    end_at = _moment(_("Until"))
    reason = forms.CharField(label=_("Reason"), max_length=300)

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        local = timezone.localtime(now).replace(second=0, microsecond=0)
        super().__init__(data, initial={"start_at": local, "end_at": local + timedelta(hours=2)})
        self._choose("thing_kind", list_kinds())
        self._choose("place_code", [(place.code, place.name) for place in list_places()])
        self._choose("system", [(system.name, system.title) for system in installed()])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[name].choices = [("", "–"), *choices]  # type: ignore[attr-defined]

    def plan(self, *, by: str, at: datetime) -> None:
        """Keep it. Raises SensingError."""
        given = self.cleaned_data
        thing = given["thing"]
        scope = MaintenanceScope(
            thing=thing.pk if thing else None,
            thing_kind=given["thing_kind"],
            place_code=given["place_code"],
            system=given["system"],
        )
        plan_maintenance(
            scope=scope,
            start_at=given["start_at"],
            end_at=given["end_at"],
            reason=given["reason"],
            by=by,
            at=at,
        )


@permitted("sensing.view_alarms")
def list_suppressions(request: HttpRequest) -> HttpResponse:
    """What is held back now, what is planned, and what was; and the form for more."""
    now = timezone.now()
    may_plan = is_allowed(actor_of_request(request), PLAN)
    form = MaintenanceForm(now=now) if may_plan else None
    return _page(request, form, now)


@permitted(PLAN)
@require_POST
def plan(request: HttpRequest) -> HttpResponse:
    """Plan maintenance."""
    now = timezone.now()
    form = MaintenanceForm(request.POST, now=now)
    if form.is_valid():
        try:
            form.plan(by=actor_of_request(request).name, at=now)
        except SensingError as error:
            form.add_error(None, str(REFUSALS[error.code]))
        else:
            return redirect("portal:maintenance")
    return _page(request, form, now, status=422)


def _page(
    request: HttpRequest, form: MaintenanceForm | None, now: datetime, status: int = 200
) -> HttpResponse:
    rows = Suppression.objects.select_related("thing", "rule").annotate(held=Count("alarms"))
    ahead = [row for row in rows.filter(ended_at=None).order_by("start_at") if row.end_at > now]
    context = {
        "form": form,
        "running": [row for row in ahead if row.start_at <= now],
        "planned": [row for row in ahead if row.start_at > now],
        "past": rows.exclude(pk__in=[row.pk for row in ahead])[:SHOWN],
        "known_things": list_known_things() if form else [],
    }
    return render(request, "portal/pages/maintenance.html", context, status=status)


@permitted(PLAN)
@require_POST
def end(request: HttpRequest, suppression_id: int) -> HttpResponse:
    """End it now: what still stands comes back."""
    end_suppression(
        suppression=get_object_or_404(Suppression, pk=suppression_id),
        by=actor_of_request(request).name,
        at=timezone.now(),
    )
    return redirect("portal:maintenance")
