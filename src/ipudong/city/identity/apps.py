"""Django's name card of the identity part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "ipudong.city.identity"
    label = "identity"
    verbose_name = _("Accounts and permissions")
