"""Tables of land parcels, construction projects and finance institutions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.codes import (
    FINANCE_KINDS,
    PROJECT_KINDS,
    PROJECT_STAGES,
    choices,
)


class Land(models.Model):
    """A parcel of land with its right; `use` is a class of GB/T 21010."""

    parcel_code = models.CharField(_("Parcel code"), max_length=19, unique=True)
    use = models.CharField(_("Use, GB/T 21010"), max_length=4)
    area_m2 = models.DecimalField(_("Area in m²"), max_digits=14, decimal_places=2)
    location = models.CharField(_("Location"), max_length=200)
    place = models.ForeignKey(
        "registry.Place", models.PROTECT, null=True, blank=True, related_name="+"
    )
    holder = models.ForeignKey(
        "registry.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="parcels",
        verbose_name=_("Holder of the right"),
    )
    granted_on = models.DateField(_("Granted"), null=True, blank=True)
    valid_until = models.DateField(_("Right ends"), null=True, blank=True)
    lon = models.FloatField(_("Longitude of the center, WGS 84"), null=True, blank=True)
    lat = models.FloatField(_("Latitude of the center, WGS 84"), null=True, blank=True)
    geometry = models.TextField(_("Boundary, GeoJSON"), blank=True)
    source = models.CharField(_("Source"), max_length=40)
    recorded_at = models.DateTimeField(_("Recorded"))

    class Meta:
        ordering = ["parcel_code"]

    def __str__(self) -> str:
        return self.parcel_code


class Project(models.Model):
    """A construction project under the national code of investment projects."""

    code = models.CharField(_("Project code"), max_length=24, unique=True)
    name = models.CharField(_("Name"), max_length=200)
    kind = models.CharField(_("Kind"), max_length=16, choices=choices(PROJECT_KINDS))
    stage = models.CharField(_("Stage"), max_length=16, choices=choices(PROJECT_STAGES))
    builder = models.ForeignKey(
        "registry.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name=_("Builder"),
    )
    land = models.ForeignKey(
        Land, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("Land")
    )
    location = models.CharField(_("Location"), max_length=200, blank=True)
    place = models.ForeignKey(
        "registry.Place", models.PROTECT, null=True, blank=True, related_name="+"
    )
    investment = models.DecimalField(
        _("Investment, 10,000 CNY"), max_digits=16, decimal_places=4, null=True, blank=True
    )
    floor_area_m2 = models.DecimalField(
        _("Floor area in m²"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    started_on = models.DateField(_("Started"), null=True, blank=True)
    finished_on = models.DateField(_("Completed on"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)
    recorded_at = models.DateTimeField(_("Recorded"))

    class Meta:
        ordering = ["code"]
        indexes = [
            models.Index(fields=["name"], name="project_by_name", opclasses=["varchar_pattern_ops"])
        ]

    def __str__(self) -> str:
        return self.name


class FinanceInstitution(models.Model):
    """What makes an organization a finance institution: its codes and license."""

    organization = models.OneToOneField(
        "registry.Organization", models.PROTECT, related_name="finance"
    )
    kind = models.CharField(_("Kind"), max_length=16, choices=choices(FINANCE_KINDS))
    institution_code = models.CharField(
        _("Code of the People's Bank"), max_length=14, blank=True, db_index=True
    )
    license_number = models.CharField(_("Financial license"), max_length=20, blank=True)
    lei = models.CharField(_("Legal entity identifier, ISO 17442"), max_length=20, blank=True)
    licensed_on = models.DateField(_("Licensed"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)
    recorded_at = models.DateTimeField(_("Recorded"))

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"finance institution of organization:{self.organization_id}"
