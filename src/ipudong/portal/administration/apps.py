"""Django's name card of the administration pages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import Permit, declare_permits
from ipudong.city.identity.roles import ADMINISTRATOR, DISTRICT_LEADER, INTEGRATOR, SUPERVISOR

ADMINISTRATION_PERMITS = (
    Permit(
        action="administration.open",
        roles=(SUPERVISOR, DISTRICT_LEADER, INTEGRATOR, ADMINISTRATOR),
        title=_("Open the administration"),
    ),
)


class AdministrationConfig(AppConfig):
    name = "ipudong.portal.administration"
    label = "administration"
    verbose_name = _("Administration")

    def ready(self) -> None:
        """Make the permit row of the entrance known."""
        declare_permits(ADMINISTRATION_PERMITS)
