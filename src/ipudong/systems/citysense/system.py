"""The manifest of the city sensing network."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import MapLayer, Page, System
from ipudong.systems.citysense.demo import load_demo
from ipudong.systems.citysense.devices import DEVICE_PROFILES, SYSTEM_NAME, THING_KINDS
from ipudong.systems.citysense.pages import OLD_COLOR, REFRESH_S, SPEED_STEPS
from ipudong.systems.citysense.properties import OBSERVED_PROPERTIES
from ipudong.systems.citysense.rules import RULES

VIEW = "sensing.view_positions"

SYSTEM = System(
    name=SYSTEM_NAME,
    task=7,
    department="construction",
    title=_("City sensing network"),
    summary=_("What moves and senses across the district: vehicles, where they are and were"),
    urls="ipudong.systems.citysense.urls",
    desks_for_staff=(
        Page(
            title=_("Vehicles"),
            url_name="citysense:home",
            permit=VIEW,
            summary=_("Where the district's vehicles are now, and the way each took"),
            icon="truck",
        ),
    ),
    map_layers=(
        MapLayer(
            code="citysense-vehicles",
            title=_("Vehicles"),
            kind="moving",
            url_name="citysense:vehicles_geojson",
            permit=VIEW,
            legend=(
                *((color, f"≥ {least} km/h") for least, color in SPEED_STEPS),
                (OLD_COLOR, _("not heard for five minutes")),
            ),
            refresh_s=REFRESH_S,
            steps=SPEED_STEPS,
            quiet_color=OLD_COLOR,
        ),
    ),
    observed_properties=OBSERVED_PROPERTIES,
    device_profiles=DEVICE_PROFILES,
    thing_kinds=THING_KINDS,
    rules=RULES,
    demo=load_demo,
    simulation="ipudong.systems.citysense.simulation",
)
