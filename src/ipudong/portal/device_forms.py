"""Forms over single devices: adopt, register, edit, say what fields observe, prove."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.field_guesses import guess_field
from ipudong.city.sensing.models import ObservedProperty
from ipudong.city.sensing.profiles import Channel, DeviceProfile
from ipudong.city.sensing.services import define_property
from ipudong.city.sensing.services.credentials import IDENTITY
from ipudong.portal.device_words import PROTOCOLS

LEAVE_OUT: Final = ""
NEW: Final = "__new__"
MOST_INTERVAL_S: Final = 30 * 86_400


def profile_choices(profiles: Iterable[DeviceProfile]) -> list[tuple[str, list[tuple[str, Any]]]]:
    """Profiles by protocol, for a select with groups."""
    groups: dict[str, list[tuple[str, Any]]] = {}
    for row in profiles:
        title = PROTOCOLS.get(row.protocol, row.protocol)
        groups.setdefault(title, []).append((row.name, row.title))
    return sorted(groups.items())


class PlacedForm(forms.Form):
    """Names, place and position: what every device has."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=150)
    name_en = forms.CharField(label=_("English name"), max_length=150, required=False)
    lon = forms.FloatField(
        label=_("Longitude (WGS 84)"),
        required=False,
        min_value=-180,
        max_value=180,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    lat = forms.FloatField(
        label=_("Latitude (WGS 84)"),
        required=False,
        min_value=-90,
        max_value=90,
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    place_code = forms.ChoiceField(
        label=_("Place"),
        required=False,
        help_text=_("Follows from the coordinates where none is chosen."),
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(place.code, place.name) for place in list_places()]
        self.fields["place_code"].choices = [("", _("Not given")), *places]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A position has both halves or none."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            raise forms.ValidationError(_("Give longitude and latitude, or neither."), "half")
        return cleaned


class AdoptForm(PlacedForm):
    """What a person says about a stranger to make it a thing."""

    field_order = ("profile", "name_zh", "name_en")
    profile = forms.ChoiceField(
        label=_("Device profile"), help_text=_("Says what its channels mean.")
    )

    def __init__(self, *args: Any, profiles: Iterable[DeviceProfile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = [(row.name, row.title) for row in profiles]  # type: ignore[attr-defined]


class RegisterForm(PlacedForm):
    """A device that is made known before it speaks."""

    field_order = ("profile", "name_zh", "name_en", "identity")
    profile = forms.ChoiceField(
        label=_("Device profile"),
        help_text=_(
            "How it speaks, and what its fields observe. Any device of a protocol will do."
        ),
    )
    identity = forms.RegexField(
        regex=re.compile(f"^(?:{IDENTITY.pattern})$"),
        label=_("Device identity"),
        required=False,
        max_length=64,
        help_text=_("MN, phone number, client name. Left empty, it is given one."),
        error_messages={
            "invalid": _(
                "Use 1 to 64 letters, digits and _ . : / - beginning with a letter or digit."
            )
        },
    )
    expected_interval_s = forms.IntegerField(
        label=_("Expected interval (s)"),
        required=False,
        min_value=0,
        max_value=MOST_INTERVAL_S,
        help_text=_("How often it reports. It counts as offline after twice as long."),
    )

    def __init__(self, *args: Any, profiles: Iterable[DeviceProfile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = profile_choices(profiles)  # type: ignore[attr-defined]


class EditForm(PlacedForm):
    """What of a device may be changed."""

    expected_interval_s = forms.IntegerField(
        label=_("Expected interval (s)"),
        required=False,
        min_value=0,
        max_value=MOST_INTERVAL_S,
        help_text=_("How often it reports. It counts as offline after twice as long."),
    )

    def clean_expected_interval_s(self) -> int:
        """No interval is none."""
        return self.cleaned_data["expected_interval_s"] or 0


class CertificateForm(forms.Form):
    """The certificate a device presents."""

    fingerprint = forms.CharField(
        label=_("SHA-256 fingerprint of its certificate"),
        max_length=120,
        help_text=_("openssl x509 -in device.pem -noout -fingerprint -sha256"),
    )


class FieldForm(forms.Form):
    """What one field of a device observes; left out it is ignored."""

    field = forms.CharField(widget=forms.HiddenInput, max_length=80)
    property = forms.ChoiceField(label=_("Observes"), required=False)
    unit = forms.CharField(label=_("Unit (UCUM)"), max_length=30, required=False)
    scale = forms.FloatField(
        label=_("Multiplier"), initial=1.0, widget=forms.NumberInput(attrs={"step": "any"})
    )
    offset = forms.FloatField(widget=forms.HiddenInput, initial=0.0, required=False)

    def __init__(self, *args: Any, properties: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["property"].choices = [  # type: ignore[attr-defined]
            (LEAVE_OUT, _("Leave it out")),
            (NEW, _("Something new, called as the field")),
            *properties,
        ]
        self.sample = ""


class BaseFieldsFormSet(forms.BaseFormSet):
    """The fields of one device."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """All forms choose from the same list, read once."""
        if not hasattr(self, "_properties"):
            rows = ObservedProperty.objects.all()
            named = [
                (row.code, f"{row.name} ({row.unit})" if row.unit else row.name) for row in rows
            ]
            self._properties = sorted(named, key=lambda pair: pair[1])
        return {**super().get_form_kwargs(index), "properties": self._properties}


FieldsFormSet = forms.formset_factory(
    FieldForm, formset=BaseFieldsFormSet, extra=0, max_num=200, absolute_max=200
)


def make_fields_form(
    fields: Iterable[str], data: Any = None, samples: Mapping[str, str] | None = None
) -> Any:
    """The forms of these fields, filled with what their names let one guess."""
    initial = []
    for name in fields:
        guess = guess_field(name)
        row: dict[str, Any] = {"field": name, "scale": 1.0, "offset": 0.0}
        if guess is not None:
            scale, offset = round(guess.scale, 6), round(guess.offset, 6)
            row |= {"property": guess.property, "unit": guess.unit, "scale": scale}
            row["offset"] = offset
        initial.append(row)
    formset = FieldsFormSet(data, initial=initial, prefix="fields")
    for form in formset:
        name = form["field"].value() or ""
        form.sample = (samples or {}).get(name, "")
    return formset


def code_of_field(name: str) -> str:
    """A code for the observed property of a field that is called as nothing known."""
    last = re.sub(r"[^0-9a-z]+", "_", name.rpartition(".")[2].lower()).strip("_")
    return (last or re.sub(r"[^0-9a-z]+", "_", name.encode().hex()))[:60]


def read_channels(formset: Any, allowed: Iterable[str], by: str) -> list[Channel]:
    """The channels a person chose, among the fields `allowed`; new properties are made."""
    known, channels = set(allowed), []
    for cleaned in formset.cleaned_data:
        name, code = cleaned["field"], cleaned["property"]
        if name not in known or code == LEAVE_OUT:
            continue
        if code == NEW:
            code = code_of_field(name)
            define_property(code=code, name_zh=name, unit=cleaned["unit"], by=by)
        channels.append(
            Channel(
                field=name,
                property=code,
                unit=cleaned["unit"],
                scale=cleaned["scale"],
                offset=cleaned["offset"] or 0.0,
            )
        )
    return channels
