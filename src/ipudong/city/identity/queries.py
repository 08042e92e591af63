"""Who is asking, and may they?"""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from ipudong.city.identity.actors import ANONYMOUS, Actor
from ipudong.city.identity.models import Account, ApiToken, PermitChange
from ipudong.city.identity.permits import declared_permits
from ipudong.city.identity.roles import ADMINISTRATOR, PUBLIC, RESIDENT


def actor_of(account: Account | AnonymousUser) -> Actor:
    """The actor behind a signed-in account; every account is also a resident."""
    if not isinstance(account, Account) or not account.is_active:
        return ANONYMOUS
    rows = list(account.memberships.values_list("role", "department_id"))
    return Actor(
        name=account.get_username(),
        roles=frozenset({PUBLIC, RESIDENT, *(role for role, _ in rows)}),
        departments=frozenset(department for _, department in rows if department),
        account_id=account.pk,
    )


def roles_allowed(action: str) -> frozenset[str]:
    """Roles that may do `action`: the declared row, as changed by an administrator."""
    return list_roles_allowed([action])[action]


def list_roles_allowed(actions: Collection[str]) -> dict[str, frozenset[str]]:
    """Roles that may do each of `actions`, in one query."""
    permits = declared_permits()
    roles = {
        action: set(permits[action].roles) if action in permits else set() for action in actions
    }
    changes = PermitChange.objects.filter(action__in=[a for a in actions if a in permits])
    for action, role, allowed in changes.values_list("action", "role", "allowed"):
        roles[action].add(role) if allowed else roles[action].discard(role)
    return {action: frozenset(found) for action, found in roles.items()}


def is_allowed(actor: Actor, action: str) -> bool:
    """True when a permit row allows `action` to one of the actor's roles and, for a token,
    its scopes hold the action. An action without a row is denied to everyone."""
    return action in list_allowed(actor, [action])


def list_allowed(actor: Actor, actions: Iterable[str]) -> set[str]:
    """Those of `actions` that the actor may do, in one query."""
    in_scope = [a for a in actions if actor.scopes is None or a in actor.scopes]
    roles = list_roles_allowed(in_scope)
    return {action for action in in_scope if actor.roles & roles[action]}


def digest_token(text: str) -> str:
    """SHA-256 (hex) of a token's text; tokens hold 256 random bits, so no salt is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


def find_token(text: str, *, now: datetime) -> ApiToken | None:
    """The token of this text if it is neither expired nor revoked and its account is active."""
    return (
        ApiToken.objects.select_related("account")
        .filter(
            digest=digest_token(text),
            expires_at__gt=now,
            revoked_at__isnull=True,
            account__is_active=True,
        )
        .first()
    )


def actor_of_token(token: ApiToken) -> Actor:
    """The token's account, limited to the token's scopes, named so that the audit tells them
    apart."""
    actor = actor_of(token.account)
    return Actor(
        name=f"{actor.name}/{token.prefix}",
        roles=actor.roles,
        departments=actor.departments,
        scopes=frozenset(token.scopes),
        account_id=actor.account_id,
    )


def find_actor_by_token(text: str, *, now: datetime) -> Actor | None:
    """The actor of a token that is neither expired nor revoked, limited to its scopes."""
    token = find_token(text, now=now)
    return actor_of_token(token) if token else None


@dataclass(frozen=True)
class Contact:
    """How somebody can be reached; empty where they left no address."""

    name: str
    email: str
    phone: str


def list_contacts(*, role: str = "", account: str = "") -> list[Contact]:
    """Active accounts with a role, or of a name, as they can be reached."""
    accounts = Account.objects.filter(is_active=True)
    if role:
        accounts = accounts.filter(memberships__role=role).distinct()
    if account or not role:
        accounts = accounts.filter(username=account)
    return [Contact(row.get_username(), row.email, row.phone) for row in accounts]


def is_administrator(actor: Actor) -> bool:
    """Whether the actor administers the district."""
    return ADMINISTRATOR in actor.roles
