"""Officers by name: whom a task may be given to, and how they are called on pages."""

from collections.abc import Iterable
from typing import Final

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.identity.models import Account
from ipudong.city.identity.roles import CLERK, DEPARTMENT_HEAD, DUTY_OFFICER

WORKERS: Final = (CLERK, DUTY_OFFICER, DEPARTMENT_HEAD)
MOST: Final = 300


def list_officers(departments: Iterable[str]) -> list[tuple[str, str]]:
    """(user name, name) of active officers of these departments, by name."""
    rows = Account.objects.filter(
        is_active=True,
        memberships__department__in=list(departments),
        memberships__role__in=WORKERS,
    ).distinct()
    return [
        (row.username, row.display_name or row.username) for row in rows.order_by("username")[:MOST]
    ]


def call_officers(usernames: Iterable[str]) -> dict[str, str]:
    """Names by user name; who has no account any more is called by their user name."""
    wanted = {name for name in usernames if name}
    rows = Account.objects.filter(username__in=wanted).values_list("username", "display_name")
    return {name: name for name in wanted} | {name: shown or name for name, shown in rows}


def say_refusal(error: CaseworkError) -> str:
    """The refusal with the officer's name instead of their user name."""
    by = error.fields.get("by")
    if isinstance(by, str) and by:
        return CaseworkError(error.code, **{**error.fields, "by": call_officers([by])[by]}).text
    return error.text
