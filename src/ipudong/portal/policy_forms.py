"""The form of a notification policy."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.models import Account
from ipudong.city.identity.roles import ROLES
from ipudong.city.manifest import installed
from ipudong.city.sensing.models import (
    Channel,
    NotificationPolicy,
    RecipientKind,
    RuleKind,
    Severity,
)

LEVELS: tuple[tuple[int, Promise], ...] = (
    (0, _("When it is raised")),
    (1, _("At level 1")),
    (2, _("At level 2")),
    (3, _("At level 3")),
)
PHONE = re.compile(r"^\+?[0-9][0-9 -]{4,18}$")


class PolicyForm(forms.Form):
    """Which alarms are told to whom, by which channel."""

    title = forms.CharField(label=_("Title"), max_length=150)
    severity = forms.ChoiceField(
        label=_("Alarms at least this grave"), choices=Severity.choices, initial=Severity.BLUE
    )
    system = forms.ChoiceField(label=_("Only of this system"), required=False)
    kind = forms.ChoiceField(
        label=_("Only of this kind"), required=False, choices=[("", _("All")), *RuleKind.choices]
    )
    level = forms.TypedChoiceField(label=_("Told when"), coerce=int, choices=LEVELS)
    tells_cleared = forms.BooleanField(label=_("Tell the end too"), required=False)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    recipient_kind = forms.ChoiceField(label=_("Recipient"), choices=RecipientKind.choices)
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", "–"), *((role.code, role.title) for role in ROLES if role.staff)],
    )
    account = forms.CharField(label=_("User name"), required=False, max_length=150)
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=300,
        help_text=_("E-mail address, web address, MQTT topic or phone number."),
    )
    secret = forms.CharField(
        label=_("Key of the signature"),
        required=False,
        max_length=200,
        help_text=_("For web addresses. Kept and never shown again; empty keeps the one there is."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    enabled = forms.BooleanField(label=_("In force"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        systems = [(system.name, system.title) for system in installed()]
        self.fields["system"].choices = [("", _("All")), *systems]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The recipient must be one that the channel reaches."""
        cleaned: dict[str, Any] = super().clean() or {}
        kind, channel = cleaned.get("recipient_kind"), cleaned.get("channel")
        if kind in (RecipientKind.ROLE, RecipientKind.ACCOUNT):
            if channel in (Channel.WEBHOOK, Channel.MQTT):
                self.add_error("recipient_kind", _("This channel needs an address."))
            self._require(kind, cleaned)
        elif kind == RecipientKind.ADDRESS and channel:
            self._check_address(channel, cleaned.get("address", ""))
        name = cleaned.get("account")
        is_known = not name or Account.objects.filter(username=name).exists()
        if kind == RecipientKind.ACCOUNT and not is_known:
            self.add_error("account", _("There is no such account."))
        return cleaned

    def _require(self, name: str, cleaned: dict[str, Any]) -> None:
        if not cleaned.get(name):
            self.add_error(name, _("Say who."))

    def _check_address(self, channel: str, address: str) -> None:
        if not _is_address(channel, address):
            self.add_error("address", _("This is no address of that channel."))

    def fill(self, policy: NotificationPolicy) -> NotificationPolicy:
        """The policy with the form's values, not kept yet."""
        given = self.cleaned_data
        for name in ("title", "severity", "system", "kind", "level", "tells_cleared", "channel"):
            setattr(policy, name, given[name])
        policy.enabled, policy.recipient_kind = given["enabled"], given["recipient_kind"]
        policy.recipient = given[given["recipient_kind"]]
        if given["secret"]:
            policy.secret = given["secret"]
        if policy.channel != Channel.WEBHOOK:
            policy.secret = ""
        return policy


def _is_address(channel: str, address: str) -> bool:
    if channel == Channel.EMAIL:
        try:
            validate_email(address)
        except ValidationError:
            return False
        return True
    if channel == Channel.WEBHOOK:
        try:
            parts = urlsplit(address)
        except ValueError:
            return False
        return parts.scheme in ("http", "https") and bool(parts.netloc)
    if channel == Channel.SMS:
        return bool(PHONE.match(address))
    return channel == Channel.MQTT and bool(address) and not set(address) & set("#+\0")


def initial_of(policy: NotificationPolicy) -> dict[str, Any]:
    """What the form shows of a policy; never its key."""
    names = ("title", "severity", "system", "kind", "level", "tells_cleared", "channel", "enabled")
    initial = {name: getattr(policy, name) for name in names}
    return initial | {
        "recipient_kind": policy.recipient_kind,
        policy.recipient_kind: policy.recipient,
    }
