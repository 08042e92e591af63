"""Strangers: devices that spoke but are not known, to be adopted or dismissed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import QuarantinedDevice
from ipudong.city.sensing.profiles import DeviceProfile
from ipudong.city.sensing.queries.devices import list_profiles
from ipudong.city.sensing.queries.intake import get_quarantined
from ipudong.city.sensing.services import adopt_device, dismiss_device
from ipudong.portal.device_forms import AdoptForm, make_fields_form, read_channels
from ipudong.portal.device_samples import guess_profile, read_samples
from ipudong.portal.device_words import PROTOCOLS, refusal_of
from ipudong.portal.district_maps import describe_map


def _find(request: HttpRequest, device_id: int) -> QuarantinedDevice:
    try:
        return get_quarantined(actor_of_request(request), device_id)
    except (QuarantinedDevice.DoesNotExist, OverflowError) as error:
        raise Http404 from error


@permitted("sensing.adopt_device")
def show_stranger(request: HttpRequest, device_id: int) -> HttpResponse:
    """What it sent, and the form that adopts it."""
    device = _find(request, device_id)
    profiles, raw = list_profiles(device.protocol), bytes(device.raw)
    initial = {"profile": guess_profile(device.protocol, raw), "name_zh": device.identity}
    form = AdoptForm(request.POST or None, profiles=profiles, initial=initial)
    fields = _list_fields(device, profiles, request)
    formset = make_fields_form(fields, request.POST or None, read_samples(raw)) if fields else None
    if request.method == "POST" and form.is_valid() and (formset is None or formset.is_valid()):
        thing_id = _adopt(request, device, form, formset)
        if thing_id is not None:
            return redirect("portal:device", thing_id)
    context = {
        "device": device,
        "protocol": PROTOCOLS.get(device.protocol, device.protocol),
        "form": form,
        "formset": formset,
        "map": {**describe_map(()), "pick": True},
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/pages/stranger.html", context, status=status)


def _list_fields(
    device: QuarantinedDevice, profiles: list[DeviceProfile], request: HttpRequest
) -> list[str]:
    """Fields to be described: where a profile for any device can be chosen."""
    can_guess = any(profile.guesses for profile in profiles)
    if request.method == "POST" and "fields-TOTAL_FORMS" not in request.POST:
        return []
    return list(device.fields) if can_guess else []


def _adopt(
    request: HttpRequest, device: QuarantinedDevice, form: AdoptForm, formset: Any
) -> int | None:
    by = actor_of_request(request).name
    chosen = next(p for p in list_profiles() if p.name == form.cleaned_data["profile"])
    try:
        channels = read_channels(formset, device.fields, by) if formset and chosen.guesses else None
        thing = adopt_device(
            quarantined=device, by=by, at=timezone.now(), channels=channels, **form.cleaned_data
        )
    except SensingError as error:
        form.add_error(None, refusal_of(error))
        return None
    messages.success(request, _("The device is adopted; what it sends from now on counts."))
    return thing.pk


@permitted("sensing.adopt_device")
@require_POST
def dismiss(request: HttpRequest, device_id: int) -> HttpResponse:
    """Decide that it stays a stranger."""
    dismiss_device(quarantined=_find(request, device_id), by=actor_of_request(request).name)
    messages.success(request, _("The device stays a stranger; it is still counted."))
    return redirect("portal:devices")
