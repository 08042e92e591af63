"""People of a small district, and a browser's view of its administration."""

from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account, Department
from ipudong.city.identity.queries import actor_of
from ipudong.city.identity.services import create_account

PASSWORD = "long-enough-words"
SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def forget_what_was_throttled() -> None:
    cache.clear()


@pytest.fixture
def people(db: None, settings: LazySettings) -> dict[str, Account]:
    # Slow hashing is what a district wants and sixty tests do not.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    Department.objects.create(code="epb", name_zh="区环保局", name_en="Environment bureau")
    rows = {
        "admin": ("administrator",),
        "sun": ("integrator",),
        "zhao": ("supervisor",),
        "chen": ("clerk",),
        "wang": (),
    }
    return {
        name: create_account(
            username=name,
            password=PASSWORD,
            roles=roles,
            department="epb" if roles == ("clerk",) else None,
            by="system:test",
        )
        for name, roles in rows.items()
    }


@pytest.fixture
def administrator(people: dict[str, Account]) -> Actor:
    return actor_of(people["admin"])


@pytest.fixture
def sign_in(people: dict[str, Account]) -> SignIn:
    def sign_in_as(username: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(people[username])
        return client

    return sign_in_as
