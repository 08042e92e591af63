"""The form of an area: drawn, a circle, or a place."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.queries import list_places
from ipudong.city.sensing.models import Fence, FenceShape
from ipudong.city.sensing.rules.fence_shapes import FenceError, shape_of

FAULTS = {
    "too_few_corners": _("An area has at least three corners."),
    "crossing": _("The border crosses itself; draw the corners in order."),
    "no_circle": _("A circle needs a center and a radius."),
    "unknown_place": _("Choose a place."),
    "outside_the_world": _("Longitude is from -180 to 180, latitude from -90 to 90."),
}
MOST_CORNERS = 500


class FenceForm(forms.Form):
    """One area; the fields of the other shapes are passed over."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=150)
    name_en = forms.CharField(label=_("English name"), max_length=150, required=False)
    shape = forms.ChoiceField(label=_("Shape"), choices=FenceShape.choices)
    corners = forms.CharField(
        label=_("Corners"),
        required=False,
        help_text=_(
            "Click them on the map in order, or write one “longitude, latitude” a line (WGS 84)."
        ),
        widget=forms.Textarea(attrs={"rows": 6, "data-fence-corners": ""}),
    )
    lon = forms.FloatField(
        label=_("Longitude of the center"),
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "data-fence-lon": ""}),
    )
    lat = forms.FloatField(
        label=_("Latitude of the center"),
        required=False,
        widget=forms.NumberInput(attrs={"step": "any", "data-fence-lat": ""}),
    )
    radius_m = forms.FloatField(
        label=_("Radius (m)"),
        required=False,
        min_value=1,
        max_value=200_000,
        widget=forms.NumberInput(attrs={"step": "any", "data-fence-radius": ""}),
    )
    place_code = forms.ChoiceField(label=_("Subdistrict or town"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(place.code, place.name) for place in list_places()]
        self.fields["place_code"].choices = [("", "–"), *places]  # type: ignore[attr-defined]
        self.fields["shape"].widget.attrs["data-fence-shape"] = ""

    def clean_corners(self) -> list[list[float]]:
        """The corners, one pair a line."""
        corners = []
        for line in self.cleaned_data["corners"].splitlines()[:MOST_CORNERS]:
            cells = line.replace("，", ",").replace(",", " ").split()
            if not cells:
                continue
            try:
                lon, lat = (float(cell) for cell in cells)
            except ValueError:
                message = _("“%(line)s” is no pair of longitude and latitude.")
                raise forms.ValidationError(message, "no_pair", {"line": line[:60]}) from None
            corners.append([round(lon, 6), round(lat, 6)])
        return corners

    def clean(self) -> dict[str, Any]:
        """The area must enclose something."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                shape_of(self.fill(Fence()))
            except FenceError as error:
                raise forms.ValidationError(FAULTS[error.code], error.code) from error
        return cleaned

    def fill(self, fence: Fence) -> Fence:
        """The area with the form's values, not kept yet."""
        given = self.cleaned_data
        for name in ("name_zh", "name_en", "shape"):
            setattr(fence, name, given[name])
        shape = given["shape"]
        fence.corners = given["corners"] if shape == FenceShape.POLYGON else []
        is_circle = shape == FenceShape.CIRCLE
        fence.lon, fence.lat, fence.radius_m = (
            given.get(name) if is_circle else None for name in ("lon", "lat", "radius_m")
        )
        fence.place_code = given["place_code"] if shape == FenceShape.PLACE else ""
        return fence


def initial_of(fence: Fence) -> dict[str, Any]:
    """What the form shows of an area."""
    names = ("name_zh", "name_en", "shape", "lon", "lat", "radius_m", "place_code")
    initial = {name: getattr(fence, name) for name in names}
    return initial | {"corners": "\n".join(f"{lon}, {lat}" for lon, lat in fence.corners)}
