"""Tables of organizations: register entry, licenses, events, branches and shareholders."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.codes import (
    IN_OPERATION,
    LICENSE_STATES,
    ORGANIZATION_EVENTS,
    ORGANIZATION_KINDS,
    ORGANIZATION_STATES,
    QUALITIES,
    choices,
)


class Organization(models.Model):
    """A legal person or other organization; a branch names its `parent`.

    `trade_name` is the distinctive word of the name (字号), by which people look for it.
    """

    credit_code = models.CharField(_("Unified social credit code"), max_length=18, unique=True)
    name = models.CharField(_("Name"), max_length=200)
    trade_name = models.CharField(_("Trade name"), max_length=100, blank=True, editable=False)
    kind = models.CharField(_("Kind"), max_length=20, choices=choices(ORGANIZATION_KINDS))
    status = models.CharField(
        _("Status"), max_length=12, choices=choices(ORGANIZATION_STATES), default=IN_OPERATION
    )
    industry = models.CharField(_("Industry, GB/T 4754"), max_length=5, blank=True)
    scope = models.TextField(_("Scope of business"), blank=True)
    capital = models.DecimalField(
        _("Registered capital, 10,000 CNY"), max_digits=16, decimal_places=4, null=True, blank=True
    )
    employees = models.PositiveIntegerField(_("Employees"), null=True, blank=True)
    founded_on = models.DateField(_("Founded"), null=True, blank=True)
    valid_until = models.DateField(_("Term ends"), null=True, blank=True)
    authority = models.CharField(_("Registering authority"), max_length=60, blank=True)
    representative_name = models.CharField(_("Legal representative"), max_length=100, blank=True)
    representative = models.ForeignKey(
        "registry.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="represented_organizations",
    )
    phone = models.CharField(_("Phone"), max_length=20, blank=True)
    address = models.CharField(_("Address"), max_length=200, blank=True)
    address_code = models.CharField(_("Code of the standard address"), max_length=40, blank=True)
    place = models.ForeignKey(
        "registry.Place",
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("Subdistrict or town"),
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="branches"
    )
    source = models.CharField(_("Source"), max_length=40)
    quality = models.CharField(_("Quality"), max_length=10, choices=choices(QUALITIES))
    recorded_at = models.DateTimeField(_("Recorded"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", db_index=False
    )

    class Meta:
        indexes = [
            # Of the few merged rows only: an index of all would tempt the planner of SQLite to
            # look for rows that were not merged, which are nearly all, before the name.
            models.Index(
                fields=["merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="merged_organizations",
            ),
            models.Index(
                fields=["name"], name="organization_by_name", opclasses=["varchar_pattern_ops"]
            ),
            models.Index(
                fields=["trade_name"],
                name="organization_by_trade_name",
                opclasses=["varchar_pattern_ops"],
            ),
            models.Index(fields=["phone"], name="organization_by_phone"),
            models.Index(fields=["address_code"], name="organization_by_address"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganizationLicense(models.Model):
    """A license or permit an organization holds or held."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="licenses")
    kind = models.CharField(_("License"), max_length=80)
    number = models.CharField(_("Number"), max_length=60)
    authority = models.CharField(_("Issued by"), max_length=60)
    scope = models.CharField(_("Scope"), max_length=300, blank=True)
    issued_on = models.DateField(_("Issued"))
    valid_until = models.DateField(_("Valid until"), null=True, blank=True)
    status = models.CharField(_("Status"), max_length=10, choices=choices(LICENSE_STATES))
    source = models.CharField(_("Source"), max_length=40)

    class Meta:
        ordering = ["-issued_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="one_license_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class OrganizationEvent(models.Model):
    """Something in the life of an organization: founded, listed, fined, canceled."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="events")
    kind = models.CharField(_("Event"), max_length=20, choices=choices(ORGANIZATION_EVENTS))
    happened_on = models.DateField(_("Happened"))
    text = models.CharField(_("Details"), max_length=300, blank=True)
    source = models.CharField(_("Source"), max_length=40)
    recorded_at = models.DateTimeField(_("Recorded"))

    class Meta:
        ordering = ["-happened_on", "-pk"]

    def __str__(self) -> str:
        return f"organization:{self.organization_id} {self.kind}"


class Shareholder(models.Model):
    """A holder's time among an organization's shareholders.

    The holder is a person or organization of the registry, or only a name (abroad).
    """

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="shareholders")
    person = models.ForeignKey(
        "registry.Person", models.PROTECT, null=True, blank=True, related_name="shares"
    )
    holder = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="shares"
    )
    name = models.CharField(_("Name"), max_length=200)
    percent = models.DecimalField(_("Share in percent"), max_digits=7, decimal_places=4)
    subscribed = models.DecimalField(
        _("Subscribed, 10,000 CNY"), max_digits=16, decimal_places=4, null=True, blank=True
    )
    since_on = models.DateField(_("Since"), null=True, blank=True)
    until_on = models.DateField(_("Until"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)

    class Meta:
        ordering = ["-percent", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__gte=0) & models.Q(percent__lte=100),
                name="share_is_a_percentage",
            )
        ]

    def __str__(self) -> str:
        return f"organization:{self.organization_id} {self.percent} %"
