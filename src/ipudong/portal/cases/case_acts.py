"""What officers do about one case."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ipudong.city.casework import services
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.cases.case_forms import (
    AnswerForm,
    AskForm,
    ConsultForm,
    MessageForm,
    MoveForm,
    OfflineForm,
    RefuseForm,
    ResumeForm,
    SuspendForm,
)
from ipudong.portal.cases.case_page import (
    draw_case_page,
    list_consulted,
    list_wanted,
    open_case_of,
)
from ipudong.portal.cases.case_views import judge_standing
from ipudong.portal.cases.officers import say_refusal
from ipudong.portal.cases.sections import MANAGE, WORK

Act = Callable[[Actor, datetime, dict[str, Any]], object]


def _act(
    request: HttpRequest, case: Case, name: str, form: forms.Form, act: Act, done: str
) -> HttpResponse:
    """Do it and show the case; a refusal is told at the top, and what was written stays."""
    refused = ""
    if form.is_valid():
        try:
            act(actor_of_request(request), timezone.now(), form.cleaned_data)
        except CaseworkError as error:
            refused = say_refusal(error)
        else:
            messages.success(request, done)
            return redirect("portal:cases:case", case.number)
    return draw_case_page(
        request, case, refused=refused, forms={name: form, "open": name}, status=422
    )


@permitted(WORK)
@require_POST
def send_message(request: HttpRequest, number: str) -> HttpResponse:
    """Write to the applicant."""
    case = open_case_of(request, number)
    return _act(
        *(request, case, "message", MessageForm(request.POST, auto_id="message_%s")),
        lambda by, at, data: services.send_message(number=number, text=data["text"], by=by, at=at),
        _("The message is sent."),
    )


@permitted(WORK)
@require_POST
def read_messages(request: HttpRequest, number: str) -> HttpResponse:
    """What the applicant wrote has been read."""
    open_case_of(request, number)
    try:
        services.read_messages(number=number, by=actor_of_request(request), at=timezone.now())
    except CaseworkError as error:
        messages.error(request, say_refusal(error))
    return redirect("portal:cases:case", number)


@permitted(WORK)
@require_POST
def ask_applicant(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for what is missing; the clock stands until it comes."""
    case = open_case_of(request, number)
    form = AskForm(request.POST, fields=list_wanted(case), auto_id="ask_%s")
    return _act(
        *(request, case, "ask", form),
        lambda by, at, data: services.ask_applicant(
            number=number, text=data["text"], wanted=data.get("wanted", []), by=by, at=at
        ),
        _("The applicant is asked; the clock stands still until they answer."),
    )


@permitted(WORK)
@require_POST
def suspend(request: HttpRequest, number: str) -> HttpResponse:
    """Stop the clock, with its ground."""
    case = open_case_of(request, number)
    return _act(
        *(request, case, "suspend", SuspendForm(request.POST, auto_id="suspend_%s")),
        lambda by, at, data: services.suspend_case(number=number, by=by, at=at, **data),
        _("The case is suspended."),
    )


@permitted(WORK)
@require_POST
def resume(request: HttpRequest, number: str) -> HttpResponse:
    """Let the clock go on."""
    case = open_case_of(request, number)
    return _act(
        *(request, case, "resume", ResumeForm(request.POST, auto_id="resume_%s")),
        lambda by, at, data: services.resume_case(number=number, by=by, at=at, **data),
        _("The case goes on; its due dates are reckoned anew."),
    )


@permitted(WORK)
@require_POST
def consult(request: HttpRequest, number: str) -> HttpResponse:
    """Ask other departments, several at once; the process goes on beside."""
    case = open_case_of(request, number)
    form = ConsultForm(request.POST, departments=list_consulted(case), auto_id="consult_%s")

    def act(by: Actor, at: datetime, data: dict[str, Any]) -> None:
        for department in data["departments"]:
            services.consult(
                number=number,
                department=department,
                question=data["question"],
                due_on=data["due_on"],
                by=by,
                at=at,
            )

    return _act(request, case, "consult", form, act, _("The departments are asked."))


@permitted(WORK)
@require_POST
def answer_consultation(request: HttpRequest, number: str, consultation_id: int) -> HttpResponse:
    """Say what the own department holds."""
    case = open_case_of(request, number)
    if not case.consultations.filter(pk=consultation_id).exists():
        raise Http404
    return _act(
        *(request, case, "answer", AnswerForm(request.POST, auto_id="answer_%s")),
        lambda by, at, data: services.answer_consultation(
            consultation_id=consultation_id, by=by, at=at, **data
        ),
        _("The answer is given."),
    )


@permitted(WORK)
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Accept formally, where the process has no step that does so."""
    open_case_of(request, number)
    try:
        services.accept_case(number=number, by=actor_of_request(request), at=timezone.now())
    except CaseworkError as error:
        messages.error(request, say_refusal(error))
    else:
        messages.success(request, _("The application is accepted; the promised time runs."))
    return redirect("portal:cases:case", number)


@permitted(WORK)
@require_POST
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """End it against the applicant, with reason and clause."""
    case = open_case_of(request, number)
    return _act(
        *(request, case, "refuse", RefuseForm(request.POST, auto_id="refuse_%s")),
        lambda by, at, data: services.refuse_case(number=number, by=by, at=at, **data),
        _("The application is refused; the applicant is told why."),
    )


@permitted(WORK)
@require_POST
def note_offline(request: HttpRequest, number: str) -> HttpResponse:
    """Say what was done outside the system; supervision is told."""
    case = open_case_of(request, number)
    return _act(
        *(request, case, "offline", OfflineForm(request.POST, auto_id="offline_%s")),
        lambda by, at, data: services.note_offline(number=number, by=by, at=at, **data),
        _("It is written down."),
    )


@permitted(MANAGE)
@require_POST
def move(request: HttpRequest, number: str) -> HttpResponse:
    """Let the case go on under another version of its process."""
    case = open_case_of(request, number)
    if not judge_standing(actor_of_request(request), case).manages:
        raise Http404
    context_versions = [int(n) for n in request.POST.getlist("version") if n.isdecimal()][:1]
    form = MoveForm(request.POST, versions=context_versions, auto_id="move_%s")
    return _act(
        *(request, case, "move", form),
        lambda by, at, data: services.move_case(number=number, by=by, at=at, **data),
        _("The case goes on under the other version."),
    )
