"""Forms over accounts."""

from typing import Any, Final

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.accounts import IMPLIED_ROLES
from ipudong.city.identity.directory import list_departments
from ipudong.city.identity.models import Account
from ipudong.city.identity.roles import ROLES
from ipudong.portal.templatetags.portal import name_of

GIVEN_ROLES: Final = [(r.code, r.title) for r in ROLES if r.code not in IMPLIED_ROLES]


def department_choices() -> list[tuple[str, str]]:
    """All departments by code, with their names in the page's language."""
    return [(row.code, name_of(row)) for row in list_departments()]


class RolesForm(forms.Form):
    """Roles and the department they are held in."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=GIVEN_ROLES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everybody is also a resident. Without a role here, only that."),
    )
    department = forms.ChoiceField(label=_("Department"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("None")), *department_choices()]
        self.fields["department"].choices = choices  # type: ignore[attr-defined]

    @classmethod
    def of(cls, account: Account) -> "RolesForm":
        """The form filled with what the account has now."""
        rows = list(account.memberships.exclude(role__in=IMPLIED_ROLES))
        department = next((row.department_id for row in rows if row.department_id), "")
        roles = [row.role for row in rows]
        return cls(initial={"roles": roles, "department": department})


class AccountForm(RolesForm):
    """A new account."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("For signing in; it stays as it is. Letters, digits and @ . + - _ only."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    display_name = forms.CharField(
        label=_("Full name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("username", "display_name", "roles", "department")
