"""Django's name card of the environment system."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnvironmentConfig(AppConfig):
    name = "ipudong.systems.environment"
    label = "environment"
    verbose_name = _("Environment network")
    default_auto_field = "django.db.models.AutoField"
