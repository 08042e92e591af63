"""Firmware packages and the campaigns that bring them to devices."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.command_kinds import find_command_kind
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.models import Campaign, FirmwarePackage, TargetState, Thing
from ipudong.city.sensing.queries.devices import (
    count_targets,
    get_campaign,
    get_package,
    list_campaigns,
    list_firmware_versions,
    list_packages,
    list_profiles,
    list_targets,
)
from ipudong.city.sensing.services import (
    abort_campaign,
    pause_campaign,
    resume_campaign,
    start_campaign,
    store_firmware,
    withdraw_firmware,
)
from ipudong.city.sensing.services.campaigns import UPDATE, list_updatable
from ipudong.portal.device_words import (
    CAMPAIGN_TONES,
    TARGET_TONES,
    reason_of,
    refusal_of,
)
from ipudong.portal.pages.devices import acts_of
from ipudong.portal.profile_forms import CampaignForm, FirmwareForm


def _updatable_profiles() -> list[Any]:
    """Profiles whose devices can be told to update."""
    return [row for row in list_profiles() if find_command_kind(row.protocol, UPDATE)]


@permitted("sensing.adopt_device")
def list_all(request: HttpRequest) -> HttpResponse:
    """Packages and campaigns."""
    actor = actor_of_request(request)
    campaigns = [_describe(row) for row in list_campaigns(actor)[:50]]
    packages = list(list_packages(actor)[:100])
    profiles = sorted({package.profile for package in packages})
    context = {
        "packages": packages,
        "campaigns": campaigns,
        "versions": [(profile, list_firmware_versions(profile)) for profile in profiles],
        "acts": acts_of(request),
    }
    return render(request, "portal/pages/firmware.html", context)


def _describe(campaign: Campaign) -> dict[str, Any]:
    counts = count_targets(campaign)
    total = sum(counts.values())
    failed = counts.get("failed", 0) + counts.get("timed_out", 0)
    underway = counts.get("notified", 0) + counts.get("downloading", 0)
    shares = [
        ("good", counts.get("applied", 0)),
        ("bad", failed),
        ("river", underway),
    ]
    return {
        "campaign": campaign,
        "tone": CAMPAIGN_TONES[campaign.state],
        "total": total,
        "applied": counts.get("applied", 0),
        "failed": failed,
        "underway": underway,
        "pending": counts.get("pending", 0),
        "bars": [(tone, round(100 * count / total, 2)) for tone, count in shares if total],
        "reason": reason_of(campaign.ended_reason) if campaign.ended_reason else "",
    }


@permitted("sensing.update_firmware")
def upload(request: HttpRequest) -> HttpResponse:
    """Keep a package."""
    form = FirmwareForm(request.POST or None, request.FILES or None, profiles=_updatable_profiles())
    if request.method == "POST" and form.is_valid() and _store(request, form):
        return redirect("portal:firmware")
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/pages/firmware_new.html", {"form": form}, status=status)


def _store(request: HttpRequest, form: FirmwareForm) -> bool:
    values = form.cleaned_data
    try:
        package = store_firmware(
            profile=values["profile"],
            version=values["version"],
            name=values["file"].name,
            content=values["file"],
            notes=values["notes"],
            by=actor_of_request(request).name,
            at=timezone.now(),
        )
    except SensingError as error:
        field = "version" if error.code == "version_taken" else "file"
        form.add_error(field, refusal_of(error))
        return False
    text = _("Version %(version)s is kept. Start a campaign to bring it to the devices.")
    messages.success(request, text % {"version": package.version})
    return True


@permitted("sensing.update_firmware")
@require_POST
def withdraw(request: HttpRequest, package_id: int) -> HttpResponse:
    """Give a package to nobody any more."""
    actor = actor_of_request(request)
    try:
        package = get_package(actor, package_id)
    except FirmwarePackage.DoesNotExist as error:
        raise Http404 from error
    try:
        withdraw_firmware(package=package, by=actor.name, at=timezone.now())
    except SensingError as error:
        messages.error(request, refusal_of(error))
    else:
        messages.success(request, _("The package is withdrawn."))
    return redirect("portal:firmware")


@permitted("sensing.update_firmware")
def start(request: HttpRequest) -> HttpResponse:
    """Begin a campaign."""
    packages = list_packages(actor_of_request(request)).filter(withdrawn_at=None)
    initial = {"package": request.GET.get("package", "")}
    form = CampaignForm(request.POST or None, packages=packages, initial=initial)
    if request.method == "POST" and form.is_valid():
        campaign = _start(request, form)
        if campaign is not None:
            return redirect("portal:campaign", campaign.pk)
    context = {"form": form, "packages": packages}
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/pages/campaign_new.html", context, status=status)


def _start(request: HttpRequest, form: CampaignForm) -> Campaign | None:
    actor, values = actor_of_request(request), form.cleaned_data
    package = get_package(actor, int(values["package"]))
    things = list_updatable(package)
    if values["place_code"]:
        things = things.filter(place_code=values["place_code"])
    identities = values["identities"].split()
    if identities:
        unknown = _find_unknown(package, identities)
        if unknown:
            text = _("No device of this profile is called: %(names)s")
            form.add_error("identities", text % {"names": ", ".join(unknown[:10])})
            return None
        things = things.filter(identity__in=identities)
    try:
        return start_campaign(
            package=package,
            title=values["title"],
            things=things.values_list("pk", flat=True),
            by=actor.name,
            at=timezone.now(),
            pace=form.pace,
        )
    except SensingError as error:
        form.add_error(None, refusal_of(error))
        return None


def _find_unknown(package: FirmwarePackage, identities: list[str]) -> list[str]:
    things = Thing.objects.filter(profile=package.profile, identity__in=identities)
    known = set(things.values_list("identity", flat=True))
    return [identity for identity in identities if identity not in known]


def _find(request: HttpRequest, campaign_id: int) -> Campaign:
    try:
        return get_campaign(actor_of_request(request), campaign_id)
    except Campaign.DoesNotExist as error:
        raise Http404 from error


@permitted("sensing.adopt_device")
def show_campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """How far it has come, device by device; htmx asks for the part that changes."""
    campaign = _find(request, campaign_id)
    state = request.GET.get("state", "")
    state = state if state in TargetState.values else ""
    page = Paginator(list_targets(campaign, state=state), 50).get_page(request.GET.get("page"))
    counts = count_targets(campaign)
    context = {
        **_describe(campaign),
        "page": page,
        "targets": [(row, TARGET_TONES[row.state], reason_of(row.detail)) for row in page],
        "states": [
            (code, title, counts[code]) for code, title in TargetState.choices if code in counts
        ],
        "state": state,
        "acts": acts_of(request),
    }
    is_part = bool(request.headers.get("HX-Request"))
    template = "portal/parts/campaign_progress.html" if is_part else "portal/pages/campaign.html"
    return render(request, template, context)


@permitted("sensing.update_firmware")
@require_POST
def change_campaign(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """Pause, resume or abort."""
    campaign, by = _find(request, campaign_id), actor_of_request(request).name
    try:
        match request.POST.get("act"):
            case "pause":
                pause_campaign(campaign=campaign, by=by)
            case "resume":
                resume_campaign(campaign=campaign, by=by)
            case "abort":
                abort_campaign(campaign=campaign, by=by, at=timezone.now())
            case _:
                messages.error(request, _("That cannot be done with a campaign."))
    except SensingError as error:
        messages.error(request, refusal_of(error))
    return redirect("portal:campaign", campaign_id)
