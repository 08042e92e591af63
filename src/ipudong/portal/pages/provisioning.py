"""Provisioning keys: made, shown once, counted, revoked."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import ProvisioningKey
from ipudong.city.sensing.queries.devices import (
    get_provisioning_key,
    list_profiles,
    list_provisioning_keys,
)
from ipudong.city.sensing.services import make_provisioning_key, revoke_provisioning_key
from ipudong.portal.device_words import refusal_of
from ipudong.portal.profile_forms import KeyForm


@permitted("sensing.manage_credentials")
@never_cache
def list_keys(request: HttpRequest) -> HttpResponse:
    """Keys, and the form that makes one; a new one is shown this once."""
    form = KeyForm(request.POST or None, profiles=list_profiles())
    made = _make(request, form) if request.method == "POST" and form.is_valid() else None
    now = timezone.now()
    keys = [
        {
            "key": key,
            "is_open": not key.revoked_at and key.expires_at > now and key.uses < key.most_uses,
        }
        for key in list_provisioning_keys(actor_of_request(request))[:100]
    ]
    context = {
        "form": KeyForm(profiles=list_profiles()) if made else form,
        "keys": keys,
        "now": now,
        "secret": made,
        "address": f"{settings.IPUDONG_GATEWAY_URL}/devices/provision",
    }
    status = 422 if request.method == "POST" and made is None else 200
    return render(request, "portal/pages/provisioning.html", context, status=status)


def _make(request: HttpRequest, form: KeyForm) -> str | None:
    now, values = timezone.now(), form.cleaned_data
    try:
        return make_provisioning_key(
            label=values["label"],
            profile=values["profile"],
            most_uses=values["most_uses"],
            place_code=values["place_code"],
            expires_at=now + form.lasts,
            by=actor_of_request(request).name,
            at=now,
        )[1]
    except SensingError as error:
        form.add_error(None, refusal_of(error))
        return None


@permitted("sensing.manage_credentials")
@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    """End a key."""
    actor = actor_of_request(request)
    try:
        key = get_provisioning_key(actor, key_id)
    except ProvisioningKey.DoesNotExist as error:
        raise Http404 from error
    revoke_provisioning_key(key=key, by=actor.name, at=timezone.now())
    messages.success(request, _("The key is revoked; devices that used it stay."))
    return redirect("portal:provisioning")
