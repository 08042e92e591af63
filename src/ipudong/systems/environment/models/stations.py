"""What the environment system knows of a station beyond what sensing does."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models import ObservedProperty, Thing


class Body(models.TextChoices):
    """Which column of GB 3838 judges phosphorus."""

    RIVER = "river", _("River")
    LAKE = "lake", _("Lake or reservoir")


class WaterSection(models.Model):
    """A monitored section (断面) of a river or lake with the class it must keep."""

    thing = models.OneToOneField(
        Thing, models.CASCADE, primary_key=True, related_name="water_section"
    )
    body = models.CharField(_("Body of water"), max_length=8, choices=Body.choices)
    target_class = models.PositiveSmallIntegerField(
        _("Target class"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    is_source = models.BooleanField(_("Drinking water source"), default=False)

    class Meta:
        ordering = ["thing_id"]


class OutletKind(models.TextChoices):
    """What leaves through an outlet; HJ 212 system codes 31 and 32."""

    FLUE = "flue", _("Flue gas")
    WASTEWATER = "wastewater", _("Waste water")


class Outlet(models.Model):
    """An outlet of an emission source."""

    thing = models.OneToOneField(Thing, models.CASCADE, primary_key=True, related_name="outlet")
    kind = models.CharField(_("Kind"), max_length=12, choices=OutletKind.choices)
    organization_zh = models.CharField(_("Organization (Chinese)"), max_length=200)
    organization_en = models.CharField(_("Organization (English)"), max_length=200, blank=True)
    standard = models.CharField(_("Discharge standard"), max_length=60, blank=True)
    # Percent by volume; measured concentrations are converted to it (HJ 212-2017, appendix D).
    reference_o2_pct = models.FloatField(_("Reference oxygen (%)"), null=True, blank=True)

    class Meta:
        ordering = ["thing_id"]


class Averaging(models.TextChoices):
    """Which mean a limit is held against."""

    HOUR = "hour", _("Hourly mean")
    DAY = "day", _("Daily mean")


class OutletLimit(models.Model):
    """A limit of one factor at one outlet, for as long as it holds. For pH `lower` is set too."""

    outlet = models.ForeignKey(Outlet, models.CASCADE, related_name="limits")
    observed_property = models.ForeignKey(ObservedProperty, models.PROTECT, related_name="+")
    upper = models.FloatField(_("Limit"))
    lower = models.FloatField(_("Lower limit"), null=True, blank=True)
    unit = models.CharField(_("Unit"), max_length=30, blank=True)
    averaging = models.CharField(
        _("Averaging"), max_length=4, choices=Averaging.choices, default=Averaging.HOUR
    )
    basis = models.CharField(_("Basis"), max_length=120, blank=True)
    effective_from = models.DateField(_("From"))
    effective_to = models.DateField(_("Until"), null=True, blank=True)

    class Meta:
        ordering = ["outlet_id", "observed_property_id", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["outlet", "observed_property", "effective_from"],
                name="one_limit_per_factor_and_day",
            ),
            models.CheckConstraint(
                condition=models.Q(effective_to__isnull=True)
                | models.Q(effective_to__gte=models.F("effective_from")),
                name="limit_ends_after_it_begins",
            ),
        ]
