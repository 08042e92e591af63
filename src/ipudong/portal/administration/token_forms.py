"""The form that issues a token."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.permits import declared_permits
from ipudong.city.identity.queries import list_allowed

LIVES: Final = (
    (7, _("A week")),
    (30, _("30 days")),
    (90, _("90 days")),
    (182, _("Half a year")),
    (365, _("A year")),
)


def list_scopes(actor: Actor) -> list[tuple[str, str]]:
    """Actions that the actor may hand on, with their titles, in the order of their codes."""
    rows = declared_permits()
    allowed = list_allowed(actor, rows)
    return [(code, str(rows[code].title)) for code in sorted(allowed)]


class TokenForm(forms.Form):
    """What a token is for, what it may do, and for how long."""

    name = forms.CharField(
        label=_("Purpose"),
        max_length=100,
        help_text=_("Which program uses it, and for what; you will look for it by this."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        choices=LIVES,
        coerce=int,
        initial=90,
        help_text=_("Choose as short as will do; a token cannot be prolonged."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Actions allowed"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what your own account may do. Tick as little as the program needs."),
        error_messages={"required": _("Tick at least one action.")},
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = list_scopes(actor)  # type: ignore[attr-defined]
