"""Accounts, permits and tokens: what is not allowed by a row is denied."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from ipudong.city.audit.models import Entry
from ipudong.city.identity.actors import ANONYMOUS, Actor
from ipudong.city.identity.models import Account, ApiToken, Department
from ipudong.city.identity.permits import Permit, PermitError, declare_permits, declared_permits
from ipudong.city.identity.queries import actor_of, find_actor_by_token, is_allowed
from ipudong.city.identity.roles import ROLES
from ipudong.city.identity.services import (
    IdentityError,
    change_permit,
    create_account,
    issue_token,
    revoke_token,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ADMIN = Actor(name="admin", roles=frozenset({"administrator"}))


@pytest.fixture
def integrator() -> Account:
    return create_account(
        username="sun", password="long-enough-words", roles=("integrator",), by="system:test"
    )


def test_an_action_without_a_row_is_denied_to_every_role() -> None:
    for role in ROLES:
        assert not is_allowed(Actor(name="x", roles=frozenset({role.code})), "no.such_action")


def test_a_row_allows_its_roles_only() -> None:
    assert is_allowed(Actor(name="d", roles=frozenset({"duty_officer"})), "sensing.handle_alarm")
    assert not is_allowed(Actor(name="c", roles=frozenset({"clerk"})), "sensing.handle_alarm")
    assert not is_allowed(ANONYMOUS, "sensing.handle_alarm")


def test_every_declared_row_names_known_roles_and_a_title() -> None:
    for permit in declared_permits().values():
        assert str(permit.title)
        assert permit.roles


def test_rows_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(PermitError, match="unknown roles mayor"):
        Permit(action="a.b", roles=("mayor",), title="x")
    with pytest.raises(PermitError, match="declared twice"):
        declare_permits([Permit(action="plan.view", roles=("clerk",), title="x")])


def test_an_administrator_can_withdraw_and_grant_a_role_and_it_is_audited() -> None:
    officer = Actor(name="d", roles=frozenset({"duty_officer"}))
    change_permit(action="sensing.handle_alarm", role="duty_officer", allowed=False, by=ADMIN)
    assert not is_allowed(officer, "sensing.handle_alarm")
    change_permit(action="sensing.handle_alarm", role="duty_officer", allowed=True, by=ADMIN)
    assert is_allowed(officer, "sensing.handle_alarm")
    assert Entry.objects.filter(action="identity.change_permit").count() == 2
    with pytest.raises(IdentityError, match="unknown_action"):
        change_permit(action="no.such", role="clerk", allowed=True, by=ADMIN)


def test_weak_passwords_and_unknown_roles_open_no_account() -> None:
    with pytest.raises(ValidationError):
        create_account(username="a", password="short", roles=("clerk",), by="t")
    with pytest.raises(IdentityError, match="unknown_role"):
        create_account(username="a", password="long-enough-words", roles=("king",), by="t")
    with pytest.raises(IdentityError, match="unknown_department"):
        create_account(
            username="a", password="long-enough-words", roles=("clerk",), department="x", by="t"
        )
    assert not Account.objects.exists()


def test_a_name_is_taken_once(integrator: Account) -> None:
    with pytest.raises(IdentityError, match="name_taken"):
        create_account(username="sun", password="long-enough-words", roles=("clerk",), by="t")


def test_an_actor_has_the_departments_of_its_memberships() -> None:
    Department.objects.create(code="epb", name_zh="区环保局", name_en="EPB")
    account = create_account(
        username="li", password="long-enough-words", roles=("clerk",), department="epb", by="t"
    )
    actor = actor_of(account)
    assert actor.roles == {"public", "resident", "clerk"}
    assert actor.departments == {"epb"}
    account.is_active = False
    assert actor_of(account) == ANONYMOUS


def test_a_token_acts_within_its_scopes_until_it_expires_or_is_revoked(
    integrator: Account,
) -> None:
    by = actor_of(integrator)
    token, text = issue_token(
        account=integrator,
        name="collector",
        scopes=["sensing.post_observations"],
        expires_at=NOW + timedelta(days=30),
        by=by,
    )
    actor = find_actor_by_token(text, now=NOW)
    assert actor is not None
    assert is_allowed(actor, "sensing.post_observations")
    assert not is_allowed(actor, "plan.view"), "outside the token's scopes"
    assert find_actor_by_token(text, now=NOW + timedelta(days=31)) is None
    assert find_actor_by_token(text + "x", now=NOW) is None
    revoke_token(token=token, at=NOW, by=by)
    assert find_actor_by_token(text, now=NOW) is None


def test_a_tokens_text_is_nowhere_in_the_database(integrator: Account) -> None:
    _, text = issue_token(
        account=integrator,
        name="collector",
        scopes=["plan.view"],
        expires_at=NOW + timedelta(days=1),
        by=actor_of(integrator),
    )
    stored = ApiToken.objects.values().get()
    audited = list(Entry.objects.values_list("detail", flat=True))
    assert text not in str(stored)
    assert text not in str(audited)


def test_nobody_hands_on_more_than_they_hold(integrator: Account) -> None:
    with pytest.raises(IdentityError, match="scope_beyond_own"):
        issue_token(
            account=integrator,
            name="x",
            scopes=["identity.manage"],
            expires_at=NOW,
            by=actor_of(integrator),
        )
    with pytest.raises(IdentityError, match="unknown_scope"):
        issue_token(account=integrator, name="x", scopes=["no.such"], expires_at=NOW, by=ADMIN)
