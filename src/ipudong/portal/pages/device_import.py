"""Devices from a table: template, trial, import, tokens once; and the list as a table."""

from typing import Any, Final

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.sensing.device_table import titles, write_xlsx
from ipudong.city.sensing.errors import SensingError
from ipudong.city.sensing.queries.devices import list_profiles
from ipudong.city.sensing.services import ImportPlan, export_rows, import_devices, plan_import
from ipudong.portal.csv_files import csv_response
from ipudong.portal.device_words import refusal_of, reject_of
from ipudong.portal.pages.devices import choose_things, chosen_presence, narrow
from ipudong.portal.profile_forms import ImportForm

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SECRETS_AGE_S: Final = 3600
SALT: Final = "ipudong.imported_tokens"
REJECTS_SHOWN: Final = 200
EXAMPLE: Final = (
    "一号温湿度计",
    "Thermometer 1",
    "generic_json",
    "room-101",
    121.5447,
    31.2222,
    None,
    "某单位",
    60,
)


@permitted("sensing.manage_devices")
@never_cache
def import_page(request: HttpRequest) -> HttpResponse:
    """Upload; a trial shows what would happen, the import does it or nothing."""
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "profiles": list_profiles()}
    if request.method == "POST" and form.is_valid():
        context |= _handle(request, form)
    status = 422 if form.errors else 200
    return render(request, "portal/pages/device_import.html", context, status=status)


def _handle(request: HttpRequest, form: ImportForm) -> dict[str, Any]:
    file = form.cleaned_data["file"]
    try:
        plan = plan_import(file.name, file)
        if plan.rejects or "trial" in request.POST:
            return {"plan": plan, "rejects": _say(plan), "file_name": file.name}
        done = import_devices(plan=plan, by=actor_of_request(request).name, at=timezone.now())
    except SensingError as error:
        form.add_error("file", refusal_of(error))
        return {}
    # The tokens travel with the page and are kept nowhere; signed, so that only ours come back.
    sealed = signing.dumps(done.secrets, salt=SALT, compress=True) if done.secrets else ""
    return {"done": done, "sealed": sealed}


def _say(plan: ImportPlan) -> list[tuple[int, str]]:
    return [(line, reject_of(code, value)) for line, code, value in plan.rejects[:REJECTS_SHOWN]]


@permitted("sensing.manage_devices")
@require_POST
@never_cache
def give_tokens(request: HttpRequest) -> HttpResponseBase:
    """The tokens of the devices that were just imported, as a file."""
    try:
        rows = signing.loads(request.POST.get("sealed", ""), salt=SALT, max_age=SECRETS_AGE_S)
    except signing.BadSignature:
        return HttpResponse(status=410)
    head = [_("Device identity"), _("Chinese name"), _("Token or password")]
    return csv_response("device-tokens.csv", head, rows)


@permitted("sensing.manage_devices")
def give_template(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The columns with one example row."""
    return _table(f"devices-template.{kind}", kind, [EXAMPLE])


@permitted("sensing.adopt_device")
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The devices that the list shows, in the columns of the import; never a token."""
    things = narrow(choose_things(request), chosen_presence(request), timezone.now())
    return _table(f"devices.{kind}", kind, export_rows(things.exclude(identity="")))


def _table(name: str, kind: str, rows: Any) -> HttpResponseBase:
    if kind == "csv":
        return csv_response(name, titles(), rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(write_xlsx(titles(), rows), content_type=XLSX, headers=headers)
