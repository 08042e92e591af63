"""Where the registry desk is entered, and its standing work."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import Page, Schedule
from ipudong.city.registry.services import apply_due_changes
from ipudong.city.registry.services.quality import measure_quality

DAY_S, HOUR_S = 86_400, 3_600


def apply_due(now: datetime) -> int:
    """Show the changes whose day has come."""
    return apply_due_changes(today=timezone.localdate(now))


def measure(now: datetime) -> None:
    """Measure the quality of the registry."""
    measure_quality(by="system:worker", at=now)


REGISTRY_DESKS = (
    Page(
        title=_("Population registry"),
        url_name="govcollab:registry",
        permit="registry.search_persons",
        summary=_("Persons and households, read for a purpose; changes with source and history"),
        icon="users",
    ),
    Page(
        title=_("Organization registry"),
        url_name="govcollab:registry_organizations",
        permit="registry.view_register",
        summary=_("Register entries, licenses, branches and who holds what"),
        icon="building-store",
    ),
    Page(
        title=_("Quality of the registry"),
        url_name="govcollab:registry_quality",
        permit="registry.view_quality",
        summary=_("Completeness, validity and age of each field"),
        icon="list-check",
    ),
)
REGISTRY_SCHEDULES = (
    Schedule(
        name="registry.apply_due_changes",
        every_s=HOUR_S,
        run=apply_due,
        title=_("Show registry changes whose day has come"),
    ),
    Schedule(
        name="registry.measure_quality",
        every_s=DAY_S,
        run=measure,
        title=_("Measure the quality of the registry"),
    ),
)
