"""Django's name card of the system."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovcollabConfig(AppConfig):
    name = "ipudong.systems.govcollab"
    label = "govcollab"
    verbose_name = _("Government collaboration")
