"""The applicant's own case page: where it stands, what is asked of them, results, evaluation."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case, CaseState, Suspension
from ipudong.city.casework.queries.cases import list_events
from ipudong.city.casework.queries.documents import (
    download_of_paper,
    find_paper,
    list_papers_of_case,
)
from ipudong.city.casework.services import (
    evaluate_case,
    read_messages,
    send_message,
    withdraw_case,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request
from ipudong.systems.govservice.apply_cases import Applying
from ipudong.systems.govservice.apply_pages import for_applicant
from ipudong.systems.govservice.apply_parties import name_of_applicant
from ipudong.systems.govservice.apply_payments import FeeView, list_fees, pay_stub
from ipudong.systems.govservice.apply_receipts import draw_qr, render_receipt
from ipudong.systems.govservice.apply_timeline import (
    list_moments,
    list_open_steps,
    list_way,
    say_department,
    say_state,
)
from ipudong.systems.govservice.models import HandoverReceipt

LEVELS: Final[tuple[tuple[int, Promise], ...]] = (
    (5, gettext_lazy("Very satisfied")),
    (4, gettext_lazy("Satisfied")),
    (3, gettext_lazy("Acceptable")),
    (2, gettext_lazy("Dissatisfied")),
    (1, gettext_lazy("Very dissatisfied")),
)


@for_applicant
@require_GET
def track(request: HttpRequest, applying: Applying) -> HttpResponse:
    """Everything the applicant may know of their case."""
    if applying.is_draft:
        return redirect("govservice:apply_form", applying.number)
    actor = actor_of_request(request)
    if not applying.at_window and applying.case.messages.filter(read_at=None, from_applicant=False):
        read_messages(number=applying.number, by=actor, at=timezone.now())
    return render(request, "govservice/apply/track.html", _describe(request, applying, actor))


def _describe(request: HttpRequest, applying: Applying, actor: Actor) -> dict[str, Any]:
    case = applying.case
    word, tone = say_state(case)
    fees: list[FeeView] = list_fees(applying)
    return {
        "applying": applying,
        "case": case,
        "applicant": name_of_applicant(case.applicant),
        "state_word": word,
        "state_tone": tone,
        "moments": list_moments(case),
        "open_steps": list_open_steps(case),
        "way": list_way(applying),
        "supplement": find_supplement(case),
        "letters": [
            {"row": row, "from": say_department(row.department)} for row in case.messages.all()
        ],
        "papers": list(list_papers_of_case(actor, case.number)),
        "fees": fees,
        "is_paid": all(fee.paid_at for fee in fees),
        "receipts": list(HandoverReceipt.objects.filter(case_number=case.number)),
        "levels": LEVELS,
        "stars": _find_stars(case),
        "may_withdraw": case.is_open,
        "qr": draw_qr(tracking_address(request, applying)),
    }


def find_supplement(case: Case) -> Suspension | None:
    """What the office waits for from the applicant, if it does."""
    return case.suspensions.filter(ended_at=None, reason="supplement").first()


def _find_stars(case: Case) -> int:
    given = [row for row in list_events(case.number) if row.name == "evaluated"]
    return int(given[-1].payload.get("stars", 0)) if given else 0


def tracking_address(request: HttpRequest, applying: Applying) -> str:
    """What the QR code opens: the state of the case, nothing more."""
    address = reverse("govservice:lookup_token", args=[applying.application.token])
    return request.build_absolute_uri(address)


@for_applicant
@require_GET
def show_done(request: HttpRequest, applying: Applying) -> HttpResponse:
    """Handed in: the number, the receipt, what is promised and by which rule."""
    if applying.is_draft:
        return redirect("govservice:apply_check", applying.number)
    context = {
        "applying": applying,
        "case": applying.case,
        "qr": draw_qr(tracking_address(request, applying)),
        "days": applying.case.kind.limit_days,
        "legal_days": applying.case.kind.legal_limit_days,
        "way": list_way(applying),
        "fees": list_fees(applying),
    }
    return render(request, "govservice/apply/done.html", context)


@for_applicant
@require_GET
def receipt(request: HttpRequest, applying: Applying) -> HttpResponse:
    """The receipt as PDF."""
    if applying.is_draft:
        raise Http404
    pdf = render_receipt(applying, address=tracking_address(request, applying))
    answer = HttpResponse(pdf, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{applying.number}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@for_applicant
@require_GET
def open_paper(request: HttpRequest, applying: Applying, paper: str) -> HttpResponse:
    """A result paper: the signed PDF."""
    row = find_paper(actor_of_request(request), paper)
    if row is None or row.case_number != applying.number:
        raise Http404
    download = download_of_paper(row)
    answer = HttpResponse(download.path.read_bytes(), content_type=download.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@for_applicant
@require_POST
def act(request: HttpRequest, applying: Applying) -> HttpResponse:
    """Write, withdraw, pay (stub) or evaluate."""
    doing = {"write": _write, "withdraw": _withdraw, "pay": _pay, "evaluate": _evaluate}
    step = doing.get(request.POST.get("act", ""))
    if step is None:
        raise Http404
    try:
        said = step(request, applying, actor_of_request(request))
    except CaseworkError as error:
        messages.error(request, error.text)
    else:
        messages.success(request, said)
    if CaseState(applying.case.state) == CaseState.DRAFT:
        return redirect("govservice:home")
    return redirect("govservice:apply_track", applying.number)


def _write(request: HttpRequest, applying: Applying, by: Actor) -> str:
    text = request.POST.get("text", "")
    send_message(number=applying.number, text=text, by=by, at=timezone.now())
    return _("Your message was sent.")


def _withdraw(request: HttpRequest, applying: Applying, by: Actor) -> str:
    if request.POST.get("sure") != "true":
        raise CaseworkError("reason_missing")
    reason = request.POST.get("reason", "")[:500]
    withdraw_case(number=applying.number, by=by, at=timezone.now(), reason=reason)
    return _("The application was withdrawn.")


def _pay(request: HttpRequest, applying: Applying, by: Actor) -> str:
    pay_stub(applying, by=by, at=timezone.now())
    return _("Marked as paid in the payment stub. No money was moved.")


def _evaluate(request: HttpRequest, applying: Applying, by: Actor) -> str:
    stars = request.POST.get("stars", "")
    evaluate_case(
        number=applying.number,
        stars=int(stars) if stars in {"1", "2", "3", "4", "5"} else 0,
        text=request.POST.get("text", ""),
        by=by,
        at=timezone.now(),
    )
    return _("Thank you. Your evaluation is kept with the case.")
