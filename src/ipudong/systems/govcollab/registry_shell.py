"""What the pages of the registry desk share: tabs, purposes at hand, days of a history."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.tabs import Tab, list_tabs

PURPOSE_HOLDS_S: Final = 15 * 60
_SESSION: Final = "registry_purposes"
_MOST_HELD: Final = 20


TABS: Final = (
    Tab("persons", _("Persons"), "govcollab:registry", "registry.search_persons"),
    Tab(
        "organizations",
        _("Organizations"),
        "govcollab:registry_organizations",
        "registry.view_register",
    ),
    Tab(
        "projects", _("Projects and land"), "govcollab:registry_projects", "registry.view_register"
    ),
    Tab(
        "verification",
        _("Verification"),
        "govcollab:registry_verification",
        "registry.verify_person",
    ),
    Tab("quality", _("Data quality"), "govcollab:registry_quality", "registry.view_quality"),
    Tab("purposes", _("Purposes"), "govcollab:registry_purposes", "govcollab.view"),
)


def show(
    request: HttpRequest, tab: str, template: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Draw a page of the desk under its tab."""
    shell = {"tabs": list_tabs(request, TABS), "tab": tab}
    path = f"govcollab/registry/{template}"
    return render(request, path, {**shell, **context}, status=status)


def hold_purpose(request: HttpRequest, person_id: int, purpose: str, case_number: str) -> None:
    """Remember in the session for what a person is read, for a quarter of an hour."""
    held = dict(request.session.get(_SESSION, {}))
    until = int(timezone.now().timestamp()) + PURPOSE_HOLDS_S
    held[str(person_id)] = [purpose, case_number[:60], until]
    newest = sorted(held.items(), key=lambda item: item[1][2])[-_MOST_HELD:]
    request.session[_SESSION] = dict(newest)


def find_purpose(request: HttpRequest, person_id: int) -> tuple[str, str] | None:
    """The purpose and case for which a person is read now, if any still holds."""
    held = request.session.get(_SESSION, {}).get(str(person_id))
    if not held or held[2] < timezone.now().timestamp():
        return None
    return held[0], held[1]


def drop_purpose(request: HttpRequest, person_id: int) -> None:
    """Forget for what a person was read."""
    held = dict(request.session.get(_SESSION, {}))
    held.pop(str(person_id), None)
    request.session[_SESSION] = held


@dataclass(frozen=True)
class Days:
    """The days on which a record changed, to slide over; the last is today."""

    days: tuple[dt.date, ...]
    chosen: dt.date

    @property
    def step(self) -> int:
        """Place of the chosen day among them."""
        return max((n for n, day in enumerate(self.days) if day <= self.chosen), default=0)

    @property
    def last(self) -> int:
        """The last place."""
        return len(self.days) - 1

    @property
    def is_today(self) -> bool:
        """Whether the record is shown as it is."""
        return self.chosen >= self.days[-1]


def read_days(request: HttpRequest, changed: Iterable[dt.date]) -> Days:
    """The day asked for by `step` (a place among the days) or `on` (ISO), else today."""
    today = timezone.localdate()
    days = (*sorted({day for day in changed if day < today}), today)
    step = request.GET.get("step", "")
    if step.isdecimal() and int(step) < len(days):
        return Days(days, days[int(step)])
    try:
        return Days(days, min(dt.date.fromisoformat(request.GET.get("on", "")), today))
    except ValueError:
        return Days(days, today)
