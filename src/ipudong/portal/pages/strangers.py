"""Strangers: devices that spoke but are not known, to be adopted or dismissed."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.manifest import installed
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import QuarantinedDevice
from ipudong.city.sensing.profiles import DeviceProfile, declare_profiles
from ipudong.city.sensing.queries.intake import get_quarantined
from ipudong.city.sensing.services import adopt_device, dismiss_device
from ipudong.portal.device_forms import AdoptForm


def _profiles_for(device: QuarantinedDevice) -> list[DeviceProfile]:
    """Profiles of the installed systems that speak the device's protocol."""
    profiles: list[DeviceProfile] = [p for s in installed() for p in s.device_profiles]
    declare_profiles(profiles)
    return [profile for profile in profiles if profile.protocol == device.protocol]


def _find(request: HttpRequest, device_id: int) -> QuarantinedDevice:
    try:
        return get_quarantined(actor_of_request(request), device_id)
    except QuarantinedDevice.DoesNotExist as error:
        raise Http404 from error


@permitted("sensing.adopt_device")
def show_stranger(request: HttpRequest, device_id: int) -> HttpResponse:
    """What it sent, and the form that adopts it."""
    device = _find(request, device_id)
    form = AdoptForm(request.POST or None, profiles=_profiles_for(device))
    if request.method == "POST" and form.is_valid():
        thing_id = _adopt(request, device, form)
        if thing_id is not None:
            return redirect("portal:device", thing_id)
    return render(request, "portal/pages/stranger.html", {"device": device, "form": form})


def _adopt(request: HttpRequest, device: QuarantinedDevice, form: AdoptForm) -> int | None:
    try:
        thing = adopt_device(
            quarantined=device,
            by=actor_of_request(request).name,
            at=timezone.now(),
            **form.cleaned_data,
        )
    except SensingError as error:
        said = {"already_adopted": _("Somebody has adopted this device already.")}
        form.add_error(None, said.get(error.code, error.code))
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
