"""Accounts as the pages show them."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ipudong.city.identity.accounts import IMPLIED_ROLES
from ipudong.city.identity.models import Account
from ipudong.city.identity.roles import RESIDENT, ROLES
from ipudong.portal.templatetags.portal import name_of

ROLE_TITLES: dict[str, Promise] = {role.code: role.title for role in ROLES}


@dataclass(frozen=True)
class AccountView:
    """One account with its words."""

    account: Account

    @property
    def url(self) -> str:
        return reverse("portal:administration:account", args=[self.account.pk])

    @property
    def name(self) -> str:
        return self.account.display_name or self.account.username

    @property
    def roles(self) -> list[str]:
        rows = [m.role for m in self.account.memberships.all() if m.role not in IMPLIED_ROLES]
        codes = list(dict.fromkeys(rows)) or [RESIDENT]
        return [str(ROLE_TITLES.get(code, code)) for code in codes]

    @property
    def departments(self) -> list[str]:
        found: dict[str, Any] = {
            row.department_id: row.department
            for row in self.account.memberships.all()
            if row.department_id
        }
        return [name_of(department) for department in found.values()]

    @property
    def state_title(self) -> str:
        return _("Active") if self.account.is_active else _("Deactivated")

    @property
    def tone(self) -> str:
        return "good" if self.account.is_active else ""
