"""Acts on accounts: one administrator always stays; tokens note their use sparingly."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from ipudong.city.audit.models import Entry
from ipudong.city.identity.accounts import change_roles, deactivate_account, open_account
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account, ApiToken
from ipudong.city.identity.queries import actor_of
from ipudong.city.identity.services import IdentityError, create_account, issue_token
from ipudong.city.identity.token_use import use_token

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ROOT = Actor(name="root", roles=frozenset({"administrator"}))


@pytest.fixture(autouse=True)
def quick_hashing(settings: LazySettings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


def _open(name: str, *roles: str) -> Account:
    return create_account(username=name, password="long-enough-words", roles=roles, by="t")


@pytest.mark.django_db
def test_the_last_administrator_stays_even_for_a_part_of_the_house() -> None:
    last = _open("a", "administrator")
    with pytest.raises(IdentityError, match="last_administrator"):
        deactivate_account(account=last, by=ROOT)
    with pytest.raises(IdentityError, match="last_administrator"):
        change_roles(account=last, roles=["clerk"], department=None, by=ROOT)
    deactivate_account(account=_open("b", "administrator"), by=ROOT)


@pytest.mark.django_db
def test_management_by_grant_does_not_reach_administrators() -> None:
    helper = actor_of(_open("h", "supervisor"))
    other = _open("a", "administrator")
    _open("b", "administrator")
    for roles in (["administrator"], ["clerk", "administrator"]):
        with pytest.raises(IdentityError, match="administrators_only"):
            open_account(username="x", roles=roles, by=helper)
    with pytest.raises(IdentityError, match="administrators_only"):
        deactivate_account(account=other, by=helper)


# A database in a file, as a district has: the one of the tests is in memory and its audit, which
# cannot be emptied, forbids tests that commit.
RACE = """
import threading, django
django.setup()
from django.core.management import call_command
from django.db import connection
from ipudong.city.identity.accounts import deactivate_account
from ipudong.city.identity.models import Account
from ipudong.city.identity.queries import actor_of
from ipudong.city.identity.services import IdentityError, create_account

call_command("migrate", verbosity=0, interactive=False)
pair = [
    create_account(username=n, password="long-enough-words", roles=["administrator"], by="t")
    for n in ("one", "two")
]
start = threading.Barrier(2)

def remove(account, by):
    start.wait()
    try:
        deactivate_account(account=account, by=by)
        print("done", flush=True)
    except IdentityError as error:
        print(error.code, flush=True)
    finally:
        connection.close()

acts = [(pair[0], actor_of(pair[1])), (pair[1], actor_of(pair[0]))]
threads = [threading.Thread(target=remove, args=act) for act in acts]
[t.start() for t in threads]
[t.join() for t in threads]
print("left", Account.objects.filter(is_active=True).count())
"""


def test_two_administrators_cannot_each_remove_the_other_at_once(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "IPUDONG_DISTRICT_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "ipudong.config.settings",
    }
    ended = subprocess.run(
        [sys.executable, "-c", RACE], env=environment, capture_output=True, text=True, timeout=110
    )
    assert sorted(ended.stdout.split("\n")) == ["", "done", "last_administrator", "left 1"], (
        ended.stderr
    )


@pytest.mark.django_db
def test_a_tokens_use_is_written_at_most_once_a_minute(django_assert_num_queries) -> None:
    account = _open("sun", "integrator")
    _, text = issue_token(
        account=account,
        name="collector",
        scopes=["plan.view"],
        expires_at=NOW + timedelta(days=30),
        by=actor_of(account),
        at=NOW,
    )
    assert use_token(text, now=NOW) is not None
    with django_assert_num_queries(2):
        use_token(text, now=NOW + timedelta(seconds=59))
    assert ApiToken.objects.get().last_used_at == NOW
    use_token(text, now=NOW + timedelta(seconds=60))
    assert ApiToken.objects.get().last_used_at == NOW + timedelta(seconds=60)
    assert use_token("ipd_wrong", now=NOW) is None


@pytest.mark.django_db
def test_a_token_lives_for_a_year_at_most() -> None:
    account = _open("sun", "integrator")
    with pytest.raises(IdentityError, match="lives_too_long"):
        issue_token(
            account=account,
            name="x",
            scopes=["plan.view"],
            expires_at=NOW + timedelta(days=400),
            by=actor_of(account),
            at=NOW,
        )


@pytest.mark.django_db
def test_guessing_is_noted_once_a_minute_and_a_strange_name_is_not_kept() -> None:
    _open("chen", "clerk")
    login = reverse("account_login")
    for _ in range(3):
        Client().post(login, {"login": "chen", "password": "wrong"})
    Client().post(login, {"login": "my-password-typed-here", "password": "wrong"})
    entries = list(Entry.objects.filter(action="identity.fail_sign_in").order_by("sequence"))
    assert [entry.detail.get("username") for entry in entries] == ["chen", None]
    assert "my-password-typed-here" not in str([entry.detail for entry in entries])
    assert {entry.detail["peer"] for entry in entries} == {"127.0.0.1"}
