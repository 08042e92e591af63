"""Areas that moving things are watched against."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.things import Named


class FenceShape(models.TextChoices):
    """How an area is given."""

    POLYGON = "polygon", _("Drawn")
    CIRCLE = "circle", _("Circle")
    PLACE = "place", _("Subdistrict or town")


class Fence(Named):
    """An area: corners, a circle, or a place of the registry. WGS 84 degrees, meters.

    `corners` are [lon, lat] pairs in order, the first not repeated.
    """

    shape = models.CharField(_("Shape"), max_length=8, choices=FenceShape.choices)
    corners = models.JSONField(default=list, blank=True)
    lon = models.FloatField(_("Longitude"), null=True, blank=True)
    lat = models.FloatField(_("Latitude"), null=True, blank=True)
    radius_m = models.FloatField(_("Radius (m)"), null=True, blank=True)
    place_code = models.CharField(_("Place"), max_length=12, blank=True)

    class Meta:
        ordering = ["name_zh", "id"]
