"""Registering a device by hand, changing it, its credentials, what its fields observe."""

import secrets
from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.credentials import kind_of
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.queries.devices import find_facts, list_profiles
from ipudong.city.sensing.services import (
    accept_certificate,
    draw_credential,
    edit_device,
    forget_fields,
    issue_credential,
    name_fields,
    register_device,
    resume_device,
    retire_thing,
    revoke_credential,
    suspend_device,
)
from ipudong.city.sensing.services.devices import get_profile
from ipudong.portal.device_forms import (
    CertificateForm,
    EditForm,
    RegisterForm,
    make_fields_form,
    read_channels,
)
from ipudong.portal.device_snippets import list_snippets
from ipudong.portal.device_views import see
from ipudong.portal.device_words import CREDENTIALS, refusal_of
from ipudong.portal.district_maps import describe_map
from ipudong.portal.pages.devices import find_thing_or_404

IMPORTED: Final = "imported"


@permitted("sensing.manage_devices")
@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """The form; then the token, shown this once, and what to type."""
    profiles = [row for row in list_profiles() if row.protocol != IMPORTED]
    form = RegisterForm(
        request.POST or None,
        profiles=profiles,
        initial={"profile": request.GET.get("profile", "generic_json")},
    )
    if request.method == "POST" and form.is_valid():
        made = _register(request, form)
        if made is not None:
            return _show_secret(request, *made, fresh=True)
    context = {"form": form, "map": {**describe_map(()), "pick": True}}
    status = 422 if form.errors else 200
    return render(request, "portal/pages/device_new.html", context, status=status)


def _register(request: HttpRequest, form: RegisterForm) -> tuple[Thing, str] | None:
    facts = dict(form.cleaned_data)
    facts["identity"] = facts["identity"] or secrets.token_hex(6)
    facts["expected_interval_s"] = facts["expected_interval_s"] or 0
    try:
        issued = draw_credential(get_profile(facts["profile"]).protocol)
        thing = register_device(
            **facts,
            credential=issued.kept,
            by=actor_of_request(request).name,
            at=timezone.now(),
        )
    except SensingError as error:
        field = "identity" if error.code == "identity_taken" else None
        form.add_error(field, refusal_of(error))
        return None
    return thing, issued.shown


def _show_secret(
    request: HttpRequest, thing: Thing, secret: str, *, fresh: bool = False
) -> HttpResponse:
    context = {
        "thing": thing,
        "view": see(thing),
        "secret": secret,
        "is_token": kind_of(Thing.objects.only("credential").get(pk=thing.pk).credential)
        == "token",
        "fresh": fresh,
        "snippets": list_snippets(thing, secret),
    }
    return render(request, "portal/pages/device_secret.html", context)


@permitted("sensing.manage_credentials")
@never_cache
def show_credential(request: HttpRequest, thing_id: int) -> HttpResponse:
    """How the device proves itself, and the acts that change it."""
    return _credential_page(request, find_thing_or_404(request, thing_id), CertificateForm())


def _credential_page(
    request: HttpRequest, thing: Thing, form: CertificateForm, status: int = 200
) -> HttpResponse:
    kind = kind_of(Thing.objects.only("credential").get(pk=thing.pk).credential)
    context = {
        "thing": thing,
        "view": see(thing),
        "kind": CREDENTIALS[kind],
        "kind_code": kind,
        "facts": find_facts(thing),
        "form": form,
        "snippets": list_snippets(thing),
    }
    return render(request, "portal/pages/device_credential.html", context, status=status)


@permitted("sensing.manage_credentials")
@require_POST
@never_cache
def issue(request: HttpRequest, thing_id: int) -> HttpResponse:
    """A new token or password; the earlier one ends."""
    thing = find_thing_or_404(request, thing_id)
    try:
        secret = issue_credential(thing=thing, by=actor_of_request(request).name, at=timezone.now())
    except SensingError as error:
        messages.error(request, refusal_of(error))
        return redirect("portal:device", thing_id)
    return _show_secret(request, thing, secret)


@permitted("sensing.manage_credentials")
@require_POST
def revoke(request: HttpRequest, thing_id: int) -> HttpResponse:
    """Let the device in with nothing."""
    thing = find_thing_or_404(request, thing_id)
    revoke_credential(thing=thing, by=actor_of_request(request).name, at=timezone.now())
    messages.success(request, _("The credential is revoked; the device is not let in any more."))
    return redirect("portal:device_credential", thing_id)


@permitted("sensing.manage_credentials")
@require_POST
def take_certificate(request: HttpRequest, thing_id: int) -> HttpResponse:
    """Know the device by its certificate."""
    thing, form = find_thing_or_404(request, thing_id), CertificateForm(request.POST)
    if form.is_valid():
        try:
            accept_certificate(
                thing=thing,
                fingerprint=form.cleaned_data["fingerprint"],
                by=actor_of_request(request).name,
                at=timezone.now(),
            )
        except SensingError as error:
            form.add_error("fingerprint", refusal_of(error))
        else:
            messages.success(request, _("The device is known by its certificate from now on."))
            return redirect("portal:device_credential", thing_id)
    return _credential_page(request, thing, form, status=422)


@permitted("sensing.manage_devices")
def edit(request: HttpRequest, thing_id: int) -> HttpResponse:
    """Change names, place and interval."""
    thing = find_thing_or_404(request, thing_id)
    form = EditForm(request.POST or None, initial=vars(thing))
    if request.method == "POST" and form.is_valid():
        edit_device(thing=thing, by=actor_of_request(request).name, **form.cleaned_data)
        messages.success(request, _("The device is changed."))
        return redirect("portal:device", thing_id)
    context = {
        "form": form,
        "thing": thing,
        "view": see(thing),
        "map": {**describe_map(()), "pick": True},
    }
    status = 422 if form.errors else 200
    return render(request, "portal/pages/device_edit.html", context, status=status)


def _suspend(thing: Thing, by: str) -> None:
    suspend_device(thing=thing, by=by, at=timezone.now())


def _resume(thing: Thing, by: str) -> None:
    resume_device(thing=thing, by=by)


def _retire(thing: Thing, by: str) -> None:
    retire_thing(thing=thing, by=by, at=timezone.now())


SERVICE_ACTS: Final[dict[str, tuple[Callable[[Thing, str], None], Promise]]] = {
    "suspend": (_suspend, gettext_lazy("The device is suspended; nothing it sends is taken.")),
    "resume": (_resume, gettext_lazy("The device is back in service.")),
    "retire": (_retire, gettext_lazy("The device is retired; its readings remain.")),
}


@permitted("sensing.manage_devices")
@require_POST
def change_service(request: HttpRequest, thing_id: int) -> HttpResponse:
    """Suspend, resume or retire."""
    thing = find_thing_or_404(request, thing_id)
    act = SERVICE_ACTS.get(request.POST.get("act", ""))
    if act is None:
        messages.error(request, _("That cannot be done with a device."))
    else:
        act[0](thing, actor_of_request(request).name)
        messages.success(request, str(act[1]))
    return redirect("portal:device", thing_id)


@permitted("sensing.manage_devices")
def show_fields(request: HttpRequest, thing_id: int) -> HttpResponse:
    """Fields the device sends and no channel takes, with a guess of what they observe."""
    thing = find_thing_or_404(request, thing_id)
    facts = find_facts(thing)
    unnamed: list[str] = facts.unnamed_fields if facts else []
    formset = make_fields_form(unnamed, request.POST or None)
    if request.method == "POST" and formset.is_valid():
        _name(request, thing, formset, unnamed)
        return redirect("portal:device", thing_id)
    context: dict[str, Any] = {"thing": thing, "view": see(thing), "formset": formset}
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/pages/device_fields.html", context, status=status)


def _name(request: HttpRequest, thing: Thing, formset: Any, unnamed: list[str]) -> None:
    by = actor_of_request(request).name
    try:
        channels = read_channels(formset, unnamed, by)
        if channels:
            name_fields(thing=thing, channels=channels, by=by)
        forget_fields(thing=thing, by=by)
    except SensingError as error:
        messages.error(request, refusal_of(error))
    else:
        messages.success(request, _("What these fields say from now on counts."))
