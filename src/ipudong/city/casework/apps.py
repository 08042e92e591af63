"""Django's name card of the casework part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CaseworkConfig(AppConfig):
    name = "ipudong.city.casework"
    label = "casework"
    verbose_name = _("Casework")
