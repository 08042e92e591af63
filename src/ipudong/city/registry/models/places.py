"""Tables of the registry: places and the H3 cells they cover."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.languages import reads_chinese
from ipudong.city.registry.rows import DISTRICT, SUBDISTRICT, TOWN

KIND_TITLES = {DISTRICT: _("District"), SUBDISTRICT: _("Subdistrict"), TOWN: _("Town")}


class Place(models.Model):
    """An administrative division: facts always, a polygon where one was imported."""

    code = models.CharField(_("Division code"), max_length=12, unique=True)
    kind = models.CharField(_("Kind"), max_length=20, choices=list(KIND_TITLES.items()))
    name_zh = models.CharField(_("Chinese name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=100)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    lon = models.FloatField(_("Longitude of the center, WGS 84"))
    lat = models.FloatField(_("Latitude of the center, WGS 84"))
    area_km2 = models.FloatField(_("Area in km²"))
    geometry = models.TextField(_("Boundary, GeoJSON"), null=True, blank=True)  # noqa: DJ001 - null means "no polygon known"
    geometry_source = models.CharField(_("Source of the boundary"), max_length=200, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.name_zh if reads_chinese() else self.name_en

    @property
    def is_approximate(self) -> bool:
        """Whether only cells nearest the center stand for its area."""
        return self.geometry is None


class PlaceCell(models.Model):
    """One H3 cell of a place's cover; a cell on a border belongs to several places."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="cells")
    cell = models.BigIntegerField(_("H3 cell"))
    border = models.BooleanField(_("Only partly inside"))
    approximate = models.BooleanField(_("Given by the nearest center"))

    class Meta:
        indexes = [models.Index(fields=["cell"], name="place_by_cell")]
        constraints = [
            models.UniqueConstraint(fields=["place", "cell"], name="one_row_per_place_and_cell")
        ]

    def __str__(self) -> str:
        return f"{self.cell:x}"
