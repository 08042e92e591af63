"""Django's name card of the identity part."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "ipudong.city.identity"
    label = "identity"
    verbose_name = _("Accounts and permissions")

    def ready(self) -> None:
        """Begin to write sign-ins into the audit."""
        import_module("ipudong.city.identity.sign_ins")
