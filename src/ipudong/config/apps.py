"""The last application to be ready: makes every permit row known."""

import importlib

from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "ipudong.config"
    label = "house"

    def ready(self) -> None:
        """Collect the permits of the house and of the installed systems.

        Manifests name services and models, which exist only now that applications are loaded.
        """
        importlib.import_module("ipudong.config.house").declare_all_permits()
