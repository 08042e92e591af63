"""Firmware packages, and campaigns that bring them to devices: a first share, then the rest."""

import hashlib
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from ipudong.city.audit.services import record
from ipudong.city.sensing.command_kinds import find_command_kind
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.firmware_tickets import FirmwareTicket, issue_firmware_ticket
from ipudong.city.sensing.models import (
    UNDERWAY,
    Campaign,
    CampaignState,
    CampaignTarget,
    CommandState,
    DeviceFacts,
    FirmwarePackage,
    StationCommand,
    Status,
    TargetState,
    Thing,
)
from ipudong.city.sensing.services.attributes import REPORTED
from ipudong.city.sensing.services.commands import queue_command
from ipudong.city.sensing.services.devices import get_profile
from ipudong.options import data_path

UPDATE: Final = "update_firmware"
# Reported by a device whose update failed: when, in ISO 8601 with a zone.
FAILED_AT: Final = "upgrade_failed_at"
MOST_BYTES: Final = 256 * 1024 * 1024
BY: Final = "system:campaign"
_ENDED: Final = (
    TargetState.APPLIED,
    TargetState.FAILED,
    TargetState.TIMED_OUT,
    TargetState.CANCELED,
)
_FAILED: Final = (TargetState.FAILED, TargetState.TIMED_OUT)
_SAFE_NAME: Final = re.compile(r"[^0-9A-Za-z._-]+")


def media_file(package: FirmwarePackage) -> Path:
    """Where the package's file lies."""
    return data_path("media") / package.path


@transaction.atomic
def store_firmware(
    *,
    profile: str,
    version: str,
    name: str,
    content: BinaryIO,
    by: str,
    at: datetime,
    notes: str = "",
) -> FirmwarePackage:
    """Keep a firmware file for devices of a profile; its size and SHA-256 are measured here.

    Raises SensingError `unknown_profile`, `version_taken`, `file_too_large`, `file_empty`.
    """
    get_profile(profile)
    if FirmwarePackage.objects.filter(profile=profile, version=version).exists():
        raise SensingError("version_taken", profile=profile, version=version)
    folder = data_path("media") / "firmware"
    folder.mkdir(parents=True, exist_ok=True)
    safe = _SAFE_NAME.sub("_", Path(name).name)[-100:] or "firmware"
    path = Path("firmware") / f"{_SAFE_NAME.sub('_', f'{profile}-{version}')}-{safe}"
    target = data_path("media") / path
    digest, size = _copy(content, target)
    package = FirmwarePackage.objects.create(
        profile=profile,
        version=version,
        name=safe,
        path=str(path),
        sha256=digest,
        size=size,
        notes=notes,
        uploaded_at=at,
        uploaded_by=by,
    )
    record(
        actor=by,
        action="sensing.store_firmware",
        subject=f"firmware:{package.pk}",
        detail={"profile": profile, "version": version, "sha256": digest, "size": size},
    )
    return package


def _copy(content: BinaryIO, target: Path) -> tuple[str, int]:
    """Write the content beside the target and put it there whole; its SHA-256 and size."""
    digest, size, part = hashlib.sha256(), 0, target.with_suffix(target.suffix + ".part")
    try:
        with part.open("wb") as file:
            while chunk := content.read(1 << 20):
                size += len(chunk)
                if size > MOST_BYTES:
                    raise SensingError("file_too_large", most_bytes=MOST_BYTES)
                digest.update(chunk)
                file.write(chunk)
        if not size:
            raise SensingError("file_empty")
        shutil.move(part, target)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), size


@transaction.atomic
def withdraw_firmware(*, package: FirmwarePackage, by: str, at: datetime) -> None:
    """Give a package to nobody any more. Raises SensingError `campaign_open` while one runs."""
    if package.campaigns.filter(state__in=(CampaignState.RUNNING, CampaignState.PAUSED)).exists():
        raise SensingError("campaign_open", package=package.pk)
    if FirmwarePackage.objects.filter(pk=package.pk, withdrawn_at=None).update(withdrawn_at=at):
        record(actor=by, action="sensing.withdraw_firmware", subject=f"firmware:{package.pk}")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How careful a campaign is."""

    canary_percent: int = 10
    most_failed_percent: int = 20
    at_once: int = 50
    timeout_s: int = 3600


def list_updatable(package: FirmwarePackage) -> QuerySet[Thing]:
    """Devices in service that the package is for and that do not run it yet."""
    things = Thing.objects.filter(profile=package.profile).exclude(identity="")
    things = things.exclude(status__in=(Status.RETIRED, Status.SUSPENDED))
    return things.exclude(facts__firmware=package.version)


@transaction.atomic
def start_campaign(
    *,
    package: FirmwarePackage,
    title: str,
    things: Iterable[int],
    by: str,
    at: datetime,
    pace: Pace | None = None,
) -> Campaign:
    """Begin to update these things as far as the package is for them and they do not run it yet.

    Raises SensingError `nothing_to_update`, `not_updatable` (its protocol knows no update),
    `withdrawn`.
    """
    pace = pace or Pace()
    if package.withdrawn_at is not None:
        raise SensingError("withdrawn", package=package.pk)
    if find_command_kind(get_profile(package.profile).protocol, UPDATE) is None:
        raise SensingError("not_updatable", profile=package.profile)
    fit = list(list_updatable(package).filter(pk__in=things).select_related("facts").order_by("pk"))
    if not fit:
        raise SensingError("nothing_to_update")
    campaign = Campaign.objects.create(
        package=package, title=title, started_at=at, started_by=by, **vars(pace)
    )
    first = -(-len(fit) * pace.canary_percent // 100)  # rounded up: one of few is one
    CampaignTarget.objects.bulk_create(
        CampaignTarget(
            campaign=campaign,
            thing=thing,
            is_canary=number < first,
            state_at=at,
            before=_firmware_of(thing),
        )
        for number, thing in enumerate(fit)
    )
    record(
        actor=by,
        action="sensing.start_campaign",
        subject=f"campaign:{campaign.pk}",
        detail={"package": package.pk, "devices": len(fit), **vars(pace)},
    )
    return campaign


def _firmware_of(thing: Thing) -> str:
    facts: DeviceFacts | None = getattr(thing, "facts", None)
    return facts.firmware if facts else ""


@transaction.atomic
def pause_campaign(*, campaign: Campaign, by: str) -> None:
    """Tell no further device; those under way go on."""
    _change(campaign, CampaignState.RUNNING, CampaignState.PAUSED, by, "pause_campaign")


@transaction.atomic
def resume_campaign(*, campaign: Campaign, by: str) -> None:
    """Go on where it was paused."""
    _change(campaign, CampaignState.PAUSED, CampaignState.RUNNING, by, "resume_campaign")


def _change(campaign: Campaign, before: str, after: str, by: str, verb: str) -> None:
    if not Campaign.objects.filter(pk=campaign.pk, state=before).update(state=after):
        raise SensingError("campaign_state", campaign=campaign.pk, wanted=before)
    record(actor=by, action=f"sensing.{verb}", subject=f"campaign:{campaign.pk}")


@transaction.atomic
def abort_campaign(*, campaign: Campaign, by: str, at: datetime, reason: str = "by_hand") -> None:
    """End a campaign: what waits is canceled, commands not yet taken are taken back."""
    open_states = (CampaignState.RUNNING, CampaignState.PAUSED)
    if not _end(campaign, CampaignState.ABORTED, at, reason, among=open_states):
        raise SensingError("campaign_state", campaign=campaign.pk, wanted=CampaignState.RUNNING)
    targets = campaign.targets.filter(state__in=(TargetState.PENDING, TargetState.NOTIFIED))
    commands = targets.exclude(command=None).values_list("command_id", flat=True)
    queued = StationCommand.objects.filter(pk__in=list(commands), state=CommandState.QUEUED)
    queued.update(state=CommandState.CANCELED, finished_at=at)
    targets.update(state=TargetState.CANCELED, state_at=at)
    record(
        actor=by,
        action="sensing.abort_campaign",
        subject=f"campaign:{campaign.pk}",
        detail={"reason": reason},
    )


def _end(
    campaign: Campaign, state: str, at: datetime, reason: str, *, among: Iterable[str]
) -> bool:
    rows = Campaign.objects.filter(pk=campaign.pk, state__in=list(among))
    return bool(rows.update(state=state, ended_at=at, ended_reason=reason))


@transaction.atomic
def note_download(*, ticket: FirmwareTicket, at: datetime) -> None:
    """A device began to fetch its package."""
    CampaignTarget.objects.filter(
        campaign__package_id=ticket.package_id,
        thing_id=ticket.thing_id,
        state=TargetState.NOTIFIED,
    ).update(state=TargetState.DOWNLOADING, state_at=at)


def advance_campaigns(now: datetime) -> int:
    """One step of every campaign that runs or was paused with devices under way; how many."""
    states = (CampaignState.RUNNING, CampaignState.PAUSED)
    campaigns = list(Campaign.objects.filter(state__in=states).select_related("package"))
    for campaign in campaigns:
        advance_campaign(campaign, now)
    return len(campaigns)


@transaction.atomic
def advance_campaign(campaign: Campaign, now: datetime) -> None:
    """See what became of those under way, end or abort where that is due, tell the next ones."""
    _settle(campaign, now)
    if campaign.state != CampaignState.RUNNING:
        return
    if _fails_too_often(campaign):
        abort_campaign(campaign=campaign, by=BY, at=now, reason="too_many_failed")
        return
    left = campaign.targets.exclude(state__in=_ENDED)
    if not left.exists():
        running = (CampaignState.RUNNING,)
        _end(campaign, CampaignState.FINISHED, now, "", among=running)
        record(actor=BY, action="sensing.finish_campaign", subject=f"campaign:{campaign.pk}")
        return
    stage = left.filter(is_canary=True) if left.filter(is_canary=True).exists() else left
    room = campaign.at_once - campaign.targets.filter(state__in=UNDERWAY).count()
    pending = stage.filter(state=TargetState.PENDING).select_related("thing")
    for target in pending.order_by("pk")[: max(0, room)]:
        _tell(campaign, target, now)


def _settle(campaign: Campaign, now: datetime) -> None:
    rows = campaign.targets.filter(state__in=UNDERWAY)
    for target in rows.select_related("thing__facts", "command"):
        state, detail = _judge(campaign, target, now)
        if state != target.state:
            target.state, target.detail, target.state_at = state, detail, now
            target.save(update_fields=["state", "detail", "state_at"])


def _judge(campaign: Campaign, target: CampaignTarget, now: datetime) -> tuple[str, str]:
    """The state a device under way is in now, and why."""
    if _firmware_of(target.thing) == campaign.package.version:
        return TargetState.APPLIED, ""
    command = target.command
    if command is not None and command.state in (CommandState.REFUSED, CommandState.CANCELED):
        return TargetState.FAILED, str(command.answer.get("reason", command.state))[:200]
    told_at = target.told_at or target.state_at
    if _has_failed_since(target.thing, told_at):
        return TargetState.FAILED, "upgrade_failed"
    if now - told_at > timedelta(seconds=campaign.timeout_s):
        never_taken = command is not None and command.taken_at is None
        return TargetState.TIMED_OUT, "not_connected" if never_taken else "no_new_version"
    return target.state, target.detail


def _has_failed_since(thing: Thing, told_at: datetime) -> bool:
    """Whether the device itself said since then that its update failed."""
    said = thing.properties.get(REPORTED, {}).get(FAILED_AT)
    try:
        return bool(said) and datetime.fromisoformat(str(said)) >= told_at
    except (ValueError, TypeError):  # the device's own word: no time, or one without a zone
        return False


def _fails_too_often(campaign: Campaign) -> bool:
    """Whether more of the present stage failed than the campaign bears."""
    rest = campaign.targets.filter(is_canary=False)
    rest_was_told = rest.exclude(state=TargetState.PENDING).exists()
    stage = campaign.targets.all() if rest_was_told else campaign.targets.filter(is_canary=True)
    total, failed = stage.count(), stage.filter(state__in=_FAILED).count()
    return failed * 100 > campaign.most_failed_percent * total


def _tell(campaign: Campaign, target: CampaignTarget, now: datetime) -> None:
    package = campaign.package
    ticket = issue_firmware_ticket(FirmwareTicket(package.pk, target.thing_id))
    url = f"{settings.IPUDONG_GATEWAY_URL}/firmware/{package.pk}/{package.name}?ticket={ticket}"
    wait = timedelta(seconds=campaign.timeout_s)
    arguments = {
        "url": url,
        "version": package.version,
        "sha256": package.sha256,
        "size": package.size,
    }
    try:
        target.command = queue_command(
            thing=target.thing, command=UPDATE, arguments=arguments, by=BY, at=now, wait=wait
        )
    except SensingError as error:
        target.state, target.detail = TargetState.FAILED, error.code
    else:
        target.state, target.told_at = TargetState.NOTIFIED, now
    target.state_at = now
    target.save()
