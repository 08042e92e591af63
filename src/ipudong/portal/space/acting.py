"""Changing whom one acts for (办理身份)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.audit.services import record
from ipudong.city.identity.pages import permitted
from ipudong.portal.space.parties import ACTING, standing_of


@permitted("space.open")
@require_POST
def choose_party(request: HttpRequest) -> HttpResponse:
    """Act for one of the parties from now on; acting for another is written down."""
    standing = standing_of(request)
    wanted = request.POST.get("party", "")
    party = next((row for row in standing.parties if row.code == wanted), None)
    if party is None:
        messages.error(request, _("You may not act for them, or not any more."))
        return redirect("portal:space:overview")
    request.session[ACTING] = party.code
    if party.applicant is not None and not party.is_self:
        record(
            actor=standing.actor.name,
            action="casework.act_for",
            subject=party.applicant.subject,
            at=timezone.now(),
        )
    messages.success(request, _("You now act for: %(name)s") % {"name": party.name})
    return redirect("portal:space:overview")
