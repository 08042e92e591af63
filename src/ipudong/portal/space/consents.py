"""Consents to show a licence in a case: given, and taken back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.casework.documents.standing import holder_of
from ipudong.city.casework.models import LicenceUse
from ipudong.city.casework.queries.documents import list_uses_of, stands_for
from ipudong.city.casework.services.documents import withdraw_use
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.space.pages import draw
from ipudong.portal.space.parties import standing_of


@permitted("space.open")
def list_consents(request: HttpRequest) -> HttpResponse:
    """Every consent of the party, those that hold first."""
    party = standing_of(request).current
    whole = party.applicant if party.may_everything else None
    rows = list_uses_of([whole]) if whole else []
    rows.sort(key=lambda row: row.withdrawn_at is not None)
    return draw(request, "space/consents.html", {"uses": rows})


@permitted("space.open")
@require_POST
def withdraw(request: HttpRequest, use_id: int) -> HttpResponse:
    """Take one consent back."""
    use = LicenceUse.objects.select_related("licence").filter(pk=use_id).first()
    actor = actor_of_request(request)
    if use is None:
        raise Http404
    holder = holder_of(use.licence.holder_kind, use.licence.holder_id)
    if not stands_for(actor, holder, on=timezone.localdate()):
        raise Http404
    withdraw_use(use=use, by=actor, at=timezone.now())
    messages.success(request, _("The consent is taken back."))
    return redirect("portal:space:consents")
