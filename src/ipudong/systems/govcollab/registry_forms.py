"""Forms of the registry desk."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from django import forms
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ipudong.city.registry.codes import (
    DECLARED,
    DOCUMENT_KINDS,
    ORGANIZATION_EVENTS,
    QUALITIES,
    SEXES,
)
from ipudong.city.registry.models import Place
from ipudong.city.registry.purposes import Purpose
from ipudong.city.registry.queries.verifications import VERIFICATION_PURPOSES
from ipudong.city.registry.rows import DISTRICT

# What others keep (merges, keys) or what only a person's own act moves.
_NOT_BY_HAND: Final = frozenset({"representative", "parent", "builder", "land", "holder"})


class PurposeForm(forms.Form):
    """For what a person is read."""

    purpose = forms.ChoiceField(label=_("Purpose"), widget=forms.RadioSelect)
    case_number = forms.CharField(
        label=_("Case number"),
        max_length=60,
        required=False,
        help_text=_("Needed for handling a case. The person sees it beside your name."),
    )

    def __init__(self, purposes: Collection[Purpose], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["purpose"].choices = [(p.code, p.title) for p in purposes]  # type: ignore[attr-defined]


class OriginForm(forms.Form):
    """Whose word a change is."""

    effective_on = forms.DateField(
        label=_("Valid from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("A day in the past corrects the history; a day to come waits until then."),
    )
    source = forms.CharField(
        label=_("Source"),
        max_length=40,
        help_text=_("The document or office that says so, such as “identity card”."),
    )
    quality = forms.ChoiceField(label=_("How sure"), choices=[*QUALITIES.items()], initial=DECLARED)
    note = forms.CharField(
        label=_("Reason"), max_length=200, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].initial = timezone.localdate()


class ChangeForm(forms.Form):
    """The tracked fields of a record that may be changed by hand, as they are."""

    def __init__(self, row: Model, fields: Collection[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in fields:
            if name not in _NOT_BY_HAND:
                self.fields[name] = self._field_of(row, name)

    def _field_of(self, row: Model, name: str) -> forms.Field:
        column: Any = row._meta.get_field(name)
        if name == "place":
            places = Place.objects.exclude(kind=DISTRICT)
            field: Any = forms.ModelChoiceField(places, label=column.verbose_name)
        else:
            field = column.formfield()
        field.required = name == "name"
        field.initial = getattr(row, name)
        if isinstance(field, forms.DateField):
            field.widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        if isinstance(field.widget, forms.Textarea):
            field.widget.attrs["rows"] = 3
        return field

    def changes(self) -> Mapping[str, Any]:
        """What was changed, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class EventForm(forms.Form):
    """Something in an organization's life."""

    kind = forms.ChoiceField(label=_("Event"), choices=[*ORGANIZATION_EVENTS.items()])
    happened_on = forms.DateField(
        label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    text = forms.CharField(label=_("Details"), max_length=300, required=False)
    source = forms.CharField(label=_("Source"), max_length=40)


class ClaimForm(forms.Form):
    """A claim about a person."""

    purpose = forms.ChoiceField(label=_("Purpose"), choices=[*VERIFICATION_PURPOSES.items()])
    case_number = forms.CharField(label=_("Case number"), max_length=60, required=False)
    document_number = forms.CharField(label=_("Document number"), max_length=30)
    name = forms.CharField(label=_("Name"), max_length=100, required=False)
    born_on = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sex = forms.ChoiceField(
        label=_("Sex"), required=False, choices=[("", "–"), ("1", SEXES["1"]), ("2", SEXES["2"])]
    )
    adult = forms.BooleanField(label=_("Is of age"), required=False)
    resident = forms.BooleanField(
        label=_("Is a registered resident of the district"), required=False
    )
    alive = forms.BooleanField(label=_("Is alive"), required=False)

    def claim(self) -> dict[str, object]:
        """What is claimed: only what was filled in."""
        texts = {name: self.cleaned_data[name] for name in ("document_number", "name", "sex")}
        given = {name: text for name, text in texts.items() if text}
        if self.cleaned_data["born_on"]:
            given["born_on"] = self.cleaned_data["born_on"].isoformat()
        flags = {f: "yes" for f in ("adult", "resident", "alive") if self.cleaned_data[f]}
        return {**given, **flags}


class NewPersonForm(forms.Form):
    """A person who is not in the registry yet."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.ChoiceField(label=_("Kind of person"))
    document_kind = forms.ChoiceField(
        label=_("Kind of document"), choices=[*DOCUMENT_KINDS.items()]
    )
    document_number = forms.CharField(label=_("Document number"), max_length=30, required=False)
    phone = forms.CharField(label=_("Mobile phone"), max_length=20, required=False)
    address = forms.CharField(label=_("Current address"), max_length=200, required=False)

    def __init__(self, kinds: Mapping[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [*kinds.items()]  # type: ignore[attr-defined]
