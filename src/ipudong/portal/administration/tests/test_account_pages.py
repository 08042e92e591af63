"""Account pages: what is shown, what is shown once, and what nobody can do to the district."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from ipudong.city.audit.models import Entry
from ipudong.city.identity.models import Account

pytestmark = pytest.mark.django_db
PAGES = "portal:administration:"


def _url(name: str, *args: object) -> str:
    return reverse(PAGES + name, args=args)


def _password_in(page: bytes) -> str:
    found = re.search(r'class="secret" readonly value="([^"]+)"', page.decode())
    assert found
    return found[1]


def _open(client: Client, **fields: object) -> bytes:
    answer = client.post(_url("new_account"), {"username": "li", "roles": ["clerk"], **fields})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.content


@pytest.mark.parametrize("username", ["sun", "zhao", "chen", "wang"])
def test_accounts_are_closed_to_other_roles(sign_in, people, username) -> None:
    client = sign_in(username)
    for name, args in (("accounts", ()), ("new_account", ()), ("account", (1,)), ("permits", ())):
        assert client.get(_url(name, *args)).status_code == 403
    target = people["wang"].pk
    for act in ("deactivate", "reset_password", "end_sessions", "reset_second_factor"):
        assert client.post(_url(act, target)).status_code == 403


def test_a_stranger_is_asked_to_sign_in(people) -> None:
    for name in ("entrance", "accounts", "tokens", "audit", "own_record"):
        answer = Client().get(_url(name))
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "che"}, {"chen"}),
        ({"q": "环保"}, {"chen"}),
        ({"role": "supervisor"}, {"zhao"}),
        ({"role": "resident"}, {"wang"}),
        ({"department": "epb"}, {"chen"}),
        ({"state": "deactivated"}, set()),
        ({}, {"admin", "sun", "zhao", "chen", "wang"}),
    ],
)
def test_the_list_is_searched_by_name_role_department_and_state(sign_in, query, found) -> None:
    page = sign_in("admin").get(_url("accounts"), query)
    assert {view.account.username for view in page.context["accounts"]} == found


def test_a_first_password_is_seen_once_and_signs_in(sign_in) -> None:
    client = sign_in("admin")
    password = _password_in(_open(client))
    account = Account.objects.get(username="li")
    assert password not in client.get(_url("account", account.pk)).content.decode()
    assert password not in str(list(Account.objects.values())) + str(list(Entry.objects.values()))
    assert account.check_password(password)
    entered = Client().post(reverse("account_login"), {"login": "li", "password": password})
    assert entered.status_code == 302


@pytest.mark.parametrize("name", ["CHEN", "anonymous", "a b", ""])
def test_a_taken_reserved_or_odd_name_opens_nothing(sign_in, name) -> None:
    before = Account.objects.count()
    answer = sign_in("admin").post(_url("new_account"), {"username": name, "roles": ["clerk"]})
    assert answer.status_code == 422
    assert answer.context["form"].errors["username"]
    assert Account.objects.count() == before


def test_roles_are_changed_and_the_audit_says_from_what_to_what(sign_in, people) -> None:
    target = people["wang"].pk
    form = {"roles": ["clerk", "duty_officer"], "department": "epb"}
    sign_in("admin").post(_url("change_roles", target), form)
    assert set(people["wang"].memberships.values_list("role", "department_id")) == {
        ("clerk", "epb"),
        ("duty_officer", "epb"),
    }
    entry = Entry.objects.get(action="identity.change_roles")
    assert entry.detail["after"] == ["clerk@epb", "duty_officer@epb"]
    assert entry.detail["before"] == []


def test_an_administrator_keeps_the_own_role_and_account(sign_in, people) -> None:
    client, own = sign_in("admin"), people["admin"].pk
    refused = client.post(_url("change_roles", own), {"roles": ["clerk"]})
    assert refused.status_code == 422
    assert "Ask another administrator" in refused.content.decode()
    for act in ("deactivate", "reset_password", "reset_second_factor"):
        answer = client.post(_url(act, own), follow=True)
        assert "your own account" in answer.content.decode()
    people["admin"].refresh_from_db()
    assert people["admin"].is_active
    assert people["admin"].memberships.get().role == "administrator"
    own_acts = Entry.objects.filter(subject=f"account:{own}")
    assert [entry.action for entry in own_acts] == ["identity.create_account"]


def test_a_deactivated_account_is_out_at_once_and_comes_back_with_its_roles(
    sign_in, people
) -> None:
    clerk, client = Client(), sign_in("admin")
    clerk.post(reverse("account_login"), {"login": "chen", "password": "long-enough-words"})
    assert clerk.get("/desk/").status_code == 200
    client.post(_url("deactivate", people["chen"].pk))
    assert clerk.get("/desk/").status_code == 302
    client.post(_url("reactivate", people["chen"].pk))
    assert people["chen"].memberships.get().role == "clerk"
    assert clerk.get("/desk/").status_code == 302, "the old session stays ended"


def test_a_reset_password_ends_the_sessions_and_is_seen_once(sign_in, people) -> None:
    clerk, client = Client(), sign_in("admin")
    clerk.post(reverse("account_login"), {"login": "chen", "password": "long-enough-words"})
    page = client.post(_url("reset_password", people["chen"].pk))
    password = _password_in(page.content)
    assert clerk.get("/desk/").status_code == 302
    people["chen"].refresh_from_db()
    assert people["chen"].check_password(password)
    assert password not in str(list(Entry.objects.values()))


def test_acts_need_the_forms_own_token(people) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["admin"])
    for act in ("deactivate", "reset_password", "end_sessions", "change_roles"):
        assert client.post(_url(act, people["chen"].pk)).status_code == 403
    assert client.post(_url("new_token"), {"name": "x"}).status_code == 403
    people["chen"].refresh_from_db()
    assert people["chen"].is_active


def test_acts_are_not_done_by_a_mere_visit(sign_in, people) -> None:
    for act in ("deactivate", "reset_password", "end_sessions", "reset_second_factor"):
        assert sign_in("admin").get(_url(act, people["chen"].pk)).status_code == 405
