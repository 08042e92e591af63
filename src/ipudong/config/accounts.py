"""How signing in behaves here, on top of allauth."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ipudong.options import Option

OPEN_SIGNUP = Option(
    "identity.open_signup",
    default=True,
    doc="Residents may open an account themselves; it carries the resident's role only.",
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is open to residents where the district says so; staff are appointed."""

    # allauth says only "later": who is locked out wants to know how much later.
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": format_lazy(
            _(
                "Too many failed attempts. To protect the account, signing in is closed for "
                "{minutes} minutes; please try again after that."
            ),
            minutes=settings.IPUDONG_LOCKOUT_MINUTES,
        )
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether a stranger may open a resident's account."""
        return OPEN_SIGNUP.get()
