"""Django's name card of the audit part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "ipudong.city.audit"
    label = "audit"
    verbose_name = _("Audit")
