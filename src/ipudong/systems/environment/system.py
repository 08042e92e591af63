"""The manifest of the environment system."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import Schedule, System
from ipudong.systems.environment.demo import load_demo, load_replay_stations
from ipudong.systems.environment.devices import DEVICE_PROFILES, SYSTEM_NAME, THING_KINDS
from ipudong.systems.environment.entrances import (
    DESKS,
    HOME_TILES,
    MAP_LAYERS,
    SERVICES,
    search,
)
from ipudong.systems.environment.importers import IMPORTERS
from ipudong.systems.environment.indicators import INDICATORS
from ipudong.systems.environment.permits import PERMITS
from ipudong.systems.environment.properties import OBSERVED_PROPERTIES
from ipudong.systems.environment.rules import RULES
from ipudong.systems.environment.services import record_exceedances, record_findings

SYSTEM = System(
    name=SYSTEM_NAME,
    task=10,
    department="epb",
    title=_("Environment network"),
    summary=_("Air, rivers and emission sources of the district, measured and judged live"),
    permits=PERMITS,
    urls="ipudong.systems.environment.urls",
    services_for_residents=SERVICES,
    desks_for_staff=DESKS,
    home_tiles=HOME_TILES,
    map_layers=MAP_LAYERS,
    search=search,
    observed_properties=OBSERVED_PROPERTIES,
    device_profiles=DEVICE_PROFILES,
    thing_kinds=THING_KINDS,
    rules=RULES,
    indicators=INDICATORS,
    schedules=(
        Schedule(
            name="environment.exceedances",
            every_s=300,
            run=record_exceedances,
            title=_("Find exceedances of outlets and sections"),
        ),
        Schedule(
            name="environment.findings",
            every_s=3600,
            run=record_findings,
            title=_("Look for defects in the air data"),
        ),
    ),
    importers=IMPORTERS,
    demo=load_demo,
    replay_stations=load_replay_stations,
    simulation="ipudong.systems.environment.simulation",
)
