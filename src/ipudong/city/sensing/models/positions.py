"""Where moving things were last seen; the track itself lies in the lake."""

from datetime import datetime

from django.db import models

from ipudong.city.sensing.clock import from_us
from ipudong.city.sensing.models.things import Thing


class LatestPosition(models.Model):
    """The newest position of a thing that holds, by its own time; written in bulk by the gateway.

    Degrees WGS 84, km/h, degrees from north, m; None where unknown. `status` has the bits of JT/T
    808 table 25.
    """

    thing = models.OneToOneField(Thing, models.CASCADE, primary_key=True, related_name="position")
    time_us = models.BigIntegerField(db_index=True)
    lon = models.FloatField()
    lat = models.FloatField()
    speed = models.FloatField(null=True)
    heading = models.FloatField(null=True)
    altitude = models.FloatField(null=True)
    status = models.BigIntegerField(default=0)

    @property
    def time(self) -> datetime:
        """When it was there."""
        return from_us(self.time_us)
