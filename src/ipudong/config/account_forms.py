"""allauth's forms, with fields named for what people are to enter."""

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]
    """The first field says what to type; placeholders would only repeat the labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User name or e-mail address")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey unless one chooses otherwise: old security keys know no lock of their own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this key")
        field = self.fields["passwordless"]
        field.initial = True
        field.label = _("Sign in with this key alone, without a password")
        field.help_text = _(
            "Needs a fingerprint, face or PIN on the device. Without it the key is asked for "
            "after the password."
        )


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """One field: the key's name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of this key")
