"""Token pages: the text is on one answer; who sees and ends which token."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ipudong.city.audit.models import Entry
from ipudong.city.identity.models import ApiToken
from ipudong.city.identity.queries import find_actor_by_token

pytestmark = pytest.mark.django_db
LIST = "portal:administration:tokens"
NEW = "portal:administration:new_token"


def _issue(client: Client, **fields: object) -> str:
    form = {"name": "collector", "days": "30", "scopes": ["plan.view"], **fields}
    page = client.post(reverse(NEW), form)
    assert "no-store" in page.headers["Cache-Control"]
    found = re.search(r'value="(ipd_[^"]+)"', page.content.decode())
    assert found
    return found[1]


@pytest.mark.parametrize("username", ["zhao", "chen", "wang"])
def test_tokens_are_closed_to_other_roles(sign_in, username) -> None:
    assert sign_in(username).get(reverse(LIST)).status_code == 403
    assert sign_in(username).post(reverse(NEW)).status_code == 403


def test_a_tokens_text_is_on_one_answer_and_nowhere_later(sign_in) -> None:
    client = sign_in("sun")
    text = _issue(client)
    assert find_actor_by_token(text, now=timezone.now()) is not None
    assert text not in client.get(reverse(LIST)).content.decode()
    stored = [*ApiToken.objects.values(), *Entry.objects.values()]
    assert text not in str(stored)
    assert text not in str(dict(client.session))


@pytest.mark.parametrize(
    "fields",
    [{"scopes": ["identity.manage"]}, {"scopes": []}, {"days": "4000"}, {"name": ""}],
    ids=["beyond one's own", "none", "too long", "no purpose"],
)
def test_a_form_that_asks_too_much_or_too_little_issues_nothing(sign_in, fields) -> None:
    form = {"name": "collector", "days": "30", "scopes": ["plan.view"], **fields}
    assert sign_in("sun").post(reverse(NEW), form).status_code == 422
    assert not ApiToken.objects.exists()


def test_an_integrator_sees_and_revokes_own_tokens_only(sign_in) -> None:
    _issue(sign_in("admin"), name="the administrator's")
    client = sign_in("sun")
    assert "administrator&#x27;s" not in client.get(reverse(LIST)).content.decode()
    token = ApiToken.objects.get()
    revoke = reverse("portal:administration:revoke_token", args=[token.pk])
    assert client.post(revoke).status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_an_administrator_sees_and_revokes_everybodys(sign_in) -> None:
    text = _issue(sign_in("sun"))
    client = sign_in("admin")
    assert "collector" in client.get(reverse(LIST)).content.decode()
    token = ApiToken.objects.get()
    client.post(reverse("portal:administration:revoke_token", args=[token.pk]))
    assert find_actor_by_token(text, now=timezone.now()) is None
    assert Entry.objects.filter(action="identity.revoke_token", actor="admin").exists()


def test_a_token_that_ends_soon_says_so(sign_in) -> None:
    client = sign_in("sun")
    _issue(client)
    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=3))
    assert "Expires soon" in client.get(reverse(LIST)).content.decode()
