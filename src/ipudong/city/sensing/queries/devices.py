"""Devices in service: how many are there, how much of the time, their commands and updates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.queries import is_allowed
from ipudong.city.sensing.models import (
    Campaign,
    CampaignTarget,
    CommandState,
    DeviceFacts,
    FirmwarePackage,
    ProfileRow,
    ProvisioningKey,
    StationCommand,
    Thing,
    ThingAvailability,
)
from ipudong.city.sensing.presence import Presence, presence_filter
from ipudong.city.sensing.profile_rows import refresh_profiles
from ipudong.city.sensing.profiles import DeviceProfile, declared_profiles
from ipudong.city.sensing.queries.intake import ADOPT_DEVICE

MANAGE_DEVICES: Final = "sensing.manage_devices"
COMMAND_STATION: Final = "sensing.command_station"
UPDATE_FIRMWARE: Final = "sensing.update_firmware"
LEAST_WATCHED_S: Final = 3600


def list_profiles(protocol: str = "") -> list[DeviceProfile]:
    """Declared and written profiles, those of one protocol where it is given, by name."""
    refresh_profiles()
    rows = sorted(declared_profiles().values(), key=lambda row: row.name)
    return [row for row in rows if protocol in ("", row.protocol)]


def list_profile_rows() -> QuerySet[ProfileRow]:
    """The profiles that staff wrote."""
    return ProfileRow.objects.all()


def count_by_profile() -> Mapping[str, int]:
    """How many things, retired ones too, have each profile."""
    rows = Thing.objects.order_by().values_list("profile").annotate(count=Count("pk"))
    return dict(rows)


def count_presences(things: QuerySet[Thing], *, now: datetime) -> dict[Presence, int]:
    """How many of the things stand how; one query."""
    wanted = {
        presence.value: Count("pk", filter=presence_filter(presence, now=now))
        for presence in Presence
    }
    counts = things.order_by().aggregate(**wanted)
    return {presence: counts[presence.value] for presence in Presence}


def find_facts(thing: Thing) -> DeviceFacts | None:
    """What is known of a device besides its readings."""
    return DeviceFacts.objects.filter(thing=thing).first()


@dataclass(frozen=True, slots=True)
class Availability:
    """The share of watched time a device was online, 0 to 1; None where it was not watched.

    `is_new`: watched so short a time that a share would say nothing.
    """

    week: float | None
    month: float | None
    is_new: bool = False


def measure_shares(thing: Thing, *, now: datetime) -> Availability:
    """Availability over the last 7 and 30 days, today included."""
    online_s, watched_s = _sum(thing, now, 30)
    if 0 < watched_s < LEAST_WATCHED_S:
        return Availability(None, None, is_new=True)
    return Availability(_share(*_sum(thing, now, 7)), _share(online_s, watched_s))


def _share(online_s: int, watched_s: int) -> float | None:
    return online_s / watched_s if watched_s else None


def _sum(thing: Thing, now: datetime, days: int) -> tuple[int, int]:
    """Seconds online and seconds watched."""
    since = timezone.localdate(now) - timedelta(days=days - 1)
    sums = ThingAvailability.objects.filter(thing=thing, day__gte=since).aggregate(
        online=Sum("online_s"), watched=Sum("watched_s")
    )
    return sums["online"] or 0, sums["watched"] or 0


def list_outbox(
    actor: Actor, *, state: str = "", text: str = "", command: str = ""
) -> QuerySet[StationCommand]:
    """Commands to all devices, newest first, for those who may send them."""
    if not is_allowed(actor, COMMAND_STATION):
        return StationCommand.objects.none()
    rows = StationCommand.objects.select_related("thing").defer("thing__credential")
    if state in CommandState.values:
        rows = rows.filter(state=state)
    if command:
        rows = rows.filter(command=command)
    if text:
        fits = rows.filter(thing__name_zh__icontains=text)
        fits |= rows.filter(thing__name_en__icontains=text)
        rows = fits | rows.filter(thing__identity=text)
    return rows


def get_command(actor: Actor, command_id: int) -> StationCommand:
    """One command. Raises PermissionDenied, StationCommand.DoesNotExist."""
    _need(actor, COMMAND_STATION)
    return StationCommand.objects.select_related("thing").get(pk=command_id)


def list_provisioning_keys(actor: Actor) -> QuerySet[ProvisioningKey]:
    """Keys with which devices register themselves; newest first."""
    if not is_allowed(actor, MANAGE_DEVICES):
        return ProvisioningKey.objects.none()
    return ProvisioningKey.objects.defer("key_hash")


def get_provisioning_key(actor: Actor, key_id: int) -> ProvisioningKey:
    """One key. Raises PermissionDenied, ProvisioningKey.DoesNotExist."""
    _need(actor, MANAGE_DEVICES)
    return ProvisioningKey.objects.get(pk=key_id)


def list_packages(actor: Actor, *, profile: str = "") -> QuerySet[FirmwarePackage]:
    """Firmware packages, newest first."""
    if not is_allowed(actor, ADOPT_DEVICE):
        return FirmwarePackage.objects.none()
    rows = FirmwarePackage.objects.all()
    return rows.filter(profile=profile) if profile else rows


def get_package(actor: Actor, package_id: int) -> FirmwarePackage:
    """One package. Raises PermissionDenied, FirmwarePackage.DoesNotExist."""
    _need(actor, ADOPT_DEVICE)
    return FirmwarePackage.objects.get(pk=package_id)


def list_campaigns(actor: Actor) -> QuerySet[Campaign]:
    """Update campaigns, newest first, with their package."""
    if not is_allowed(actor, ADOPT_DEVICE):
        return Campaign.objects.none()
    return Campaign.objects.select_related("package")


def get_campaign(actor: Actor, campaign_id: int) -> Campaign:
    """One campaign. Raises PermissionDenied, Campaign.DoesNotExist."""
    _need(actor, ADOPT_DEVICE)
    return Campaign.objects.select_related("package").get(pk=campaign_id)


def list_targets(campaign: Campaign, *, state: str = "") -> QuerySet[CampaignTarget]:
    """Devices of a campaign, the first share first."""
    rows = campaign.targets.select_related("thing", "command").defer("thing__credential")
    return rows.filter(state=state) if state else rows


def count_targets(campaign: Campaign) -> dict[str, int]:
    """How many devices of a campaign are in each state."""
    rows = campaign.targets.order_by().values_list("state").annotate(count=Count("pk"))
    return dict(rows)


def list_firmware_versions(profile: str) -> list[tuple[str, int]]:
    """(version, devices) that devices of a profile report; "" for those that reported none."""
    things = Thing.objects.filter(profile=profile, status="installed").order_by()
    rows = things.values_list("facts__firmware").annotate(count=Count("pk"))
    return sorted(((version or "", count) for version, count in rows), reverse=True)


def _need(actor: Actor, action: str) -> None:
    if not is_allowed(actor, action):
        raise PermissionDenied(action)
