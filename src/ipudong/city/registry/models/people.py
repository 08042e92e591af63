"""Tables of people: persons, households and who lives where."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.codes import (
    ACTIVE,
    DOCUMENT_KINDS,
    HOUSE_RELATIONS,
    HOUSEHOLD_KINDS,
    PERSON_KINDS,
    PERSON_STATES,
    QUALITIES,
    RELATIONS,
    SEXES,
    choices,
)


class Person(models.Model):
    """A natural person, as valid today; what was before stands in `FieldChange`.

    `number_key` is a keyed digest of the document's number by which it is found; it is null where
    no number is known. A merged row stays and points to the person it turned out to be.
    """

    kind = models.CharField(_("Kind of person"), max_length=10, choices=choices(PERSON_KINDS))
    status = models.CharField(
        _("Status"), max_length=10, choices=choices(PERSON_STATES), default=ACTIVE
    )
    document_kind = models.CharField(
        _("Kind of document"), max_length=20, choices=choices(DOCUMENT_KINDS), blank=True
    )
    document_number = models.CharField(_("Document number"), max_length=30, blank=True)
    number_key = models.BigIntegerField(null=True, unique=True, editable=False)
    name = models.CharField(_("Name"), max_length=100)
    sex = models.CharField(_("Sex"), max_length=1, choices=choices(SEXES), default="0")
    born_on = models.DateField(_("Date of birth"), null=True, blank=True)
    died_on = models.DateField(_("Date of death"), null=True, blank=True)
    nationality = models.CharField(_("Nationality, GB/T 2659"), max_length=3, default="CHN")
    ethnicity = models.CharField(_("Ethnic group, GB/T 3304"), max_length=2, blank=True)
    phone = models.CharField(_("Mobile phone"), max_length=20, blank=True)
    registered_division = models.CharField(
        _("Division of household registration, GB/T 2260"), max_length=12, blank=True
    )
    address = models.CharField(_("Current address"), max_length=200, blank=True)
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
    permit_until = models.DateField(_("Stay permitted until"), null=True, blank=True)
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
                name="merged_persons",
            ),
            models.Index(
                fields=["name", "born_on"],
                name="person_by_name",
                opclasses=["varchar_pattern_ops", "date_ops"],
            ),
            models.Index(fields=["phone"], name="person_by_phone"),
        ]

    def __str__(self) -> str:
        return f"person:{self.pk}"


class Household(models.Model):
    """A registered household: a family, or the collective one of a dormitory or an employer."""

    number = models.CharField(_("Household number"), max_length=20, unique=True)
    kind = models.CharField(_("Kind of household"), max_length=10, choices=choices(HOUSEHOLD_KINDS))
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
    since_on = models.DateField(_("Since"), null=True, blank=True)
    until_on = models.DateField(_("Until"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)
    recorded_at = models.DateTimeField(_("Recorded"))

    class Meta:
        indexes = [models.Index(fields=["address_code"], name="household_by_address")]

    def __str__(self) -> str:
        return self.number


class HouseholdMember(models.Model):
    """A person's time in a household; `relation` is to its head, GB/T 4761."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    relation = models.CharField(_("Relation to the head"), max_length=2, choices=choices(RELATIONS))
    since_on = models.DateField(_("Since"), null=True, blank=True)
    until_on = models.DateField(_("Until"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(until_on=None),
                name="one_household_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"household:{self.household_id} person:{self.person_id}"


class PersonHouse(models.Model):
    """A person's link to a dwelling, as owner, tenant or otherwise."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="houses")
    address = models.CharField(_("Address"), max_length=200)
    address_code = models.CharField(_("Code of the standard address"), max_length=40, blank=True)
    relation = models.CharField(
        _("Relation to the dwelling"), max_length=12, choices=choices(HOUSE_RELATIONS)
    )
    since_on = models.DateField(_("Since"), null=True, blank=True)
    until_on = models.DateField(_("Until"), null=True, blank=True)
    source = models.CharField(_("Source"), max_length=40)

    class Meta:
        indexes = [models.Index(fields=["address_code"], name="person_house_by_address")]

    def __str__(self) -> str:
        return f"person:{self.person_id} {self.relation}"
