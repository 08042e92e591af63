"""Accounts: list, open, roles."""

from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from ipudong.city.audit.queries import list_entries
from ipudong.city.identity import accounts, directory
from ipudong.city.identity.directory import AccountFilter
from ipudong.city.identity.models import Account
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.identity.queries import is_allowed
from ipudong.city.identity.roles import RESIDENT, ROLE_CODES, ROLES
from ipudong.city.identity.services import IdentityError
from ipudong.portal.administration.account_forms import (
    GIVEN_ROLES,
    AccountForm,
    RolesForm,
    department_choices,
)
from ipudong.portal.administration.account_views import AccountView
from ipudong.portal.administration.entry_views import EntryView
from ipudong.portal.administration.pages import draw
from ipudong.portal.administration.refusals import words_of

ACCOUNTS_A_PAGE: Final = 40
RECENT_ENTRIES: Final = 10
STATES: Final = {"active": True, "deactivated": False}


def _filter_of(request: HttpRequest) -> AccountFilter:
    asked = request.GET
    role = asked.get("role", "")
    return AccountFilter(
        text=asked.get("q", "").strip()[:100],
        role=role if role in ROLE_CODES else "",
        department=asked.get("department", "")[:60],
        active=STATES.get(asked.get("state", "")),
    )


@permitted("identity.manage")
def list_accounts(request: HttpRequest) -> HttpResponse:
    """Accounts, searched by name, role, department and state."""
    wanted = _filter_of(request)
    found = directory.list_accounts(actor_of_request(request), wanted)
    page = Paginator(found, ACCOUNTS_A_PAGE).get_page(request.GET.get("page"))
    resident = next(role.title for role in ROLES if role.code == RESIDENT)
    context = {
        "page": page,
        "accounts": [AccountView(account) for account in page],
        "wanted": wanted,
        "state": request.GET.get("state", ""),
        "roles": [(RESIDENT, resident), *GIVEN_ROLES],
        "departments": department_choices(),
    }
    return draw(request, "administration/accounts.html", context)


@permitted("identity.manage")
@sensitive_variables("password")
def open_account(request: HttpRequest) -> HttpResponse:
    """Open an account; its first password is on the answer and nowhere else."""
    form = AccountForm(request.POST or None)
    if request.method != "POST":
        return draw(request, "administration/new_account.html", {"form": form})
    if form.is_valid():
        try:
            account, password = accounts.open_account(**_given(form), by=actor_of_request(request))
        except IdentityError as error:
            form.add_error("username" if error.code.startswith("name") else None, words_of(error))
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return show_password(request, account, password, is_new=True)
    return draw(request, "administration/new_account.html", {"form": form}, status=422)


def _given(form: RolesForm) -> dict[str, Any]:
    return {**form.cleaned_data, "department": form.cleaned_data["department"] or None}


def show_password(
    request: HttpRequest, account: Account, password: str, *, is_new: bool
) -> HttpResponse:
    """The one time that a password made here is seen."""
    context = {"view": AccountView(account), "password": password, "is_new": is_new}
    return draw(request, "administration/password.html", context)


def find_account(request: HttpRequest, account_id: int) -> Account:
    """The account of an address, or 404."""
    try:
        return directory.get_account(actor_of_request(request), account_id)
    except Account.DoesNotExist as error:
        raise Http404 from error


def _draw_account(
    request: HttpRequest, account: Account, form: RolesForm, status: int = 200
) -> HttpResponse:
    actor = actor_of_request(request)
    recent = list_entries(subject=f"account:{account.pk}")[:RECENT_ENTRIES]
    context = {
        "view": AccountView(account),
        "account": account,
        "form": form,
        "is_own": account.pk == actor.account_id,
        "sessions": directory.count_sessions(account),
        "factors": directory.list_second_factors(account),
        "may_audit": is_allowed(actor, "audit.view"),
        "entries": [EntryView(entry) for entry in recent],
    }
    return draw(request, "administration/account.html", context, status=status)


@permitted("identity.manage")
def show_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One account, its roles, and what may be done about it."""
    account = find_account(request, account_id)
    return _draw_account(request, account, RolesForm.of(account))


@permitted("identity.manage")
@require_POST
def change_roles(request: HttpRequest, account_id: int) -> HttpResponse:
    """Give the account the roles that are ticked."""
    account = find_account(request, account_id)
    form = RolesForm(request.POST)
    if not form.is_valid():
        return _draw_account(request, account, form, status=422)
    try:
        changed = accounts.change_roles(
            account=account, by=actor_of_request(request), **_given(form)
        )
    except IdentityError as error:
        form.add_error("roles", words_of(error))
        return _draw_account(request, account, form, status=422)
    if changed:
        messages.success(request, _("The roles are changed; they count from the next click."))
    else:
        messages.info(request, _("The roles were so already; nothing was changed."))
    return redirect("portal:administration:account", account_id)
