"""Strangers, bad frames, counters and commands."""

from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.models import (
    FrameCounter,
    QuarantinedDevice,
    QuarantineState,
    RejectedFrame,
    StationCommand,
    Thing,
)

ADOPT_DEVICE: Final = "sensing.adopt_device"
VIEW_ALARMS: Final = "sensing.view_alarms"  # officers; raw frames are no public matter


def list_quarantined(
    actor: Actor, *, state: str = QuarantineState.WAITING
) -> QuerySet[QuarantinedDevice]:
    """Strangers, last heard first; only for those who may adopt."""
    if not is_allowed(actor, ADOPT_DEVICE):
        return QuarantinedDevice.objects.none()
    return QuarantinedDevice.objects.filter(state=state).defer("credential")


def get_quarantined(actor: Actor, device_id: int) -> QuarantinedDevice:
    """One stranger. Raises PermissionDenied, QuarantinedDevice.DoesNotExist."""
    if not is_allowed(actor, ADOPT_DEVICE):
        raise PermissionDenied(ADOPT_DEVICE)
    return QuarantinedDevice.objects.defer("credential").get(pk=device_id)


def count_outcomes(thing: Thing | int) -> dict[str, int]:
    """How many frames of each outcome (`frames`, `crc`, `length`, `incomplete` ...) came."""
    rows = FrameCounter.objects.filter(thing=thing).order_by("code")
    return dict(rows.values_list("code", "count"))


def list_rejected(
    actor: Actor, *, thing: Thing | int | None, limit: int = 50
) -> QuerySet[RejectedFrame]:
    """The newest bad frames of a thing, or with None those nobody could be found for."""
    if not is_allowed(actor, VIEW_ALARMS):
        return RejectedFrame.objects.none()
    return RejectedFrame.objects.filter(thing=thing)[:limit]


def list_commands(actor: Actor, *, thing: Thing | int, limit: int = 50) -> QuerySet[StationCommand]:
    """The newest commands to a thing and how they ended."""
    if not is_allowed(actor, VIEW_ALARMS):
        return StationCommand.objects.none()
    return StationCommand.objects.filter(thing=thing)[:limit]
