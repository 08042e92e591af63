"""Bringing published files in: all of a file or nothing of it."""

from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import Importer
from ipudong.systems.environment.importers.air import import_cnemc_air, import_soda
from ipudong.systems.environment.importers.water import import_cnemc_water

IMPORTERS = (
    Importer(
        name="air-cnemc",
        title=_("Hourly air of the national stations (CNEMC, XML)"),
        run=import_cnemc_air,
    ),
    Importer(
        name="air-soda",
        title=_("Shanghai air by the hour, or weather stations (SODA 2015, text)"),
        run=import_soda,
    ),
    Importer(
        name="water-cnemc",
        title=_("Automatic water stations (CNEMC, CSV or JSON)"),
        run=import_cnemc_water,
    ),
)
