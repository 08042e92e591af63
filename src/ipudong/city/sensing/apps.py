"""Django's name card of the sensing part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SensingConfig(AppConfig):
    name = "ipudong.city.sensing"
    label = "sensing"
    verbose_name = _("Sensing")
