"""The modules that declare settings. A test holds this list against the source tree."""

import importlib
import re
from pathlib import Path
from typing import Final

DECLARING_MODULES: Final = (
    "ipudong.city.casework.documents.options",
    "ipudong.city.registry.lookup",
    "ipudong.city.sensing.alarm_options",
    "ipudong.city.sensing.store_options",
    "ipudong.config.accounts",
    "ipudong.config.addresses",
    "ipudong.config.caches",
    "ipudong.config.commands.portal_command",
    "ipudong.config.commands.serve_command",
    "ipudong.config.district",
    "ipudong.config.district_scale",
    "ipudong.config.mail_options",
    "ipudong.config.settings",
    "ipudong.gateway.bridge.options",
    "ipudong.gateway.hj212.bounds",
    "ipudong.gateway.jt808.bounds",
    "ipudong.gateway.jt808.media",
    "ipudong.gateway.mqtt.bounds",
    "ipudong.gateway.mqtt.options",
    "ipudong.gateway.options",
    "ipudong.gateway.push.options",
    "ipudong.operations.log",
    "ipudong.options.places",
    "ipudong.portal.tile_options",
    "ipudong.simulator.run",
    "ipudong.worker.delivery.options",
    "ipudong.worker.options",
)
PACKAGES = Path(__file__).resolve().parent.parent.parent
KEY = re.compile(r"= Option\(\s*\"([a-z0-9_.]+)\"")


def import_declaring_modules() -> None:
    """Import every module that declares a setting, so that all of them can be described."""
    for name in DECLARING_MODULES:
        importlib.import_module(name)


def declared_keys() -> set[str]:
    """Keys of all settings, read from the source: a process that only wants to know whether a
    key exists need not load every other process's code."""
    sources = (PACKAGES.joinpath(*name.split(".")).with_suffix(".py") for name in DECLARING_MODULES)
    return {key for path in sources for key in KEY.findall(path.read_text("utf-8"))}
