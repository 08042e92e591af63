"""Django's name card of the worker part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkerConfig(AppConfig):
    name = "ipudong.worker"
    label = "worker"
    verbose_name = _("Worker")
