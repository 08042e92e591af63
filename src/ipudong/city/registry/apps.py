"""Django's name card of the registry part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "ipudong.city.registry"
    label = "registry"
    verbose_name = _("Places")
