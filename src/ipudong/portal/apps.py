"""Django's name card of the portal part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import declare_permits
from ipudong.portal.permits import PORTAL_PERMITS


class PortalConfig(AppConfig):
    name = "ipudong.portal"
    label = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        """Make the portal's permit rows known."""
        declare_permits(PORTAL_PERMITS)
