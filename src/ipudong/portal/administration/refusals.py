"""What is said when the identity part refuses: what is so, and what one may do."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.services import IdentityError

REFUSALS: Final[dict[str, Promise]] = {
    "own_account": _(
        "This is your own account. Use “Sign-in security” and “Change password” in your menu."
    ),
    "own_administrator": _(
        "You cannot take the administrator's role from yourself. Ask another administrator."
    ),
    "last_administrator": _("This is the last active administrator. Make somebody else one first."),
    "administrators_only": _(
        "Only an administrator may do this. Ask one, or leave the administrator's role out."
    ),
    "administrators_need_it": _(
        "Administrators must keep the management of accounts, or nobody could give it back."
    ),
    "staff_only": _("Accounts and the audit are for staff; choose a staff role."),
    "name_taken": _("This user name is taken; choose another."),
    "name_reserved": _("This name is kept for the system; choose another."),
    "unknown_department": _("This department is not known; choose one of the list."),
    "unknown_role": _("This role is not known; choose one of the list."),
    "unknown_action": _("This action is not known any more; open the list again."),
    "unknown_scope": _("One of these actions is not known any more; open the page again."),
    "scope_beyond_own": _("You may only hand on what your own account may do."),
    "lives_too_long": _("A token lives for a year at most; choose a shorter time."),
}


def words_of(error: IdentityError) -> str:
    """The refusal in the language of the page; its code where no words are known."""
    return str(REFUSALS.get(error.code, error.code))
