"""Django's name card of My space."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import declare_permits
from ipudong.portal.space.permits import SPACE_PERMITS


class SpaceConfig(AppConfig):
    name = "ipudong.portal.space"
    label = "space"
    verbose_name = _("My space")

    def ready(self) -> None:
        """Make the permit rows known."""
        declare_permits(SPACE_PERMITS)
