"""Changes to accounts, tokens and permits; each audited in its own transaction."""

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account, ApiToken, Department, Membership, PermitChange
from ipudong.city.identity.permits import declared_permits
from ipudong.city.identity.queries import digest_token, is_administrator, is_allowed
from ipudong.city.identity.roles import ADMINISTRATOR, ROLE_CODES, STAFF_ROLES

TOKEN_PREFIX = "ipd_"  # noqa: S105 - a visible mark that helps secret scanners, not a secret
MAX_TOKEN_LIFE = timedelta(days=366)  # a year, leap or not
STAFF_ONLY_PARTS = ("identity.", "audit.")  # actions that no resident may ever be given


class IdentityError(Exception):
    """A change that was refused; `code` is stable, `fields` say what was wrong."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code = code
        self.fields = fields


@transaction.atomic
def create_account(
    *,
    username: str,
    password: str,
    roles: Iterable[str],
    department: str | None = None,
    display_name: str = "",
    email: str = "",
    demo: bool = False,
    by: str,
) -> Account:
    """Open an account with its roles. Raises ValidationError for a weak password and
    IdentityError for an unknown role, an unknown department or a name already taken."""
    unknown = set(roles) - ROLE_CODES
    if unknown:
        raise IdentityError("unknown_role", roles=sorted(unknown))
    if Account.objects.filter(username=username).exists():
        raise IdentityError("name_taken", username=username)
    if department and not Department.objects.filter(pk=department).exists():
        raise IdentityError("unknown_department", department=department)
    account = Account(username=username, email=email, display_name=display_name, demo=demo)
    validate_password(password, account)
    account.set_password(password)
    account.save()
    for role in roles:
        Membership.objects.create(account=account, role=role, department_id=department)
    record(
        actor=by,
        action="identity.create_account",
        subject=f"account:{account.pk}",
        detail={"username": username, "roles": sorted(roles), "department": department},
    )
    return account


@transaction.atomic
def issue_token(
    *,
    account: Account,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime,
    by: Actor,
    at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Issue a token and return it with its text, which is not kept and never shown again.

    Raises IdentityError when a scope is no declared action, when `by` could not do the
    action itself (nobody hands on more than they hold), or when it would live over a year.
    """
    if expires_at - (at or datetime.now(UTC)) > MAX_TOKEN_LIFE:
        raise IdentityError("lives_too_long", days=MAX_TOKEN_LIFE.days)
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in declared_permits()]
    if unknown:
        raise IdentityError("unknown_scope", scopes=unknown)
    excess = [scope for scope in wanted if not is_allowed(by, scope)]
    if excess:
        raise IdentityError("scope_beyond_own", scopes=excess)
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        account=account,
        name=name,
        prefix=text[:12],
        digest=digest_token(text),
        scopes=wanted,
        expires_at=expires_at,
    )
    record(
        actor=by.name,
        action="identity.issue_token",
        subject=f"token:{token.pk}",
        detail={"account": account.username, "scopes": wanted, "until": expires_at.isoformat()},
    )
    return token, text


@transaction.atomic
def revoke_token(*, token: ApiToken, at: datetime, by: Actor) -> None:
    """End a token's life; revoking twice is one revocation."""
    changed = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at)
    if changed:
        record(actor=by.name, action="identity.revoke_token", subject=f"token:{token.pk}")


@transaction.atomic
def change_permit(*, action: str, role: str, allowed: bool, by: Actor, reason: str = "") -> None:
    """Grant or withdraw one role's right to one action; back to the declared row is no change.

    Raises IdentityError where `by` is no administrator, where administrators would lose the
    management of accounts, and where a resident would be given accounts or the audit.
    """
    declared = _declared_roles(action)
    _refuse_unsafe_permit(action, role, allowed, by)
    if allowed == (role in declared):
        PermitChange.objects.filter(action=action, role=role).delete()
    else:
        PermitChange.objects.update_or_create(
            action=action,
            role=role,
            defaults={"allowed": allowed, "reason": reason, "changed_by": by.name},
        )
    record(
        actor=by.name,
        action="identity.change_permit",
        subject=f"permit:{action}",
        detail={"role": role, "allowed": allowed, "reason": reason},
    )


@transaction.atomic
def restore_permit(*, action: str, by: Actor, reason: str = "") -> int:
    """Take back every change to one action's row; returns how many there were."""
    _declared_roles(action)
    if not is_administrator(by):
        raise IdentityError("administrators_only")
    removed, _ = PermitChange.objects.filter(action=action).delete()
    if removed:
        record(
            actor=by.name,
            action="identity.restore_permit",
            subject=f"permit:{action}",
            detail={"changes": removed, "reason": reason},
        )
    return removed


def _declared_roles(action: str) -> tuple[str, ...]:
    permit = declared_permits().get(action)
    if permit is None:
        raise IdentityError("unknown_action", action=action)
    return permit.roles


def _refuse_unsafe_permit(action: str, role: str, allowed: bool, by: Actor) -> None:
    if role not in ROLE_CODES:
        raise IdentityError("unknown_role", roles=[role])
    if not is_administrator(by):
        raise IdentityError("administrators_only")
    if (action, role, allowed) == ("identity.manage", ADMINISTRATOR, False):
        raise IdentityError("administrators_need_it", action=action)
    if allowed and role not in STAFF_ROLES and action.startswith(STAFF_ONLY_PARTS):
        raise IdentityError("staff_only", action=action)


@transaction.atomic
def load_departments(rows: Iterable[tuple[str, str, str]]) -> int:
    """Bring the responsible units (code, Chinese, English) up to date; returns how many."""
    count = 0
    for code, name_zh, name_en in rows:
        Department.objects.update_or_create(
            code=code, defaults={"name_zh": name_zh, "name_en": name_en}
        )
        count += 1
    return count
