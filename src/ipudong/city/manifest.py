"""The manifest: one frozen record by which a system plugs into every door.

The doors read manifests and never import a system; a system is installed by one line in
`config/installed.py`.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.functional import Promise

from ipudong.city.casework.catalogue.declared import ItemFolder
from ipudong.city.casework.kinds import CaseKind
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.permits import Permit
from ipudong.city.sensing.alarm_events import AlarmHandler

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class Page:
    """An entry point that a person opens: where, and which permit it takes."""

    title: Text
    url_name: str
    permit: str
    summary: Text = ""
    icon: str = "circle"


@dataclass(frozen=True, kw_only=True)
class MapLayer:
    """A layer of the map: GeoJSON from `url_name`; features carry `title`, `url`, `value`,
    `color`. `kind` is points, polygons, surface or moving (points that carry `thing`, by which the
    live stream moves them, with `time` in milliseconds, `speed` in km/h and `heading` in degrees;
    `steps` are the speeds from which each color holds, `quiet_color` is that of what was long not
    heard)."""

    code: str
    title: Text
    kind: str
    url_name: str
    permit: str
    legend: tuple[tuple[str, Text], ...] = ()
    shown: bool = True
    refresh_s: int = 60
    steps: tuple[tuple[float, str], ...] = ()
    quiet_color: str = ""


@dataclass(frozen=True, kw_only=True)
class HomeTile:
    """A tile of the home page: a template and the function that fills it."""

    template: str
    context: Callable[[Actor], Mapping[str, Any]]
    permit: str
    order: int = 50


@dataclass(frozen=True, kw_only=True)
class SearchHit:
    """One finding of a search."""

    title: Text
    url: str
    kind: Text
    summary: Text = ""


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Work for the clock: `run(now)` every `every_s` seconds; `name` is unique."""

    name: str
    every_s: int
    run: Callable[[datetime], object]
    title: Text = ""


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """What an import did; `rejects` are (line, reason). Nothing is half-imported: either
    `accepted` rows are all there, or an error was raised and none is."""

    accepted: int
    rejected: int
    rejects: tuple[tuple[int, str], ...] = ()
    findings: tuple[str, ...] = ()


Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Importer:
    """`ipudong import NAME FILE`: `run(path, actor, progress)`."""

    name: str
    title: Text
    run: Callable[[Path, Actor, Progress], ImportReport]


@dataclass(frozen=True, kw_only=True)
class System:
    """One of the plan's systems. The name is also app label, URL prefix and docs page."""

    name: str
    task: int
    department: str
    title: Text
    summary: Text = ""
    permits: tuple[Permit, ...] = ()
    urls: str = ""
    services_for_residents: tuple[Page, ...] = ()
    desks_for_staff: tuple[Page, ...] = ()
    home_tiles: tuple[HomeTile, ...] = ()
    map_layers: tuple[MapLayer, ...] = ()
    search: Callable[[str, Actor], Iterable[SearchHit]] | None = None
    routers: str = ""
    observed_properties: tuple[Any, ...] = ()
    device_profiles: tuple[Any, ...] = ()
    thing_kinds: Mapping[str, Text] = field(default_factory=dict)
    """Titles, in the plural, of the kinds of device it brings."""
    rules: tuple[Any, ...] = ()
    indicators: tuple[Any, ...] = ()
    departments: tuple[tuple[str, str, str], ...] = ()
    """Offices it needs beside the plan's responsible units: code, Chinese and English name."""
    case_kinds: tuple[CaseKind, ...] = ()
    service_items: tuple[ItemFolder, ...] = ()
    """Folders of items of the service catalogue; `city/casework/catalogue`."""
    schedules: tuple[Schedule, ...] = ()
    importers: tuple[Importer, ...] = ()
    alarm_handlers: tuple[AlarmHandler, ...] = ()
    """Open cases for alarms whose rule says so; `city/sensing/alarm_events.py`."""
    demo: Callable[[int, Actor], object] | None = None
    replay_stations: Callable[[Path, Actor], int] | None = None
    """Makes the stations known whose records in a folder the simulation replays; how many."""
    simulation: str = ""


class ManifestError(Exception):
    """A system's manifest is missing or does not fit its folder."""


@lru_cache(maxsize=1)
def installed() -> tuple[System, ...]:
    """Manifests of the installed systems, in the order of the plan's tasks."""
    systems = [_read_manifest(name) for name in settings.IPUDONG_SYSTEMS]
    return tuple(sorted(systems, key=lambda system: system.task))


def list_item_folders(systems: Iterable[System]) -> list[tuple[str, ItemFolder]]:
    """Each folder of service items with the name of the system that brings it."""
    return [(system.name, folder) for system in systems for folder in system.service_items]


def find_system(name: str) -> System | None:
    """The installed system of that name."""
    return next((system for system in installed() if system.name == name), None)


def _read_manifest(name: str) -> System:
    module = importlib.import_module(f"ipudong.systems.{name}.system")
    system = getattr(module, "SYSTEM", None)
    if not isinstance(system, System):
        raise ManifestError(f"systems/{name}/system.py names no SYSTEM")
    if system.name != name:
        raise ManifestError(f"systems/{name}/system.py calls itself {system.name}")
    return system
