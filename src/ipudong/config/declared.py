"""The modules that declare settings. A test holds this list against the source tree."""

import importlib
from typing import Final

DECLARING_MODULES: Final = (
    "ipudong.city.sensing.store_options",
    "ipudong.config.accounts",
    "ipudong.config.addresses",
    "ipudong.config.commands.portal_command",
    "ipudong.config.commands.serve_command",
    "ipudong.config.district",
    "ipudong.config.district_scale",
    "ipudong.config.settings",
    "ipudong.operations.log",
    "ipudong.options.places",
    "ipudong.simulator.run",
    "ipudong.worker.options",
)


def import_declaring_modules() -> None:
    """Import every module that declares a setting, so that all of them are known."""
    for name in DECLARING_MODULES:
        importlib.import_module(name)
