"""People of a test: an account with one role, and its browser."""

from django.test import Client

from ipudong.city.identity.services import create_account

PASSWORD = "a river in the east 9"


def sign_in(role: str) -> Client:
    """The client of a new account `a-<role>` with this role, signed in."""
    client = Client()
    client.force_login(
        create_account(username=f"a-{role}", password=PASSWORD, roles=(role,), by="system:test")
    )
    return client
