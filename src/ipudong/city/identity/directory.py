"""Lists of accounts, departments, tokens and changed permits, as the caller may see them."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Exists, OuterRef, Q, QuerySet

from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import (
    Account,
    ApiToken,
    Department,
    Membership,
    PermitChange,
)
from ipudong.city.identity.queries import is_administrator, is_allowed
from ipudong.city.identity.roles import PUBLIC, RESIDENT

_OTHER_ROLES = Membership.objects.filter(account=OuterRef("pk")).exclude(
    role__in=(PUBLIC, RESIDENT)
)


@dataclass(frozen=True, kw_only=True)
class AccountFilter:
    """What a list of accounts is narrowed to; nothing given is all of them."""

    text: str = ""
    role: str = ""
    department: str = ""
    active: bool | None = None


def list_accounts(actor: Actor, wanted: AccountFilter) -> QuerySet[Account]:
    """Accounts by user name, with memberships and departments; none without `identity.manage`.

    The role `resident` finds those who have no other role.
    """
    if not is_allowed(actor, "identity.manage"):
        return Account.objects.none()
    accounts = Account.objects.prefetch_related("memberships__department").filter(
        _matches(wanted.text)
    )
    if wanted.role == RESIDENT:
        accounts = accounts.filter(~Exists(_OTHER_ROLES))
    elif wanted.role:
        accounts = accounts.filter(memberships__role=wanted.role)
    if wanted.department:
        accounts = accounts.filter(memberships__department=wanted.department)
    if wanted.active is not None:
        accounts = accounts.filter(is_active=wanted.active)
    return accounts.order_by("username").distinct()


def _matches(text: str) -> Q:
    department = Q(memberships__department__name_zh__icontains=text) | Q(
        memberships__department__name_en__icontains=text
    )
    name = Q(username__icontains=text) | Q(display_name__icontains=text)
    return name | department if text else Q()


def get_account(actor: Actor, account_id: int) -> Account:
    """One account. Raises Account.DoesNotExist, also where the caller may not see it."""
    return list_accounts(actor, AccountFilter()).get(pk=account_id)


def list_departments() -> QuerySet[Department]:
    """All responsible units, by their Chinese names."""
    return Department.objects.order_by("name_zh")


def count_sessions(account: Account) -> int:
    """In how many places the account is signed in."""
    return UserSession.objects.filter(user=account).count()


def list_second_factors(account: Account) -> list[str]:
    """Kinds of second factor set up: `totp`, `webauthn`, `recovery_codes`."""
    return sorted(Authenticator.objects.filter(user=account).values_list("type", flat=True))


def list_tokens(actor: Actor) -> QuerySet[ApiToken]:
    """Tokens, newest first: an administrator sees all, others their own."""
    tokens = ApiToken.objects.select_related("account").order_by("-created_at", "-pk")
    if is_administrator(actor):
        return tokens
    return tokens.filter(account_id=actor.account_id) if actor.account_id else tokens.none()


def get_token(actor: Actor, token_id: int) -> ApiToken:
    """One token. Raises ApiToken.DoesNotExist, also where the caller may not see it."""
    return list_tokens(actor).get(pk=token_id)


def list_permit_changes(action: str = "") -> QuerySet[PermitChange]:
    """Changes to declared rows, of one action where given, newest first."""
    changes = PermitChange.objects.order_by("-changed_at")
    return changes.filter(action=action) if action else changes
