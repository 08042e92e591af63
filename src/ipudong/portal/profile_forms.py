"""Forms over device profiles, provisioning keys, firmware and campaigns."""

import json
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from ipudong.city.manifest import installed
from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.models import FirmwarePackage, ObservedProperty, Payload, ProfileRow
from ipudong.city.sensing.profiles import Channel, DeviceProfile
from ipudong.city.sensing.services import Pace
from ipudong.portal.device_forms import MOST_INTERVAL_S, profile_choices

_TICKET: Final = re.compile(r"ticket=[^\"&]*")  # a device's leave to fetch a file
PROTOCOL_CHOICES: Final = (
    ("mqtt", "MQTT"),
    ("http", "HTTP"),
    ("hj212", "HJ 212"),
    ("jt808", "JT/T 808"),
)


class ProfileForm(forms.Form):
    """A device profile of one's own; its channels are a formset beside it."""

    name = forms.SlugField(
        label=_("Short code"), max_length=60, help_text=_("Letters, digits, - and _. It stays.")
    )
    title_zh = forms.CharField(label=_("Chinese name"), max_length=150)
    title_en = forms.CharField(label=_("English name"), max_length=150, required=False)
    protocol = forms.ChoiceField(label=_("Protocol"), choices=PROTOCOL_CHOICES)
    payload = forms.ChoiceField(label=_("Messages are"), choices=Payload.choices)
    topic = forms.CharField(
        label=_("Further MQTT topic"),
        max_length=200,
        required=False,
        help_text=_(
            "Where its devices publish besides their own folder; {identity} is each one's."
        ),
    )
    kind = forms.SlugField(label=_("Kind"), max_length=60, required=False)
    system = forms.ChoiceField(label=_("System"), required=False)
    expected_interval_s = forms.IntegerField(
        label=_("Expected interval (s)"), required=False, min_value=0, max_value=MOST_INTERVAL_S
    )

    def __init__(self, *args: Any, row: ProfileRow | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        systems = [(system.name, system.title) for system in installed()]
        self.fields["system"].choices = [("", _("None")), *systems]  # type: ignore[attr-defined]
        if row is not None:
            self.fields["name"].disabled = self.fields["protocol"].disabled = True

    def clean_topic(self) -> str:
        """A filter of MQTT: # only at the end, + only alone."""
        topic: str = self.cleaned_data["topic"]
        parts = topic.split("/")
        wrong = any("#" in part for part in parts[:-1]) or (parts[-1] != "#" and "#" in parts[-1])
        if wrong or any("+" in part and part != "+" for part in parts) or topic.startswith("$"):
            raise forms.ValidationError(_("This is no MQTT topic filter."), "topic")
        if topic and "{identity}" not in topic:
            raise forms.ValidationError(
                _("Say with {identity} where in it the device names itself."), "topic"
            )
        return topic

    def to_profile(self, channels: Iterable[Channel]) -> DeviceProfile:
        """The profile that was entered."""
        values = self.cleaned_data
        return DeviceProfile(
            name=values["name"],
            protocol=values["protocol"],
            title="",
            channels=tuple(channels),
            kind=values["kind"],
            system=values["system"],
            expected_interval_s=values["expected_interval_s"] or 0,
            payload=values["payload"],
            topic=values["topic"],
        )

    @property
    def titles(self) -> dict[str, str]:
        """Its names in both languages."""
        return {name: self.cleaned_data[name] for name in ("title_zh", "title_en")}


class ChannelForm(forms.Form):
    """One channel of a profile; without a field it is none."""

    field = forms.CharField(label=_("Field"), max_length=80, required=False)
    property = forms.ChoiceField(label=_("Observes"), required=False)
    unit = forms.CharField(label=_("Unit (UCUM)"), max_length=30, required=False)
    scale = forms.FloatField(
        label=_("Multiplier"),
        required=False,
        initial=1.0,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    offset = forms.FloatField(
        label=_("Addend"),
        required=False,
        initial=0.0,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )

    def __init__(self, *args: Any, properties: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["property"].choices = [("", "–"), *properties]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A field needs what it observes."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("field") and not cleaned.get("property"):
            self.add_error("property", _("Choose what it observes."))
        return cleaned


class BaseChannelsFormSet(forms.BaseFormSet):
    """The channels of one profile."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """All forms choose from the same list, read once."""
        if not hasattr(self, "_properties"):
            rows = ObservedProperty.objects.all()
            self._properties = sorted(
                ((row.code, row.name) for row in rows), key=lambda pair: pair[1]
            )
        return {**super().get_form_kwargs(index), "properties": self._properties}


ChannelsFormSet = forms.formset_factory(
    ChannelForm, formset=BaseChannelsFormSet, extra=4, max_num=200, absolute_max=200
)


def read_profile_channels(formset: Any) -> list[Channel]:
    """The channels that were entered."""
    return [
        Channel(
            field=cleaned["field"],
            property=cleaned["property"],
            unit=cleaned["unit"],
            scale=1.0 if cleaned["scale"] is None else cleaned["scale"],
            offset=cleaned["offset"] or 0.0,
        )
        for cleaned in formset.cleaned_data
        if cleaned.get("field")
    ]


class KeyForm(forms.Form):
    """A provisioning key."""

    label = forms.CharField(label=_("What it is for"), max_length=100)
    profile = forms.ChoiceField(label=_("Device profile"))
    most_uses = forms.IntegerField(label=_("Devices at most"), min_value=1, max_value=10_000)
    days = forms.IntegerField(label=_("Valid for days"), min_value=1, max_value=366, initial=30)
    place_code = forms.ChoiceField(label=_("Place"), required=False)

    def __init__(self, *args: Any, profiles: Iterable[DeviceProfile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = profile_choices(profiles)  # type: ignore[attr-defined]
        places = [(place.code, place.name) for place in list_places()]
        self.fields["place_code"].choices = [("", _("Not given")), *places]  # type: ignore[attr-defined]

    @property
    def lasts(self) -> timedelta:
        """How long the key is valid."""
        return timedelta(days=self.cleaned_data["days"])


class FirmwareForm(forms.Form):
    """A firmware package."""

    profile = forms.ChoiceField(label=_("Device profile"))
    version = forms.RegexField(
        regex=r"^[0-9A-Za-z][0-9A-Za-z._+\-]*$",
        label=_("Version"),
        max_length=60,
        help_text=_("As the devices report it afterwards, or the update is not seen."),
    )
    file = forms.FileField(label=_("File"), max_length=150)
    notes = forms.CharField(
        label=_("What is new"), required=False, max_length=4000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, profiles: Iterable[DeviceProfile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = profile_choices(profiles)  # type: ignore[attr-defined]


class CampaignForm(forms.Form):
    """Whom to update, and how carefully."""

    title = forms.CharField(label=_("Title"), max_length=150)
    package = forms.ChoiceField(label=_("Firmware"))
    place_code = forms.ChoiceField(label=_("Place"), required=False)
    identities = forms.CharField(
        label=_("Only these devices"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false"}),
        help_text=_("Identities, one a line. Left empty, all devices of the profile."),
    )
    canary_percent = forms.IntegerField(
        label=_("First share (%)"),
        min_value=0,
        max_value=100,
        initial=10,
        help_text=_("The rest follows when these have done well."),
    )
    most_failed_percent = forms.IntegerField(
        label=_("Abort above (% failed)"), min_value=0, max_value=100, initial=20
    )
    at_once = forms.IntegerField(
        label=_("Devices at once"), min_value=1, max_value=10_000, initial=50
    )
    timeout_min = forms.IntegerField(
        label=_("Time for one device (min)"), min_value=1, max_value=43_200, initial=60
    )

    def __init__(self, *args: Any, packages: Iterable[FirmwarePackage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["package"].choices = [  # type: ignore[attr-defined]
            (row.pk, f"{row.profile} {row.version}") for row in packages
        ]
        places = [(place.code, place.name) for place in list_places()]
        self.fields["place_code"].choices = [("", _("All")), *places]  # type: ignore[attr-defined]

    @property
    def pace(self) -> Pace:
        """How careful the campaign is."""
        values = self.cleaned_data
        return Pace(
            canary_percent=values["canary_percent"],
            most_failed_percent=values["most_failed_percent"],
            at_once=values["at_once"],
            timeout_s=values["timeout_min"] * 60,
        )


class ImportForm(forms.Form):
    """A table of devices."""

    file = forms.FileField(
        label=_("CSV or XLSX file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        help_text=_("At most 5,000 rows and 5 MB."),
    )


def show_json(value: Any) -> str:
    """Arguments and answers of commands on one line, bounded; tickets are not shown."""
    text = json.dumps(value, ensure_ascii=False, default=str)[:500] if value else ""
    return _TICKET.sub("ticket=…", text)
