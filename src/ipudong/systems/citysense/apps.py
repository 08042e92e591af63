"""Django's name card of the system."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CitysenseConfig(AppConfig):
    name = "ipudong.systems.citysense"
    label = "citysense"
    verbose_name = _("City sensing network")
