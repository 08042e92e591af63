"""One's own record: who signed in with the account, and who changed it."""

from typing import Final

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ipudong.city.audit.models import Entry
from ipudong.city.audit.queries import list_before
from ipudong.city.identity.models import ApiToken
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.administration.entry_views import EntryView
from ipudong.portal.administration.pages import draw

ENTRIES_A_PAGE: Final = 30


@permitted("portal.view")
def show_own_record(request: HttpRequest) -> HttpResponse:
    """Entries about the reader's account and tokens, newest first; others' are never shown."""
    account_id = actor_of_request(request).account_id
    if account_id is None:
        return redirect_to_login(request.get_full_path())
    tokens = ApiToken.objects.filter(account_id=account_id).values_list("pk", flat=True)
    subjects = [f"account:{account_id}", *(f"token:{pk}" for pk in tokens)]
    found = Entry.objects.filter(subject__in=subjects, action__startswith="identity.")
    before = request.GET.get("before", "")
    rows = list_before(
        found,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        limit=ENTRIES_A_PAGE + 1,
    )
    reader = actor_of_request(request).name
    shown = rows[:ENTRIES_A_PAGE]
    context = {
        "entries": [EntryView(entry, reader) for entry in shown],
        "older": shown[-1].sequence if len(rows) > ENTRIES_A_PAGE else None,
        "lead": _("Sign-ins with your account and changes to it. Nobody can alter this record."),
    }
    return draw(request, "administration/own_record.html", context)
