"""Device profiles: those that systems bring, and those that staff write."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import ProfileRow
from ipudong.city.sensing.profiles import DeviceProfile
from ipudong.city.sensing.queries.devices import (
    count_by_profile,
    list_profile_rows,
    list_profiles,
)
from ipudong.city.sensing.services import apply_profile, delete_profile, save_profile
from ipudong.portal.device_words import PROTOCOLS, refusal_of
from ipudong.portal.pages.devices import acts_of
from ipudong.portal.profile_forms import ChannelsFormSet, ProfileForm, read_profile_channels


@permitted("sensing.adopt_device")
def list_all(request: HttpRequest) -> HttpResponse:
    """All profiles with the number of their devices."""
    written = set(list_profile_rows().values_list("name", flat=True))
    counts = count_by_profile()
    rows = [
        {
            "profile": profile,
            "protocol": PROTOCOLS.get(profile.protocol, profile.protocol),
            "is_written": profile.name in written,
            "devices": counts.get(profile.name, 0),
        }
        for profile in list_profiles()
    ]
    context = {"rows": rows, "acts": acts_of(request)}
    return render(request, "portal/pages/profiles.html", context)


def _find(name: str) -> ProfileRow:
    row = list_profile_rows().filter(pk=name).first()
    if row is None:
        raise Http404
    return row


@permitted("sensing.manage_profiles")
def write_profile(request: HttpRequest, name: str = "") -> HttpResponse:
    """A new profile, perhaps after the pattern of another (`?like=`), or a changed one."""
    row = _find(name) if name else None
    like = request.GET.get("like", "") if row is None else name
    pattern = next((profile for profile in list_profiles() if profile.name == like), None)
    form = ProfileForm(request.POST or None, row=row, initial=_initial(row, pattern))
    channels = [vars(channel) for channel in pattern.channels] if pattern else []
    formset = ChannelsFormSet(request.POST or None, initial=channels, prefix="channels")
    is_sent = request.method == "POST" and form.is_valid() and formset.is_valid()
    if is_sent and _save(request, form, formset):
        return redirect("portal:profiles")
    context = {
        "form": form,
        "formset": formset,
        "row": row,
        "devices": count_by_profile().get(name, 0) if row else 0,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/pages/profile.html", context, status=status)


def _initial(row: ProfileRow | None, pattern: DeviceProfile | None) -> dict[str, Any]:
    if row is not None:
        return vars(row)
    if pattern is None:
        return {"protocol": "mqtt", "payload": "json"}
    names = ("protocol", "payload", "topic", "kind", "system", "expected_interval_s")
    return {name: getattr(pattern, name) for name in names}


def _save(request: HttpRequest, form: ProfileForm, formset: Any) -> bool:
    by = actor_of_request(request).name
    profile = form.to_profile(read_profile_channels(formset))
    try:
        save_profile(profile=profile, by=by, at=timezone.now(), **form.titles)
        count = apply_profile(name=profile.name, by=by) if request.POST.get("apply") else 0
    except SensingError as error:
        form.add_error(None, refusal_of(error))
        return False
    messages.success(request, _("The profile is kept; the gateway knows it within a second."))
    if count:
        text = ngettext(
            "%(count)s device was brought up to it.",
            "%(count)s devices were brought up to it.",
            count,
        )
        messages.success(request, text % {"count": count})
    return True


@permitted("sensing.manage_profiles")
@require_POST
def delete(request: HttpRequest, name: str) -> HttpResponse:
    """Take a profile away that no device has."""
    row = _find(name)
    try:
        delete_profile(name=row.name, by=actor_of_request(request).name)
    except SensingError as error:
        messages.error(request, refusal_of(error))
    else:
        messages.success(request, _("The profile is deleted."))
    return redirect("portal:profiles")
