"""Things, what they observe, and their live state (OGC SensorThings 1.1 words)."""

from datetime import datetime
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.languages import reads_chinese
from ipudong.city.sensing.clock import from_us

MEASUREMENT: Final = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement"


class Period(models.TextChoices):
    """How long a reading stands for; HJ 212 commands 2011, 2051, 2061, 2031."""

    INSTANT = "instant", _("Instant")
    MINUTE = "minute", _("Minute")
    HOUR = "hour", _("Hour")
    DAY = "day", _("Day")

    @property
    def length_s(self) -> int:
        """Seconds the reading stands for; 0 for an instant."""
        return {"instant": 0, "minute": 60, "hour": 3600, "day": 86400}[self.value]


class Statistic(models.TextChoices):
    """What was computed over the period; HJ 212 Rtd, Avg, Min, Max, Cou."""

    VALUE = "value", _("Value")
    MEAN = "mean", _("Mean")
    MIN = "min", _("Minimum")
    MAX = "max", _("Maximum")
    TOTAL = "total", _("Total")


class Status(models.TextChoices):
    """Where a thing stands in its life."""

    PLANNED = "planned", _("Planned")
    INSTALLED = "installed", _("Installed")
    SUSPENDED = "suspended", _("Suspended")
    RETIRED = "retired", _("Retired")


class Named(models.Model):
    """Something with a Chinese and an English name."""

    name_zh = models.CharField(_("Chinese name"), max_length=150)
    name_en = models.CharField(_("English name"), max_length=150, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        if reads_chinese():
            return self.name_zh
        return self.name_en or self.name_zh


class ObservedProperty(Named):
    """What can be observed: `pm25`, `ph`, `flow`. The unit is UCUM; limits are physical."""

    code = models.SlugField(primary_key=True, max_length=60)
    unit = models.CharField(_("Unit"), max_length=30, blank=True)
    definition = models.CharField(_("Definition"), max_length=300, blank=True)
    physical_min = models.FloatField(_("Physical minimum"), null=True, blank=True)
    physical_max = models.FloatField(_("Physical maximum"), null=True, blank=True)
    max_rate_per_h = models.FloatField(_("Greatest possible change per hour"), null=True)
    decimals = models.PositiveSmallIntegerField(_("Decimals shown"), default=1)
    description = models.TextField(_("Description"), blank=True)
    properties = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["code"]


class Thing(Named):
    """A station, outlet or device. `protocol` and `identity` say how it presents itself."""

    id = models.AutoField(primary_key=True)
    kind = models.SlugField(_("Kind"), max_length=60)
    system = models.SlugField(_("System"), max_length=40, db_index=True)
    place_code = models.CharField(_("Place code"), max_length=12, blank=True, db_index=True)
    lon = models.FloatField(_("Longitude"), null=True, blank=True)
    lat = models.FloatField(_("Latitude"), null=True, blank=True)
    protocol = models.SlugField(_("Protocol"), max_length=30, blank=True)
    identity = models.CharField(_("Device identity"), max_length=64, blank=True)
    # Compared with what the device sends (HJ 212 PW), so it cannot be hashed; never logged.
    credential = models.CharField(_("Device password"), max_length=128, blank=True)
    profile = models.SlugField(_("Device profile"), max_length=60, blank=True)
    organisation = models.CharField(_("Organisation"), max_length=200, blank=True)
    expected_interval_s = models.PositiveIntegerField(_("Expected interval (s)"), default=0)
    status = models.CharField(
        _("Status"), max_length=12, choices=Status.choices, default=Status.INSTALLED
    )
    simulated = models.BooleanField(_("Simulated"), default=False)
    description = models.TextField(_("Description"), blank=True)
    properties = models.JSONField(default=dict, blank=True)
    registered_at = models.DateTimeField(_("Registered"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "identity"],
                condition=~models.Q(identity=""),
                name="one_thing_per_identity",
            )
        ]

    def __repr__(self) -> str:
        return f"<Thing {self.pk} {self.protocol}:{self.identity}>"


class ThingState(models.Model):
    """When a thing was last heard, and over which connection."""

    thing = models.OneToOneField(Thing, models.CASCADE, primary_key=True, related_name="state")
    last_seen_us = models.BigIntegerField(default=0)
    connected = models.BooleanField(default=False)
    peer = models.CharField(max_length=64, blank=True)

    @property
    def last_seen_at(self) -> datetime | None:
        """When the thing last sent anything; None when it never did."""
        return from_us(self.last_seen_us) if self.last_seen_us else None


class Datastream(models.Model):
    """One column of readings of one thing; the id (int32) names it in every batch."""

    id = models.AutoField(primary_key=True)
    thing = models.ForeignKey(Thing, models.CASCADE, related_name="datastreams")
    observed_property = models.ForeignKey(
        ObservedProperty, models.PROTECT, related_name="datastreams"
    )
    channel = models.CharField(_("Channel"), max_length=80)
    period = models.CharField(max_length=8, choices=Period.choices, default=Period.INSTANT)
    statistic = models.CharField(max_length=6, choices=Statistic.choices, default=Statistic.VALUE)
    unit = models.CharField(_("Unit"), max_length=30, blank=True)
    scale = models.FloatField(default=1.0)
    offset = models.FloatField(default=0.0)
    # None: the observed property's physical limits hold.
    valid_min = models.FloatField(null=True, blank=True)
    valid_max = models.FloatField(null=True, blank=True)
    max_rate_per_h = models.FloatField(null=True, blank=True)
    # What SensorThings says of it; the sensor is the thing's own unless another was named.
    name = models.CharField(_("Name"), max_length=300, blank=True)
    description = models.TextField(_("Description"), blank=True)
    sensor = models.ForeignKey(
        "sensing.Sensor", models.CASCADE, null=True, blank=True, related_name="datastreams"
    )
    observation_type = models.CharField(max_length=120, default=MEASUREMENT)
    unit_name = models.CharField(max_length=100, blank=True)
    unit_definition = models.CharField(max_length=300, blank=True)
    properties = models.JSONField(default=dict, blank=True)
    observed_area = models.JSONField(null=True, blank=True)
    # A column of a MultiDatastream, which is not shown as a datastream of its own.
    multi = models.ForeignKey(
        "sensing.MultiDatastream", models.CASCADE, null=True, blank=True, related_name="members"
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["thing", "channel"], name="one_datastream_per_channel")
        ]

    def __str__(self) -> str:
        return f"{self.thing_id}/{self.channel}"


class Latest(models.Model):
    """The newest reading of a datastream by its own time; written in bulk by the gateway."""

    datastream = models.OneToOneField(
        Datastream, models.CASCADE, primary_key=True, related_name="latest"
    )
    time_us = models.BigIntegerField(db_index=True)
    result = models.FloatField()
    quality = models.PositiveSmallIntegerField(default=0)
    first_us = models.BigIntegerField(null=True)  # the oldest reading's time; None: not yet known

    @property
    def time(self) -> datetime:
        """The instant of the reading."""
        return from_us(self.time_us)


class Revision(models.Model):
    """A counter that grows with every change of things, datastreams or rules."""

    number = models.BigIntegerField(default=0)
