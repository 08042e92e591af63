"""The manifest: everything this system plugs into."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import AGENT, CLERK, DEPARTMENT_HEAD, EVERYONE, RESIDENT
from ipudong.city.manifest import Page, System
from ipudong.systems.govservice.case_kinds import FOLDER, list_case_kinds
from ipudong.systems.govservice.demo import load_demo
from ipudong.systems.govservice.departments import DEPARTMENTS
from ipudong.systems.govservice.hall_search import find_in_hall
from ipudong.systems.govservice.indicators import INDICATORS

SYSTEM = System(
    name="govservice",
    task=5,
    department="citizen_center",
    title=_("Online government service"),
    permits=(
        Permit(action="govservice.view", roles=EVERYONE, title=_("Open the system's public pages")),
        Permit(
            action="govservice.apply",
            roles=(RESIDENT, AGENT, CLERK, DEPARTMENT_HEAD),
            title=_("Apply for services and follow own cases"),
        ),
        Permit(
            action="govservice.window",
            roles=(CLERK, DEPARTMENT_HEAD),
            title=_("Fill in applications for persons at a counter"),
        ),
    ),
    urls="ipudong.systems.govservice.urls",
    departments=DEPARTMENTS,
    search=find_in_hall,
    indicators=INDICATORS,
    case_kinds=list_case_kinds(),
    service_items=(FOLDER,),
    demo=load_demo,
    desks_for_staff=(
        Page(
            title=_("Counter"),
            url_name="govservice:window",
            permit="govservice.window",
            summary=_("Begin or continue an application for the person at the counter"),
            icon="building-bank",
        ),
    ),
    services_for_residents=(
        Page(
            title=_("Online government service"),
            url_name="govservice:home",
            permit="govservice.view",
            summary=_("Find out how to do it, check whether you may, and apply"),
            icon="building-bank",
        ),
    ),
)
