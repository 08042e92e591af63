"""The life of devices: what they are, how they join, how long they were heard, their firmware."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.intake import StationCommand
from ipudong.city.sensing.models.things import Thing


class Payload(models.TextChoices):
    """How the messages of a device are written."""

    JSON = "json", _("JSON")
    CBOR = "cbor", _("CBOR")
    SENML = "senml", _("SenML")
    NUMBER = "number", _("A plain number")
    SPARKPLUG = "sparkplug", _("Sparkplug B")
    LORAWAN = "lorawan", _("Events of a LoRaWAN network server")
    LINE = "line", _("Line protocol")


class ProfileRow(models.Model):
    """A device profile that staff wrote; `channels` are the fields of `profiles.Channel`."""

    name = models.SlugField(_("Short code"), primary_key=True, max_length=60)
    protocol = models.SlugField(_("Protocol"), max_length=30)
    title_zh = models.CharField(_("Chinese name"), max_length=150)
    title_en = models.CharField(_("English name"), max_length=150, blank=True)
    kind = models.SlugField(_("Kind"), max_length=60, blank=True)
    system = models.SlugField(_("System"), max_length=40, blank=True)
    expected_interval_s = models.PositiveIntegerField(_("Expected interval (s)"), default=0)
    payload = models.CharField(max_length=12, choices=Payload.choices, default=Payload.JSON)
    topic = models.CharField(_("Further MQTT topic"), max_length=200, blank=True)
    channels = models.JSONField(default=list, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=150)

    class Meta:
        ordering = ["name"]


class DeviceFacts(models.Model):
    """What is known of a device besides its readings; made when there is something to keep."""

    thing = models.OneToOneField(Thing, models.CASCADE, primary_key=True, related_name="facts")
    firmware = models.CharField(_("Firmware"), max_length=60, blank=True)
    firmware_at = models.DateTimeField(null=True, blank=True)
    hardware = models.CharField(_("Model"), max_length=100, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(max_length=40, blank=True)
    credential_at = models.DateTimeField(null=True, blank=True)
    credential_by = models.CharField(max_length=150, blank=True)
    unnamed_fields = models.JSONField(default=list, blank=True)  # sent, but of no channel


class ProvisioningKey(models.Model):
    """Lets devices of one profile register themselves; the key itself is kept only as a hash."""

    label = models.CharField(_("What it is for"), max_length=100)
    profile = models.SlugField(_("Device profile"), max_length=60)
    key_hash = models.CharField(max_length=80, unique=True)
    tail = models.CharField(max_length=6)
    place_code = models.CharField(_("Place"), max_length=12, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField(_("Valid until"))
    most_uses = models.PositiveIntegerField(_("Devices at most"))
    uses = models.PositiveIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]


class ThingAvailability(models.Model):
    """How long a thing was heard on one day, of the time that was watched."""

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="availability")
    day = models.DateField()
    watched_s = models.PositiveIntegerField(default=0)
    online_s = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thing", "day"], name="one_availability_per_day")
        ]


class FirmwarePackage(models.Model):
    """A firmware file for devices of one profile; `path` is below the media folder."""

    profile = models.SlugField(_("Device profile"), max_length=60)
    version = models.CharField(_("Version"), max_length=60)
    name = models.CharField(_("File"), max_length=150)
    path = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    notes = models.TextField(_("What is new"), blank=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=150)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "version"], name="one_package_per_profile_version"
            )
        ]


class CampaignState(models.TextChoices):
    """The way of an update campaign."""

    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    FINISHED = "finished", _("Finished")
    ABORTED = "aborted", _("Aborted")


class Campaign(models.Model):
    """An update of many devices: first a share of them, the rest when those did well."""

    package = models.ForeignKey(FirmwarePackage, models.PROTECT, related_name="campaigns")
    title = models.CharField(_("Title"), max_length=150)
    state = models.CharField(
        max_length=10, choices=CampaignState.choices, default=CampaignState.RUNNING, db_index=True
    )
    canary_percent = models.PositiveSmallIntegerField(_("First share (%)"), default=10)
    most_failed_percent = models.PositiveSmallIntegerField(_("Abort above (% failed)"), default=20)
    at_once = models.PositiveIntegerField(_("Devices at once"), default=50)
    timeout_s = models.PositiveIntegerField(_("Time for one device (s)"), default=3600)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_reason = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-id"]


class TargetState(models.TextChoices):
    """How far one device of a campaign has come."""

    PENDING = "pending", _("Waits for its turn")
    NOTIFIED = "notified", _("Told to update")
    DOWNLOADING = "downloading", _("Downloading")
    APPLIED = "applied", _("Updated")
    FAILED = "failed", _("Failed")
    TIMED_OUT = "timed_out", _("No answer")
    CANCELED = "canceled", _("Canceled")


UNDERWAY: Final = (TargetState.NOTIFIED, TargetState.DOWNLOADING)


class CampaignTarget(models.Model):
    """One device of a campaign."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="targets")
    thing = models.ForeignKey(Thing, models.CASCADE, related_name="campaign_targets")
    is_canary = models.BooleanField(default=False)
    state = models.CharField(
        max_length=12, choices=TargetState.choices, default=TargetState.PENDING
    )
    state_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    before = models.CharField(max_length=60, blank=True)  # the version it had
    detail = models.CharField(max_length=200, blank=True)
    command = models.ForeignKey(StationCommand, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-is_canary", "id"]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "thing"], name="one_target_per_campaign")
        ]
