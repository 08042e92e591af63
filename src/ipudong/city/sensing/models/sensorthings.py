"""Where things are, what senses, and what observations are of (OGC SensorThings 1.1, 8.2)."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.things import Datastream, Thing

GEO_JSON: Final = "application/geo+json"


class Described(models.Model):
    """What nearly every entity of the standard has; ids are never given out twice."""

    id = models.AutoField(primary_key=True)
    name = models.CharField(_("Name"), max_length=300)
    description = models.TextField(_("Description"), blank=True)
    properties = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Placed(Described):
    """Something with a GeoJSON geometry; the bounds (degrees WGS 84) are kept for look-ups."""

    encoding_type = models.CharField(max_length=100, default=GEO_JSON)
    geometry = models.JSONField()
    west = models.FloatField(null=True, blank=True)
    south = models.FloatField(null=True, blank=True)
    east = models.FloatField(null=True, blank=True)
    north = models.FloatField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["id"]


class Location(Placed):
    """Where things are now (`things`) or were."""

    things = models.ManyToManyField(Thing, related_name="locations", blank=True)

    class Meta(Placed.Meta):
        pass


class HistoricalLocation(models.Model):
    """Since when a thing was at its locations of that time."""

    id = models.AutoField(primary_key=True)
    thing = models.ForeignKey(Thing, models.CASCADE, related_name="historical_locations")
    time = models.DateTimeField(db_index=True)
    locations = models.ManyToManyField(Location, related_name="historical_locations")

    class Meta:
        ordering = ["id"]


class Sensor(Described):
    """The instrument or procedure. `device_of`: made by the house for this thing's device."""

    encoding_type = models.CharField(max_length=100)
    metadata = models.JSONField()
    device_of = models.OneToOneField(
        Thing, models.SET_NULL, null=True, blank=True, related_name="own_sensor"
    )

    class Meta:
        ordering = ["id"]


class FeatureOfInterest(Placed):
    """What an observation is of. `location`: the location it was made of, by the standard's rule
    for observations that name none."""

    location = models.ForeignKey(
        Location, models.SET_NULL, null=True, blank=True, related_name="features"
    )

    class Meta(Placed.Meta):
        pass


class FeatureSpan(models.Model):
    """From `start_us` on, what a thing observes is of this feature, unless an observation says
    otherwise; the first span holds for all before it too."""

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="feature_spans")
    feature = models.ForeignKey(FeatureOfInterest, models.CASCADE, related_name="spans")
    start_us = models.BigIntegerField()

    class Meta:
        ordering = ["start_us", "id"]


class MultiDatastream(Described):
    """Several datastreams measured at once; `members` are its columns, in the order of
    `position`, and are not shown as datastreams of their own."""

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="multi_datastreams")
    sensor = models.ForeignKey(Sensor, models.CASCADE, related_name="multi_datastreams")
    observed_area = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["id"]


class ObservationDetail(models.Model):
    """What of an observation is no number: an event row beside the reading of the same instant.

    `result` is SQL NULL where the reading itself is the result. Times in microseconds UTC.
    """

    datastream = models.ForeignKey(Datastream, models.CASCADE, related_name="details")
    time_us = models.BigIntegerField()
    end_us = models.BigIntegerField(null=True, blank=True)
    result_time_us = models.BigIntegerField(null=True, blank=True)
    valid_begin_us = models.BigIntegerField(null=True, blank=True)
    valid_end_us = models.BigIntegerField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    result_quality = models.JSONField(null=True, blank=True)
    parameters = models.JSONField(null=True, blank=True)
    feature = models.ForeignKey(
        FeatureOfInterest, models.SET_NULL, null=True, blank=True, related_name="details"
    )

    class Meta:
        ordering = ["datastream", "time_us"]
        constraints = [
            models.UniqueConstraint(fields=["datastream", "time_us"], name="one_detail_per_instant")
        ]
