"""Django's name card of the system."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovserviceConfig(AppConfig):
    name = "ipudong.systems.govservice"
    label = "govservice"
    verbose_name = _("Online government service")
