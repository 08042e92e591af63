"""Tables of standard addresses: a tree from road to room, other names, and what was before."""

from django.db import models
from django.utils.translation import gettext_lazy as _

COMMUNITY, ROAD, LANE, NUMBER = "community", "road", "lane", "number"
BUILDING, UNIT, FLOOR, ROOM = "building", "unit", "floor", "room"
LEVELS = {
    COMMUNITY: _("Community"),
    ROAD: _("Road"),
    LANE: _("Lane"),
    NUMBER: _("House number"),
    BUILDING: _("Building"),
    UNIT: _("Entrance"),
    FLOOR: _("Floor"),
    ROOM: _("Room"),
}
POINT_SOURCES = {
    "surveyed": _("Surveyed"),
    "building": _("Center of its building"),
    "parent": _("Of the address above it"),
    "interpolated": _("Between neighboring numbers"),
}
ALIAS_KINDS = {
    "alias": _("Other name"),
    "historical": _("Former name"),
}


class Address(models.Model):
    """One standard address. `code` never changes; name and place may, with an `AddressChange`.

    `key` is the whole address below the division in the one form by which it is found:
    "road/lane/number/building/room", without unit and floor. `number` orders numbers of a road;
    `cell` is the H3 cell (resolution 10) of the point; a room without a point of its own has its
    building's.
    """

    code = models.CharField(_("Address code"), max_length=40, unique=True)
    level = models.CharField(_("Level"), max_length=10, choices=list(LEVELS.items()))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    place = models.ForeignKey(
        "registry.Place", models.PROTECT, related_name="+", verbose_name=_("Subdistrict or town")
    )
    community = models.CharField(_("Community"), max_length=60, blank=True)
    name = models.CharField(_("Name"), max_length=60)
    text = models.CharField(_("Full address"), max_length=200)
    key = models.CharField(max_length=120, db_index=True, editable=False)
    number = models.PositiveIntegerField(null=True, editable=False)
    lon = models.FloatField(_("Longitude, WGS 84"), null=True, blank=True)
    lat = models.FloatField(_("Latitude, WGS 84"), null=True, blank=True)
    point_source = models.CharField(
        _("Where the point is from"), max_length=12, choices=list(POINT_SOURCES.items()), blank=True
    )
    cell = models.BigIntegerField(null=True, editable=False)
    footprint = models.TextField(_("Footprint of the building, GeoJSON"), blank=True)
    since_on = models.DateField(_("Valid from"), null=True, blank=True)
    until_on = models.DateField(_("Valid until"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)
    recorded_at = models.DateTimeField(_("Recorded"))

    class Meta:
        indexes = [
            models.Index(
                fields=["level", "name"],
                condition=models.Q(level__in=("community", "road")),
                name="address_roads",
            ),
            models.Index(
                fields=["cell"],
                condition=models.Q(level__in=("number", "building")),
                name="address_by_cell",
            ),
            models.Index(
                fields=["parent", "number"],
                condition=models.Q(level="number"),
                name="address_numbers_of_road",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class AddressAlias(models.Model):
    """Another name of an address: of a housing estate, or one it had before."""

    address = models.ForeignKey(Address, models.PROTECT, related_name="aliases")
    kind = models.CharField(_("Kind of name"), max_length=10, choices=list(ALIAS_KINDS.items()))
    text = models.CharField(_("Name"), max_length=120)
    key = models.CharField(max_length=120, db_index=True, editable=False)
    since_on = models.DateField(_("Valid from"), null=True, blank=True)
    until_on = models.DateField(_("Valid until"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address", "key"], name="one_alias_per_address")
        ]

    def __str__(self) -> str:
        return self.text


class AddressChange(models.Model):
    """What a field of an address was before, and from which day it was otherwise."""

    address = models.ForeignKey(Address, models.PROTECT, related_name="changes")
    field = models.CharField(_("Field"), max_length=20)
    old = models.CharField(_("Before"), max_length=200, blank=True)
    new = models.CharField(_("After"), max_length=200, blank=True)
    effective_on = models.DateField(_("Valid from"))
    reason = models.CharField(_("Reason"), max_length=200, blank=True)
    by = models.CharField(_("By"), max_length=150)
    at = models.DateTimeField(_("Recorded"))

    class Meta:
        ordering = ["-effective_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.address_id} {self.field} {self.effective_on}"
