"""The manifest of the environment system."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import System
from ipudong.systems.environment.demo import load_demo
from ipudong.systems.environment.devices import DEVICE_PROFILES, SYSTEM_NAME
from ipudong.systems.environment.importers import IMPORTERS
from ipudong.systems.environment.permits import PERMITS
from ipudong.systems.environment.properties import OBSERVED_PROPERTIES
from ipudong.systems.environment.rules import RULES

SYSTEM = System(
    name=SYSTEM_NAME,
    task=10,
    department="epb",
    title=_("Environment network"),
    summary=_("Air, rivers and emission sources of the district, measured and judged live"),
    permits=PERMITS,
    observed_properties=OBSERVED_PROPERTIES,
    device_profiles=DEVICE_PROFILES,
    rules=RULES,
    importers=IMPORTERS,
    demo=load_demo,
    simulation="ipudong.systems.environment.simulation",
)
