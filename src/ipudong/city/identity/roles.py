"""The roles of a district, as rows."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PUBLIC: Final = "public"
RESIDENT: Final = "resident"
AGENT: Final = "agent"
CLERK: Final = "clerk"
DUTY_OFFICER: Final = "duty_officer"
DEPARTMENT_HEAD: Final = "department_head"
SUPERVISOR: Final = "supervisor"
DISTRICT_LEADER: Final = "district_leader"
INTEGRATOR: Final = "integrator"
ADMINISTRATOR: Final = "administrator"


@dataclass(frozen=True)
class Role:
    """One role; `staff` roles may have a second factor demanded of them."""

    code: str
    title: Promise
    staff: bool


ROLES: Final = (
    Role(PUBLIC, _("Anyone"), staff=False),
    Role(RESIDENT, _("Resident"), staff=False),
    Role(AGENT, _("Organisation agent"), staff=False),
    Role(CLERK, _("Clerk"), staff=True),
    Role(DUTY_OFFICER, _("Duty officer"), staff=True),
    Role(DEPARTMENT_HEAD, _("Department head"), staff=True),
    Role(SUPERVISOR, _("Supervisor"), staff=True),
    Role(DISTRICT_LEADER, _("District leader"), staff=True),
    Role(INTEGRATOR, _("Integrator"), staff=True),
    Role(ADMINISTRATOR, _("Administrator"), staff=True),
)
ROLE_CODES: Final = frozenset(role.code for role in ROLES)
STAFF_ROLES: Final = frozenset(role.code for role in ROLES if role.staff)
EVERYONE: Final = tuple(role.code for role in ROLES)
OFFICERS: Final = (
    CLERK,
    DUTY_OFFICER,
    DEPARTMENT_HEAD,
    SUPERVISOR,
    DISTRICT_LEADER,
    ADMINISTRATOR,
)
