"""Sign-ins and changes that people make to their own account, written into the audit.

Kept of a person: the user name and the address they came from. What was typed as a name is kept
only where an account has that name: people type passwords into the wrong field.
"""

from typing import Any, Final

from allauth.account import signals as account_signals
from allauth.core.internal.httpkit import get_client_ip
from allauth.mfa import signals as mfa_signals
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.core.cache import cache
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest

from ipudong.city.audit.services import record
from ipudong.city.identity.actors import ANONYMOUS
from ipudong.city.identity.models import Account

# One entry a minute for one account and address: guessing must not flood the audit.
FAILURE_NOTED_EVERY_S: Final = 60


def _peer(request: HttpRequest | None) -> str:
    return (get_client_ip(request) or "") if request is not None else ""


def _note_own(action: str, user: object, request: HttpRequest | None, **detail: str) -> None:
    """What an account did to itself."""
    if not isinstance(user, Account):
        return
    record(
        actor=user.get_username(),
        action=action,
        subject=f"account:{user.pk}",
        detail={"username": user.get_username(), "peer": _peer(request), **detail},
    )


@receiver(account_signals.user_logged_in)
def note_sign_in(request: HttpRequest, user: object, **_: Any) -> None:
    """Somebody is fully signed in, second factor included."""
    _note_own("identity.sign_in", user, request)


@receiver(account_signals.user_signed_up)
def note_sign_up(request: HttpRequest, user: object, **_: Any) -> None:
    """A resident opened an account."""
    _note_own("identity.sign_up", user, request)


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: object, **_: Any) -> None:
    """Somebody signed out."""
    _note_own("identity.sign_out", user, request)


@receiver([account_signals.password_changed, account_signals.password_set])
def note_password(request: HttpRequest, user: object, **_: Any) -> None:
    """Somebody changed their own password."""
    _note_own("identity.change_own_password", user, request)


@receiver(account_signals.password_reset)
def note_password_by_mail(request: HttpRequest, user: object, **_: Any) -> None:
    """Somebody set a new password by a link sent to them."""
    _note_own("identity.recover_password", user, request)


@receiver(mfa_signals.authenticator_added)
def note_factor_added(request: HttpRequest, user: object, authenticator: Any, **_: Any) -> None:
    """A one-time code, passkey or set of recovery codes was set up."""
    _note_own("identity.add_second_factor", user, request, kind=authenticator.type)


@receiver(mfa_signals.authenticator_removed)
def note_factor_removed(request: HttpRequest, user: object, authenticator: Any, **_: Any) -> None:
    """A second factor was taken away by its owner."""
    _note_own("identity.remove_second_factor", user, request, kind=authenticator.type)


@receiver(mfa_signals.authenticator_reset)
def note_factor_renewed(request: HttpRequest, user: object, authenticator: Any, **_: Any) -> None:
    """Recovery codes were made anew."""
    _note_own("identity.renew_second_factor", user, request, kind=authenticator.type)


@receiver(user_login_failed)
def note_failure(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    """A password was wrong, or the name is not known here."""
    _note_failure(_find_account(credentials), request, "password")


@receiver(mfa_signals.authentication_failed)
def note_factor_failure(request: HttpRequest, user: object, **_: Any) -> None:
    """The password was right and the second factor was not."""
    _note_failure(user if isinstance(user, Account) else None, request, "second_factor")


def _find_account(credentials: dict[str, Any]) -> Account | None:
    names = [str(credentials[key]) for key in ("username", "email") if credentials.get(key)]
    if not names:
        return None
    wanted = Q()
    for name in names:
        wanted |= Q(username__iexact=name) | Q(email__iexact=name)
    return Account.objects.filter(wanted).order_by("pk").first()


def _note_failure(account: Account | None, request: HttpRequest | None, step: str) -> None:
    peer = _peer(request)
    subject = f"account:{account.pk}" if account else "account:unknown"
    key = f"identity.fail_sign_in:{subject}:{peer}"
    if not cache.add(key, 1, timeout=FAILURE_NOTED_EVERY_S):
        return
    detail = {"peer": peer, "step": step}
    if account is not None:
        detail["username"] = account.get_username()
    record(actor=ANONYMOUS.name, action="identity.fail_sign_in", subject=subject, detail=detail)
