"""Words of Django and allauth that our catalogue says in Chinese instead of theirs.

Listed so that extraction finds them: either they have no Chinese there, or it is not what a
public service would write ("Email地址", "passkey", "token").
"""

from typing import Final

from django.utils.translation import gettext_noop, ngettext_lazy

TOO_SHORT: Final = ngettext_lazy(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
    "count",
)
PASSWORD_RULES: Final = (
    gettext_noop("Your password can’t be too similar to your other personal information."),
    gettext_noop("Your password can’t be a commonly used password."),
    gettext_noop("Your password can’t be entirely numeric."),
    gettext_noop("This password is too common."),
    gettext_noop("This password is entirely numeric."),
)
SIGN_IN: Final = (
    gettext_noop("Remember Me"),
    gettext_noop("Sign in with a passkey"),
    gettext_noop("Sign Out"),
    gettext_noop("Are you sure you want to sign out?"),
    gettext_noop("You have signed out."),
    gettext_noop("Successfully signed in as %(name)s."),
    gettext_noop("Already have an account? Then please %(link)ssign in%(end_link)s."),
    gettext_noop(
        "If you have not created an account yet, then please %(link)ssign up%(end_link)s first."
    ),
    gettext_noop("Confirm Access"),
    gettext_noop("Please reauthenticate to safeguard your account."),
    gettext_noop("Alternative options"),
    gettext_noop("Enter your password:"),
    gettext_noop("Incorrect password."),
    gettext_noop("Password Reset"),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("Bad Token"),
)
SECOND_FACTOR: Final = (
    gettext_noop("Two-Factor Authentication"),
    gettext_noop("Use authenticator app or code"),
    gettext_noop("Authenticator code"),
    gettext_noop("Code"),
    gettext_noop("Incorrect code."),
    gettext_noop("Enter an authenticator code:"),
    gettext_noop(
        "Your account is protected by two-factor authentication. "
        "Please enter an authenticator code:"
    ),
    gettext_noop("Recovery Codes"),
    gettext_noop("Recovery codes"),
    gettext_noop("Unused codes"),
    gettext_noop("Download codes"),
    gettext_noop("Generate new codes"),
)
EMAIL: Final = (
    gettext_noop("Email Addresses"),
    gettext_noop("Email"),
    gettext_noop("The following email addresses are associated with your account:"),
    gettext_noop("Primary"),
    gettext_noop("Re-send Verification"),
    gettext_noop("Add Email Address"),
    gettext_noop("Add Email"),
    gettext_noop("Do you really want to remove the selected email address?"),
    gettext_noop(
        "You currently do not have any email address set up. You should really add an email "
        "address so you can receive notifications, reset your password, etc."
    ),
    gettext_noop("Confirm Email Address"),
    gettext_noop("Removed email address %(email)s."),
    gettext_noop("Primary email address set."),
)
