"""Forms over devices."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.profiles import DeviceProfile


class AdoptForm(forms.Form):
    """What a person says about a stranger to make it a thing."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=150)
    name_en = forms.CharField(label=_("English name"), max_length=150, required=False)
    profile = forms.ChoiceField(
        label=_("Device profile"), help_text=_("Says what its channels mean.")
    )
    place_code = forms.ChoiceField(label=_("Place"), required=False)
    lon = forms.FloatField(
        label=_("Longitude (WGS 84)"), required=False, min_value=-180, max_value=180
    )
    lat = forms.FloatField(
        label=_("Latitude (WGS 84)"), required=False, min_value=-90, max_value=90
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=200, required=False)

    def __init__(self, *args: Any, profiles: Iterable[DeviceProfile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["profile"].choices = [(row.name, row.title) for row in profiles]  # type: ignore[attr-defined]
        places = [(place.code, place.name) for place in list_places()]
        self.fields["place_code"].choices = [("", _("Not given")), *places]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A position has both halves or none."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            raise forms.ValidationError(_("Give longitude and latitude, or neither."), "half")
        return cleaned


class CommandForm(forms.Form):
    """A command to a station."""

    command = forms.ChoiceField(
        label=_("Command"),
        choices=[
            ("read_now", _("Read now")),
            ("read_time", _("Read its clock")),
            ("set_time", _("Set its clock")),
            ("read_interval", _("Read its interval")),
            ("set_interval", _("Set the interval of instant readings")),
        ],
    )
    interval_s = forms.IntegerField(
        label=_("Interval (s)"),
        required=False,
        min_value=30,
        max_value=3600,
        help_text=_("Only for setting the interval: 30 to 3600 seconds."),
    )

    def clean(self) -> dict[str, Any]:
        """Setting an interval needs one."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("command") == "set_interval" and cleaned.get("interval_s") is None:
            self.add_error("interval_s", _("Say how many seconds."))
        return cleaned

    @property
    def arguments(self) -> dict[str, int]:
        """What the command carries."""
        if self.cleaned_data["command"] != "set_interval":
            return {}
        return {"interval_s": self.cleaned_data["interval_s"]}
