"""How signing in behaves here, on top of allauth."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from ipudong.options import Option

OPEN_SIGNUP = Option(
    "identity.open_signup",
    default=True,
    doc="Residents may open an account themselves; it carries the resident's role only.",
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up is open to residents where the district says so; staff are appointed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether a stranger may open a resident's account."""
        return OPEN_SIGNUP.get()
