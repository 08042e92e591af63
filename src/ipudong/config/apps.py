"""The last application to be ready: makes permit and profile rows known."""

import importlib

from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "ipudong.config"
    label = "house"

    def ready(self) -> None:
        """Collect the permits of the house, and the permits and profiles of installed systems.

        Manifests name services and models, which exist only now that applications are loaded.
        """
        house = importlib.import_module("ipudong.config.house")
        house.declare_all_permits()
        house.declare_all_profiles()
        house.declare_all_case_services()
