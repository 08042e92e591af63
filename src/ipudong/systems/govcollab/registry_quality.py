"""The registry desk: how good the data are, and whether a claim holds."""

from typing import Any, Final

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.models import Organization, Person
from ipudong.city.registry.queries import verify_person
from ipudong.city.registry.queries.quality import find_last_quality
from ipudong.city.registry.queries.verifications import CLAIM_FIELDS
from ipudong.city.registry.records import QualityRow
from ipudong.city.registry.services.quality import measure_quality
from ipudong.systems.govcollab.registry_forms import ClaimForm
from ipudong.systems.govcollab.registry_shell import show
from ipudong.systems.govcollab.registry_words import RULES, say_refusal, title_of

VERIFICATIONS_PER_MINUTE: Final = 20
_MODELS: Final = {"person": Person, "organization": Organization}


@permitted("registry.view_quality")
@require_GET
def show_quality(request: HttpRequest) -> HttpResponse:
    """The newest measuring by field, and the rules that are broken."""
    report = find_last_quality()
    context: dict[str, Any] = {"report": report}
    if report is not None:
        context["groups"] = [
            (subject, [_row_words(row) for row in report.rows if row.subject == subject])
            for subject in _MODELS
        ]
        context["broken"] = [
            {"title": title, "advice": advice, "count": report.broken.get(code, 0)}
            for code, (title, advice) in RULES.items()
        ]
    return show(request, "quality", "quality.html", context)


@permitted("registry.view_quality")
@require_POST
def measure(request: HttpRequest) -> HttpResponse:
    """Measure now; one at a time, not more often than each minute."""
    if cache.add("registry.measure_quality", 1, 60):
        measure_quality(by=actor_of_request(request).name, at=timezone.now())
        messages.success(request, _("Measured."))
    else:
        messages.error(request, _("It was measured within the last minute."))
    return redirect("govcollab:registry_quality")


@permitted("registry.verify_person")
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Answer a claim yes or no; nothing else is shown."""
    form = ClaimForm(request.POST or None)
    context: dict[str, Any] = {"form": form}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _is_within_rate(request, form):
            status = _answer(request, form, context)
    return show(request, "verification", "verification.html", context, status)


def _answer(request: HttpRequest, form: ClaimForm, context: dict[str, Any]) -> int:
    try:
        found = verify_person(
            by=actor_of_request(request),
            claim=form.claim(),
            purpose=form.cleaned_data["purpose"],
            today=timezone.localdate(),
            case_number=form.cleaned_data["case_number"],
        )
    except RegistryError as error:
        form.add_error(None, say_refusal(error))
        return 422
    context["answers"] = [(CLAIM_FIELDS[field], holds) for field, holds in found.answers.items()]
    return 200


def _is_within_rate(request: HttpRequest, form: ClaimForm) -> bool:
    key = f"registry.verify:{actor_of_request(request).name}"
    cache.add(key, 0, 60)
    if cache.incr(key) <= VERIFICATIONS_PER_MINUTE:
        return True
    form.add_error(None, _("Too many claims in a minute. Wait a little."))
    return False


def _row_words(row: QualityRow) -> dict[str, Any]:
    share = row.completeness
    percent = None if share is None else share * 100
    tone = "good" if percent is None or percent >= 98 else "notice" if percent >= 90 else "bad"
    title = title_of(_MODELS[row.subject], row.field)
    shown = "" if percent is None else f"{percent:.1f} %"
    return {"row": row, "title": title, "percent": percent, "share": shown, "tone": tone}
