"""Tables of the service catalogue."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.models import Department


class Depth(models.TextChoices):
    """How far an item can be handled online, from nothing to the whole way."""

    NONE = "none", _("At the office only")
    INFORMATION = "information", _("Information online")
    QUERY = "query", _("Progress online")
    ACCEPTANCE = "acceptance", _("Accepted online")
    WHOLE = "whole", _("Handled online from end to end")


class ItemKind(models.TextChoices):
    """Kinds of administrative item, in the national order."""

    PERMIT = "permit", _("Administrative permit")
    CONFIRMATION = "confirmation", _("Administrative confirmation")
    PAYMENT = "payment", _("Administrative payment")
    LEVY = "levy", _("Administrative levy")
    AWARD = "award", _("Administrative award")
    RULING = "ruling", _("Administrative ruling")
    OTHER = "other", _("Other administrative power")
    PUBLIC = "public", _("Public service")


class ServiceItem(models.Model):
    """An item of the catalogue as it is now. An item that was only registered (its office handles
    it, nothing is online) has no guide: `content` is empty."""

    code = models.SlugField(primary_key=True, max_length=60)
    item_code = models.CharField(_("National item code"), max_length=60, blank=True)
    kind = models.CharField(_("Kind"), max_length=20, choices=ItemKind.choices)
    name_zh = models.CharField(_("Chinese name"), max_length=200)
    name_en = models.CharField(_("English name"), max_length=200)
    department = models.ForeignKey(Department, models.PROTECT, related_name="service_items")
    depth = models.CharField(_("Online depth"), max_length=20, choices=Depth.choices)
    system = models.CharField(max_length=40)
    case_kind = models.CharField(max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)
    digest = models.CharField(max_length=64)
    content = models.JSONField(default=dict)
    retired_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["department", "depth"], name="item_department_depth")]
        constraints = [
            models.UniqueConstraint(
                fields=["item_code"],
                condition=~models.Q(item_code=""),
                name="one_item_per_national_code",
            )
        ]

    def __str__(self) -> str:
        return self.name_zh


class ServiceItemVersion(models.Model):
    """What an item said, version by version; rows are only added."""

    item = models.ForeignKey(ServiceItem, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    content = models.JSONField()
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ["item", "number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="one_item_version_each")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.number}"
