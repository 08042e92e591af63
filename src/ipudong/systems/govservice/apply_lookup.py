"""Where a case stands, without sign-in: by number and the phone's last digits, or by QR code."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.casework.models import Case
from ipudong.city.casework.queries.cases import get_case
from ipudong.city.casework.queries.catalogue import find_entry
from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.pages import permitted
from ipudong.systems.govservice.apply_timeline import say_state
from ipudong.systems.govservice.models import Application

LOOKUP: Final = system_actor("lookup")
MOST_FAILURES: Final = 5
PAUSE: Final = timedelta(hours=1)


@permitted("govservice.view")
def lookup(request: HttpRequest) -> HttpResponse:
    """Ask for number and last four digits; POST, so that no address holds them."""
    if request.method != "POST":
        return render(request, "govservice/apply/lookup.html", {})
    number = request.POST.get("number", "").strip().upper()[:24]
    tail = request.POST.get("tail", "").strip()[:4]
    application = find_by_tail(number, tail, at=timezone.now())
    if application is None:
        text = _("No case fits. Check the number and the digits; after five tries wait an hour.")
        context = {"problem": text, "number": number}
        return render(request, "govservice/apply/lookup.html", context, status=422)
    return _show(request, application)


@permitted("govservice.view")
def lookup_token(request: HttpRequest, token: str) -> HttpResponse:
    """What a receipt's QR code opens."""
    application = Application.objects.filter(token=token).first()
    if application is None:
        text = _("This code belongs to no case here.")
        return render(request, "govservice/apply/lookup.html", {"problem": text}, status=404)
    return _show(request, application)


@transaction.atomic
def find_by_tail(number: str, tail: str, *, at: datetime) -> Application | None:
    """The application of that number and phone tail.

    Five wrong digits close the number for an hour, so that nobody tries all ten thousand; the
    answer is the same for a wrong number, wrong digits and a closed one.
    """
    row = Application.objects.select_for_update().filter(pk=number).first()
    if row is None or not row.phone_tail:
        return None
    if row.failed_at is not None and at - row.failed_at > PAUSE:
        row.failures = 0
        Application.objects.filter(pk=row.pk).update(failures=0)
    if row.failures >= MOST_FAILURES:
        return None
    if secrets.compare_digest(row.phone_tail.encode(), tail.encode()):
        return row
    Application.objects.filter(pk=row.pk).update(failures=F("failures") + 1, failed_at=at)
    return None


def _show(request: HttpRequest, application: Application) -> HttpResponse:
    """The state, its dates, and no word of who applied or what for."""
    case: Case = get_case(LOOKUP, application.case_number)
    word, tone = say_state(case)
    entry = find_entry(application.item)
    context = {
        "case": case,
        "item": entry.name if entry else "",
        "state_word": word,
        "state_tone": tone,
    }
    answer = render(request, "govservice/apply/state.html", context)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
