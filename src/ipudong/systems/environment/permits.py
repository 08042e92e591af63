"""Who may do what in the environment system, as rows."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit
from ipudong.city.identity.roles import (
    ADMINISTRATOR,
    DEPARTMENT_HEAD,
    DUTY_OFFICER,
    EVERYONE,
    INTEGRATOR,
    OFFICERS,
)

PERMITS = (
    Permit(action="environment.view_air", roles=EVERYONE, title=_("See the air")),
    Permit(action="environment.view_water", roles=EVERYONE, title=_("See the water")),
    Permit(
        action="environment.view_emission",
        roles=EVERYONE,
        title=_("See emission sources and their limits"),
    ),
    Permit(
        action="environment.view_quality",
        roles=EVERYONE,
        title=_("See what is wrong with the data"),
    ),
    Permit(
        action="environment.view_desk",
        roles=(*OFFICERS, INTEGRATOR),
        title=_("Open the environment duty desk"),
    ),
    Permit(
        action="environment.handle_event",
        roles=(DUTY_OFFICER, DEPARTMENT_HEAD, ADMINISTRATOR),
        title=_("Acknowledge, note and close alarms and exceedances"),
    ),
    Permit(
        action="environment.export_report",
        roles=OFFICERS,
        title=_("Download the monthly emission report"),
    ),
)
