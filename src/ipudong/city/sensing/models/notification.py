"""Who is told of an alarm, by which channel, and what became of each message."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ipudong.city.sensing.models.alarms import Alarm, Rule, RuleKind, Severity


class Channel(models.TextChoices):
    """The ways a message can go."""

    PORTAL = "portal", _("On their desk")
    EMAIL = "email", _("E-mail")
    WEBHOOK = "webhook", _("Web address")
    MQTT = "mqtt", _("MQTT topic")
    SMS = "sms", _("Text message")


class RecipientKind(models.TextChoices):
    """Who a policy names."""

    ROLE = "role", _("Everybody with a role")
    ACCOUNT = "account", _("One account")
    ADDRESS = "address", _("An address")


class Occasion(models.TextChoices):
    """What a message tells of."""

    RAISED = "raised", _("Raised")
    ESCALATED = "escalated", _("Escalated")
    CLEARED = "cleared", _("Cleared")
    TEST = "test", _("Test")


class DeliveryState(models.TextChoices):
    """The way of one message."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    DELIVERED = "delivered", _("Delivered")
    DEAD = "dead", _("Given up")


class NotificationPolicy(models.Model):
    """Alarms that fit are told to `recipient`; empty selectors fit all.

    `level` 0 is told when the alarm is raised, 1 and more when it escalates to that level.
    """

    title = models.CharField(_("Title"), max_length=150)
    enabled = models.BooleanField(_("In force"), default=True)
    system = models.SlugField(_("System"), max_length=40, blank=True)
    severity = models.CharField(
        _("At least"), max_length=8, choices=Severity.choices, default=Severity.BLUE
    )
    kind = models.CharField(_("Kind"), max_length=20, choices=RuleKind.choices, blank=True)
    rule = models.ForeignKey(Rule, models.CASCADE, null=True, blank=True, related_name="policies")
    level = models.PositiveSmallIntegerField(_("Escalation level"), default=0)
    tells_cleared = models.BooleanField(_("Tell the end too"), default=False)
    channel = models.CharField(_("Channel"), max_length=8, choices=Channel.choices)
    recipient_kind = models.CharField(max_length=8, choices=RecipientKind.choices)
    recipient = models.CharField(_("Recipient"), max_length=300)
    # The key of a web address's signature; written once, never shown.
    secret = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["level", "id"]

    def __repr__(self) -> str:
        return f"<NotificationPolicy {self.pk} {self.channel}>"


class EscalationStep(models.Model):
    """An alarm nobody acknowledged for `after_min` minutes on the level before reaches `level`."""

    severity = models.CharField(max_length=8, choices=Severity.choices)
    level = models.PositiveSmallIntegerField()
    after_min = models.PositiveIntegerField()

    class Meta:
        ordering = ["severity", "level"]
        constraints = [
            models.UniqueConstraint(fields=["severity", "level"], name="one_step_per_level")
        ]


class Delivery(models.Model):
    """One message to one address. `endpoint` is what fails together: a host, the mail server."""

    alarm = models.ForeignKey(
        Alarm, models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    policy = models.ForeignKey(NotificationPolicy, models.SET_NULL, null=True, blank=True)
    occasion = models.CharField(max_length=10, choices=Occasion.choices)
    level = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.CharField(max_length=300)
    endpoint = models.CharField(max_length=300)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    taken_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "due_at"], name="delivery_due"),
            models.Index(fields=["channel", "address"], name="delivery_by_address"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "occasion", "level", "channel", "address", "queued_at"],
                name="one_message_per_occasion",
            )
        ]


class MessageReading(models.Model):
    """A message on a desk that somebody has read."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="readings")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["delivery", "account"], name="one_reading_per_account")
        ]
