"""What the gateway could not take as it came, and what it is asked to send."""

import re

from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.things import Thing

_PASSWORD = re.compile(r"(PW=)[^;&]*")


def show_raw(raw: bytes) -> str:
    """Raw bytes as text for a page: control characters visible, HJ 212 passwords hidden."""
    text = raw.decode("utf-8", "backslashreplace")
    visible = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
    return _PASSWORD.sub(r"\1******", visible)


class QuarantineState(models.TextChoices):
    """What became of an unknown device."""

    WAITING = "waiting", _("Waiting")
    ADOPTED = "adopted", _("Adopted")
    DISMISSED = "dismissed", _("Dismissed")


class QuarantinedDevice(models.Model):
    """A device that spoke but is not known, or whose password is wrong."""

    protocol = models.SlugField(max_length=30)
    identity = models.CharField(max_length=64)
    reason = models.CharField(max_length=40)
    state = models.CharField(
        max_length=10, choices=QuarantineState.choices, default=QuarantineState.WAITING
    )
    peer = models.CharField(max_length=64, blank=True)
    credential = models.CharField(max_length=128, blank=True)  # as it offered; secret
    raw = models.BinaryField(default=bytes)
    fields = models.JSONField(default=list)  # channels seen, sorted
    frames = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    thing = models.ForeignKey(Thing, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["protocol", "identity"], name="one_quarantine_per_identity"
            )
        ]

    def __repr__(self) -> str:
        return f"<QuarantinedDevice {self.pk} {self.protocol}:{self.identity}>"

    @property
    def shown(self) -> str:
        """The last frame as text, its password hidden."""
        return show_raw(bytes(self.raw))


class RejectedFrame(models.Model):
    """A frame that could not be read: raw bytes and the reason; the newest few per thing."""

    thing = models.ForeignKey(
        Thing, models.CASCADE, null=True, blank=True, related_name="rejected_frames"
    )
    protocol = models.SlugField(max_length=30)
    peer = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=40)
    raw = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-id"]

    @property
    def shown(self) -> str:
        """The frame as text, its password hidden."""
        return show_raw(bytes(self.raw))


class FrameCounter(models.Model):
    """How many frames of one outcome a thing has sent: `frames`, `crc`, `length`, ..."""

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="frame_counters")
    code = models.CharField(max_length=40)
    count = models.PositiveBigIntegerField(default=0)
    last_us = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thing", "code"], name="one_counter_per_outcome")
        ]


class CommandState(models.TextChoices):
    """The way of a command to a device. Delivered: the device confirmed that it came."""

    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused by the device")
    TIMED_OUT = "timed_out", _("No answer")
    EXPIRED = "expired", _("Expired")
    CANCELED = "canceled", _("Canceled")


class StationCommand(models.Model):
    """The outbox of commands to devices; the gateway that holds the connection takes them."""

    thing = models.ForeignKey(Thing, models.CASCADE, related_name="commands")
    command = models.CharField(_("Command"), max_length=40)
    arguments = models.JSONField(default=dict, blank=True)
    state = models.CharField(
        max_length=10, choices=CommandState.choices, default=CommandState.QUEUED, db_index=True
    )
    queued_at = models.DateTimeField()
    queued_by = models.CharField(max_length=150)
    # None: it waits for a connection as long as the house's rule says.
    expires_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(default=dict, blank=True)
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]
