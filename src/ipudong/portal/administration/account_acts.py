"""What an administrator does about one account: close, open, reset, sign out."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ipudong.city.identity import accounts
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.services import IdentityError
from ipudong.portal.administration.accounts import find_account, show_password
from ipudong.portal.administration.refusals import words_of


def _act(
    request: HttpRequest, account_id: int, act: Callable[[Account, Actor], str]
) -> HttpResponse:
    """Do it, say how it went, and go back to the account."""
    account = find_account(request, account_id)
    try:
        messages.success(request, act(account, actor_of_request(request)))
    except IdentityError as error:
        messages.error(request, words_of(error))
    return redirect("portal:administration:account", account_id)


@permitted("identity.manage")
@require_POST
def deactivate(request: HttpRequest, account_id: int) -> HttpResponse:
    """Close the account's door."""

    def act(account: Account, by: Actor) -> str:
        accounts.deactivate_account(account=account, by=by)
        return _("The account is deactivated and signed out everywhere.")

    return _act(request, account_id, act)


@permitted("identity.manage")
@require_POST
def reactivate(request: HttpRequest, account_id: int) -> HttpResponse:
    """Open the account's door again."""

    def act(account: Account, by: Actor) -> str:
        accounts.reactivate_account(account=account, by=by)
        return _("The account is active again, with the roles it had.")

    return _act(request, account_id, act)


@permitted("identity.manage")
@require_POST
def end_sessions(request: HttpRequest, account_id: int) -> HttpResponse:
    """Sign the account out everywhere."""

    def act(account: Account, by: Actor) -> str:
        count = accounts.end_sessions(account=account, by=by)
        text = ngettext("Signed out of %(count)s place.", "Signed out of %(count)s places.", count)
        return text % {"count": count}

    return _act(request, account_id, act)


@permitted("identity.manage")
@require_POST
def reset_second_factor(request: HttpRequest, account_id: int) -> HttpResponse:
    """Remove one-time codes and passkeys, for somebody who lost theirs."""

    def act(account: Account, by: Actor) -> str:
        if accounts.reset_second_factor(account=account, by=by):
            return _("The second factor is removed; it can be set up anew after signing in.")
        return _("No second factor was set up; nothing was changed.")

    return _act(request, account_id, act)


@permitted("identity.manage")
@require_POST
@sensitive_variables("password")
def reset_password(request: HttpRequest, account_id: int) -> HttpResponse:
    """Make a new password; it is on the answer and nowhere else."""
    account = find_account(request, account_id)
    try:
        password = accounts.reset_password(account=account, by=actor_of_request(request))
    except IdentityError as error:
        messages.error(request, words_of(error))
        return redirect("portal:administration:account", account_id)
    return show_password(request, account, password, is_new=False)
