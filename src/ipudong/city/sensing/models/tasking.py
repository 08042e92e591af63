"""What things can be asked to do, and what they were asked (SensorThings Part 2: Tasking Core)."""

from django.db import models

from ipudong.city.sensing.models.intake import StationCommand
from ipudong.city.sensing.models.sensorthings import Described
from ipudong.city.sensing.models.things import Thing


class Actuator(Described):
    """What acts: a lamp's dimmer, a valve, a station's data logger."""

    encoding_type = models.CharField(max_length=100)
    metadata = models.JSONField()

    class Meta:
        ordering = ["id"]


class TaskingCapability(Described):
    """One act a thing offers; `tasking_parameters` is a SWE Common DataRecord of its arguments."""

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="tasking_capabilities")
    actuator = models.ForeignKey(Actuator, models.CASCADE, related_name="tasking_capabilities")
    tasking_parameters = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]


class Task(models.Model):
    """One act that was asked for; `command` is its row of the outbox where a door delivers it."""

    id = models.AutoField(primary_key=True)
    capability = models.ForeignKey(TaskingCapability, models.CASCADE, related_name="tasks")
    created_at = models.DateTimeField()
    parameters = models.JSONField(default=dict, blank=True)
    properties = models.JSONField(default=dict, blank=True)
    command = models.OneToOneField(
        StationCommand, models.SET_NULL, null=True, blank=True, related_name="task"
    )

    class Meta:
        ordering = ["id"]
