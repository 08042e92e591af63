"""The manifest: everything this system plugs into."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import EVERYONE
from ipudong.city.manifest import Importer, Page, System
from ipudong.systems.govcollab.indicators import INDICATORS
from ipudong.systems.govcollab.matching_words import DESKS as MATCHING_DESKS
from ipudong.systems.govcollab.registry_entrances import REGISTRY_DESKS, REGISTRY_SCHEDULES
from ipudong.systems.govcollab.registry_imports import import_organizations, import_population
from ipudong.systems.govcollab.supervision_demo import load_demo
from ipudong.systems.govcollab.supervision_entrances import (
    SUPERVISION_DESKS,
    SUPERVISION_SCHEDULES,
)
from ipudong.systems.govcollab.supervision_permits import SUPERVISION_PERMITS

SYSTEM = System(
    name="govcollab",
    task=6,
    department="government_office",
    title=_("Government collaboration"),
    permits=(
        Permit(action="govcollab.view", roles=EVERYONE, title=_("Open the system's public pages")),
        *SUPERVISION_PERMITS,
    ),
    urls="ipudong.systems.govcollab.urls",
    indicators=INDICATORS,
    demo=load_demo,
    schedules=(*REGISTRY_SCHEDULES, *SUPERVISION_SCHEDULES),
    desks_for_staff=(*REGISTRY_DESKS, *MATCHING_DESKS, *SUPERVISION_DESKS),
    importers=(
        Importer(name="population", title=_("Persons and households"), run=import_population),
        Importer(name="organizations", title=_("Organizations"), run=import_organizations),
    ),
    services_for_residents=(
        Page(
            title=_("How offices are watched"),
            url_name="govcollab:supervision_rules",
            permit="govcollab.view",
            summary=_("The published rules of electronic supervision: when an office is carded"),
            icon="gavel",
        ),
    ),
)
