"""What an administrator does with other people's accounts; each act audited in its transaction.

Three rules hold for every act: nobody changes their own account here (their own pages ask for
the password first), only administrators touch administrators, and one administrator stays.
"""

from collections.abc import Iterable
from typing import Any, Final

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account, Department, Membership
from ipudong.city.identity.passwords import generate_password
from ipudong.city.identity.queries import is_administrator
from ipudong.city.identity.roles import ADMINISTRATOR, PUBLIC, RESIDENT, ROLE_CODES
from ipudong.city.identity.services import IdentityError, create_account

# Names that the audit uses for those who are no account.
RESERVED_NAMES: Final = frozenset({"anonymous", "system", "public"})
# Everybody has these without being given them.
IMPLIED_ROLES: Final = frozenset({PUBLIC, RESIDENT})


@transaction.atomic
def open_account(
    *,
    username: str,
    roles: Iterable[str],
    department: str | None = None,
    display_name: str = "",
    by: Actor,
) -> tuple[Account, str]:
    """Open an account; returns it with its first password, which is not kept in the clear.

    Raises IdentityError: unknown_role, unknown_department, name_taken, name_reserved,
    administrators_only.
    """
    roles = sorted(set(roles) - IMPLIED_ROLES)
    if username.casefold() in RESERVED_NAMES:
        raise IdentityError("name_reserved", username=username)
    # Signing in does not mind capitals, so two names may not differ in them alone.
    if Account.objects.filter(username__iexact=username).exists():
        raise IdentityError("name_taken", username=username)
    _refuse_beyond_own(by, roles)
    password = generate_password()
    account = create_account(
        username=username,
        password=password,
        roles=roles,
        department=department,
        display_name=display_name,
        by=by.name,
    )
    return account, password


@transaction.atomic
def change_roles(
    *, account: Account, roles: Iterable[str], department: str | None, by: Actor
) -> bool:
    """Give the account exactly these roles, all in `department`; whether anything changed.

    Raises IdentityError: own_administrator, last_administrator, administrators_only,
    unknown_role, unknown_department.
    """
    wanted = sorted(set(roles) - IMPLIED_ROLES)
    _refuse_unknown(wanted, department)
    administrators = _lock_administrators()
    before = _memberships_of(account)
    after = sorted((role, department) for role in wanted)
    if before == after:
        return False
    had = any(role == ADMINISTRATOR for role, _ in before)
    if had != (ADMINISTRATOR in wanted):
        _refuse_beyond_own(by, [ADMINISTRATOR])
    elif had:
        _refuse_beyond_own(by, wanted)
    if had and ADMINISTRATOR not in wanted:
        _refuse_loss(account, by, administrators)
    account.memberships.all().delete()
    for role, code in after:
        Membership.objects.create(account=account, role=role, department_id=code)
    detail = {"before": _as_detail(before), "after": _as_detail(after)}
    _note(account, "identity.change_roles", by, **detail)
    return True


@transaction.atomic
def deactivate_account(*, account: Account, by: Actor) -> None:
    """Close the door: no sign-in, no token works, every session ends. Nothing is deleted.

    Raises IdentityError: own_account, last_administrator, administrators_only.
    """
    administrators = _lock_administrators()
    _refuse_own_or_above(account, by)
    if account.pk in administrators:
        _refuse_loss(account, by, administrators)
    changed = Account.objects.filter(pk=account.pk, is_active=True).update(is_active=False)
    if changed:
        _note(account, "identity.deactivate_account", by, sessions=_end_sessions(account))


@transaction.atomic
def reactivate_account(*, account: Account, by: Actor) -> None:
    """Open the door again, with the roles it had. Raises IdentityError: administrators_only."""
    _refuse_own_or_above(account, by)
    if Account.objects.filter(pk=account.pk, is_active=False).update(is_active=True):
        _note(account, "identity.reactivate_account", by)


@transaction.atomic
def reset_password(*, account: Account, by: Actor) -> str:
    """Set a new random password, end every session, and return the password.

    Raises IdentityError: own_account, administrators_only.
    """
    _refuse_own_or_above(account, by)
    password = generate_password()
    account.set_password(password)
    account.save(update_fields=["password"])
    _note(account, "identity.reset_password", by, sessions=_end_sessions(account))
    return password


@transaction.atomic
def end_sessions(*, account: Account, by: Actor) -> int:
    """Sign the account out everywhere; returns of how many places."""
    _refuse_own_or_above(account, by)
    count = _end_sessions(account)
    if count:
        _note(account, "identity.end_sessions", by, sessions=count)
    return count


@transaction.atomic
def reset_second_factor(*, account: Account, by: Actor) -> int:
    """Remove one-time codes, passkeys and recovery codes; returns how many there were."""
    _refuse_own_or_above(account, by)
    rows = Authenticator.objects.filter(user=account)
    kinds = sorted(rows.values_list("type", flat=True))
    rows.delete()
    if kinds:
        sessions = _end_sessions(account)
        _note(account, "identity.reset_second_factor", by, removed=kinds, sessions=sessions)
    return len(kinds)


def _memberships_of(account: Account) -> list[tuple[str, str | None]]:
    rows = account.memberships.exclude(role__in=IMPLIED_ROLES)
    return sorted(rows.values_list("role", "department_id"), key=str)


def _as_detail(rows: list[tuple[str, str | None]]) -> list[str]:
    return [f"{role}@{department}" if department else role for role, department in rows]


def _lock_administrators() -> set[int]:
    """Keys of active administrators, locked until the transaction ends, so that two acts at
    once cannot each take the other's last one."""
    rows = Account.objects.select_for_update(of=("self",)).filter(
        is_active=True, memberships__role=ADMINISTRATOR
    )
    return set(rows.order_by("pk").values_list("pk", flat=True))


def _refuse_unknown(roles: list[str], department: str | None) -> None:
    unknown = set(roles) - ROLE_CODES
    if unknown:
        raise IdentityError("unknown_role", roles=sorted(unknown))
    if department and not Department.objects.filter(pk=department).exists():
        raise IdentityError("unknown_department", department=department)


def _refuse_beyond_own(by: Actor, roles: Iterable[str]) -> None:
    """Management of accounts may be granted to others; making administrators is not in it."""
    if ADMINISTRATOR in roles and not is_administrator(by):
        raise IdentityError("administrators_only")


def _refuse_own_or_above(account: Account, by: Actor) -> None:
    if account.pk == by.account_id:
        raise IdentityError("own_account")
    if account.memberships.filter(role=ADMINISTRATOR).exists():
        _refuse_beyond_own(by, [ADMINISTRATOR])


def _refuse_loss(account: Account, by: Actor, administrators: set[int]) -> None:
    if account.pk == by.account_id:
        raise IdentityError("own_administrator")
    if administrators <= {account.pk}:
        raise IdentityError("last_administrator")


def _end_sessions(account: Account) -> int:
    sessions = list(UserSession.objects.filter(user=account))
    for session in sessions:
        session.end()
    return len(sessions)


def _note(account: Account, action: str, by: Actor, **detail: Any) -> None:
    record(
        actor=by.name,
        action=action,
        subject=f"account:{account.pk}",
        detail={"username": account.username, **detail},
    )
