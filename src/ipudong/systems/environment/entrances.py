"""Where the environment system shows itself outside its own pages: tile, layers, search, doors."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.manifest import HomeTile, MapLayer, Page, SearchHit
from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.models import Status, Thing
from ipudong.systems.environment.air_tables import LEVELS
from ipudong.systems.environment.devices import (
    AIR_STATION,
    EMISSION_OUTLET,
    SYSTEM_NAME,
    WATER_STATION,
)
from ipudong.systems.environment.pages.air import describe_hour, find_near
from ipudong.systems.environment.pages.emission import COLORS
from ipudong.systems.environment.pages.surfaces import ERROR_STEPS, VALUE_STEPS, legend
from ipudong.systems.environment.pages.water import color_of, describe_row
from ipudong.systems.environment.queries.air import get_air_overview
from ipudong.systems.environment.queries.water import list_water
from ipudong.systems.environment.water_tables import WaterClass

HITS: Final = 10
SERVICES: Final = (
    Page(
        title=_("Air around you"),
        url_name="environment:air",
        permit="environment.view_air",
        summary=_("The air quality index near you, and what it means for you"),
        icon="wind",
    ),
    Page(
        title=_("Rivers and lakes"),
        url_name="environment:water",
        permit="environment.view_water",
        summary=_("How clean the district's waters and water sources are"),
        icon="ripple",
    ),
    Page(
        title=_("Emission sources"),
        url_name="environment:emission",
        permit="environment.view_emission",
        summary=_("What leaves chimneys and outlets, against the limits"),
        icon="building-factory-2",
    ),
)
DESKS: Final = (
    Page(
        title=_("Environment duty desk"),
        url_name="environment:desk",
        permit="environment.view_desk",
        summary=_("Alarms, exceedances, silent stations, doubtful data"),
        icon="radar-2",
    ),
    Page(
        title=_("Data quality"),
        url_name="environment:quality",
        permit="environment.view_quality",
        summary=_("Defects the quality rules found in the data"),
        icon="shield-question",
    ),
)


def _levels() -> tuple[tuple[str, Any], ...]:
    names = (
        *(_("Excellent"), _("Good"), _("Lightly polluted")),
        *(_("Moderately polluted"), _("Heavily polluted"), _("Severely polluted")),
    )
    return tuple((level.color_hex, name) for level, name in zip(LEVELS, names, strict=True))


def _classes() -> tuple[tuple[str, Any], ...]:
    names = (_("Class I"), _("Class II"), _("Class III"), _("Class IV"), _("Class V"))
    words = (*names, _("Inferior to class V"))
    return tuple((color_of(kind), name) for kind, name in zip(WaterClass, words, strict=True))


MAP_LAYERS: Final = (
    MapLayer(
        code="environment-pm25",
        title=_("PM₂.₅ between the stations"),
        kind="surface",
        url_name="environment:pm25_surface",
        permit="environment.view_air",
        legend=legend(VALUE_STEPS),
        shown=False,
        refresh_s=600,
    ),
    MapLayer(
        code="environment-pm25-error",
        title=_("How uncertain PM₂.₅ is"),
        kind="surface",
        url_name="environment:pm25_error",
        permit="environment.view_air",
        legend=legend(ERROR_STEPS),
        shown=False,
        refresh_s=600,
    ),
    MapLayer(
        code="environment-air",
        title=_("Air stations (AQI)"),
        kind="points",
        url_name="environment:air_geojson",
        permit="environment.view_air",
        legend=_levels(),
        refresh_s=300,
    ),
    MapLayer(
        code="environment-water",
        title=_("Water sections (class)"),
        kind="points",
        url_name="environment:water_geojson",
        permit="environment.view_water",
        legend=_classes(),
        refresh_s=600,
    ),
    MapLayer(
        code="environment-emission",
        title=_("Emission outlets"),
        kind="points",
        url_name="environment:emission_geojson",
        permit="environment.view_emission",
        legend=(
            (COLORS["over"], _("above a limit")),
            (COLORS["within"], _("within all limits")),
            (COLORS["stopped"], _("plant stopped")),
            (COLORS["silent"], _("silent")),
        ),
        refresh_s=600,
    ),
)


def fill_tile(actor: Actor) -> Mapping[str, Any]:
    """Air and water now, in plain words."""
    now = timezone.now()
    overview = get_air_overview(now)
    near = find_near(overview.stations, list_places(), "")
    water = [describe_row(row) for row in list_water(now)]
    judged = [row for row in water if row["meets"] is not None]
    return {
        "air": describe_hour(near.row) if near else None,
        "judged": len(judged),
        "meeting": sum(bool(row["meets"]) for row in judged),
        "simulated": overview.simulated,
    }


HOME_TILES: Final = (
    HomeTile(
        template="environment/parts/home_tile.html",
        context=fill_tile,
        permit="environment.view_air",
        order=10,
    ),
)
_PAGES: Final = {
    AIR_STATION: ("environment:air_station", _("Air station")),
    WATER_STATION: ("environment:water_section", _("Water section")),
    EMISSION_OUTLET: ("environment:outlet", _("Emission outlet")),
}


def search(text: str, actor: Actor) -> Iterable[SearchHit]:
    """Stations by name, organization or MN; those that report before those from files."""
    fits = Q(name_zh__icontains=text) | Q(name_en__icontains=text) | Q(organisation__icontains=text)
    things = (
        Thing.objects.filter(system=SYSTEM_NAME, kind__in=_PAGES)
        .filter(fits | Q(identity__iexact=text))
        .exclude(status=Status.RETIRED)
        .defer("credential")
        .order_by("-expected_interval_s", "id")
    )
    for thing in things[:HITS]:
        url_name, kind = _PAGES[thing.kind]
        yield SearchHit(
            title=thing.name,
            url=reverse(url_name, args=[thing.pk]),
            kind=kind,
            summary=thing.organisation or str(thing.properties.get("source", "")),
        )
