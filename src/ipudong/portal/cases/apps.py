"""Django's name card of the work desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit, declare_permits
from ipudong.city.identity.roles import (
    CLERK,
    DEPARTMENT_HEAD,
    DISTRICT_LEADER,
    DUTY_OFFICER,
    SUPERVISOR,
)

CASES_PERMITS = (
    Permit(
        action="casework.view",
        roles=(CLERK, DUTY_OFFICER, DEPARTMENT_HEAD, SUPERVISOR, DISTRICT_LEADER),
        title=_("Open cases of the own department, or as supervision"),
    ),
)


class CasesConfig(AppConfig):
    name = "ipudong.portal.cases"
    label = "cases"
    verbose_name = _("Work desk")

    def ready(self) -> None:
        """Make the permit row of case pages known."""
        declare_permits(CASES_PERMITS)
