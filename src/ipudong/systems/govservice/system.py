"""The manifest: everything this system plugs into."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import EVERYONE
from ipudong.city.manifest import Page, System
from ipudong.systems.govservice.case_kinds import FOLDER, list_case_kinds
from ipudong.systems.govservice.departments import DEPARTMENTS

SYSTEM = System(
    name="govservice",
    task=5,
    department="citizen_center",
    title=_("Online government service"),
    permits=(
        Permit(action="govservice.view", roles=EVERYONE, title=_("Open the system's public pages")),
    ),
    urls="ipudong.systems.govservice.urls",
    departments=DEPARTMENTS,
    case_kinds=list_case_kinds(),
    service_items=(FOLDER,),
    services_for_residents=(
        Page(
            title=_("Online government service"),
            url_name="govservice:home",
            permit="govservice.view",
        ),
    ),
)
