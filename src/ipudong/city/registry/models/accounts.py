"""Tables that bind accounts to persons, and persons to those who act for them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.codes import LEVELS, REPRESENTATION_KINDS, choices


class PersonAccount(models.Model):
    """The person an account is; `level` says how surely that is known."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="registry_person"
    )
    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="accounts")
    level = models.CharField(_("Level of proof"), max_length=10, choices=choices(LEVELS))
    bound_at = models.DateTimeField(_("Bound"))
    bound_by = models.CharField(_("Bound by"), max_length=150)

    def __str__(self) -> str:
        return f"account:{self.account_id} person:{self.person_id}"


class Agency(models.Model):
    """An account acting for an organization: with which powers, from when, until when."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="registry_agencies"
    )
    organization = models.ForeignKey(
        "registry.Organization", models.PROTECT, related_name="agencies"
    )
    powers = models.JSONField(_("Powers"), default=list)
    valid_from = models.DateField(_("From"))
    valid_until = models.DateField(_("Until"), null=True, blank=True)
    granted_by = models.CharField(_("Granted by"), max_length=150)
    granted_at = models.DateTimeField(_("Granted"))
    ended_at = models.DateTimeField(_("Ended"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "organization"],
                condition=models.Q(ended_at=None),
                name="one_agency_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"account:{self.account_id} organization:{self.organization_id}"


class Representation(models.Model):
    """`representative` may act for `person`, for the purposes named, once accepted.

    `asked_by` proposed it; the other side accepts. For a child or a ward the registry's clerk does.
    """

    person = models.ForeignKey("registry.Person", models.PROTECT, related_name="representatives")
    representative = models.ForeignKey(
        "registry.Person", models.PROTECT, related_name="representations"
    )
    kind = models.CharField(_("Relation"), max_length=12, choices=choices(REPRESENTATION_KINDS))
    powers = models.JSONField(_("For what"), default=list)
    valid_from = models.DateField(_("From"))
    valid_until = models.DateField(_("Until"), null=True, blank=True)
    asked_by = models.CharField(_("Asked by"), max_length=150)
    asked_at = models.DateTimeField(_("Asked"))
    accepted_by = models.CharField(_("Accepted by"), max_length=150, blank=True)
    accepted_at = models.DateTimeField(_("Accepted"), null=True, blank=True)
    ended_by = models.CharField(_("Ended by"), max_length=150, blank=True)
    ended_at = models.DateTimeField(_("Ended"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(person=models.F("representative")),
                name="nobody_represents_themselves",
            ),
            models.UniqueConstraint(
                fields=["person", "representative"],
                condition=models.Q(ended_at=None),
                name="one_representation_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"person:{self.representative_id} for person:{self.person_id}"
