"""The page of one case, its drawing, and its applicant's data."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from ipudong.city.casework.calendar.days import CalendarError, add_working_days
from ipudong.city.casework.compiled_kinds import compiled
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case
from ipudong.city.casework.parties import PERSON
from ipudong.city.casework.queries.calendars import get_calendar
from ipudong.city.casework.queries.cases import draw_process, get_case
from ipudong.city.identity.models import Department
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.city.registry.errors import RegistryError
from ipudong.city.registry.purposes import PERSON_FIELDS, PURPOSES
from ipudong.city.registry.queries.people import read_person
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
from ipudong.portal.cases.case_views import draw_page, judge_standing
from ipudong.portal.cases.desk import draw
from ipudong.portal.cases.drawings import draw_picture
from ipudong.portal.cases.person_words import PersonRow, draw_person, words_of
from ipudong.portal.cases.sections import VIEW, WORK
from ipudong.portal.templatetags.portal import name_of

PURPOSE: Final = "case_handling"
ANSWER_DAYS: Final = 5


def open_case_of(request: HttpRequest, number: str) -> Case:
    """The case, or 404: whether a number exists is nobody's business."""
    try:
        return get_case(actor_of_request(request), number)
    except CaseworkError as error:
        raise Http404 from error


def draw_case_page(
    request: HttpRequest,
    case: Case,
    *,
    person: list[PersonRow] | None = None,
    refusal: str = "",
    refused: str = "",
    forms: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; `refusal` is the registry's, `refused` that of an act; `forms` replace
    those that were sent."""
    actor = actor_of_request(request)
    context = draw_page(actor, case)
    purpose = PURPOSES.get(PURPOSE)
    context |= {
        "is_person": case.applicant_kind == PERSON,
        "person": person,
        "person_refusal": refusal,
        "refused": refused,
        "purpose": purpose,
        "may_read_person": bool(purpose and purpose.allows(actor) and context["standing"].has_part),
        "picture": draw_picture(draw_process(case.number)),
        "forms": {**make_forms(case, context["versions"]), **(forms or {})},
    }
    return draw(request, "cases/case.html", context, status=status)


def make_forms(case: Case, versions: list[int]) -> dict[str, Any]:
    """Empty forms of the acts."""
    return {
        "message": MessageForm(auto_id="message_%s"),
        "ask": AskForm(fields=list_wanted(case), auto_id="ask_%s"),
        "suspend": SuspendForm(auto_id="suspend_%s"),
        "resume": ResumeForm(auto_id="resume_%s"),
        "consult": ConsultForm(
            departments=list_consulted(case),
            initial={"due_on": _propose_day()},
            auto_id="consult_%s",
        ),
        "answer": AnswerForm(auto_id="answer_%s"),
        "refuse": RefuseForm(auto_id="refuse_%s"),
        "offline": OfflineForm(auto_id="offline_%s"),
        "move": MoveForm(versions=versions, auto_id="move_%s"),
    }


def list_wanted(case: Case) -> list[tuple[str, str]]:
    """Questions of the application that may be asked for again."""
    form = compiled(case.kind).form_of("")
    if form is None:
        return []
    language = get_language() or "zh-hans"
    return [
        (field.name, field.label.said(language))
        for field in form.list_asked(case.data)
        if field.widget != "hidden"
    ]


def list_consulted(case: Case) -> list[tuple[str, str]]:
    """Departments that can be asked: all but the case's own."""
    rows = Department.objects.exclude(code=case.department).order_by("code")
    return [(row.code, name_of(row)) for row in rows]


def _propose_day() -> Any:
    today = timezone.localdate()
    try:
        return add_working_days(today, ANSWER_DAYS, get_calendar())
    except CalendarError:
        return today + timedelta(days=7)


@permitted(VIEW)
def show_case(request: HttpRequest, number: str) -> HttpResponse:
    """The case: where it stands, by when, what happened, and what can be done."""
    return draw_case_page(request, open_case_of(request, number))


@permitted(WORK)
@require_POST
def read_applicant(request: HttpRequest, number: str) -> HttpResponse:
    """The applicant's data from the registry, for this case; the reading is recorded and the
    person can see it."""
    case, actor = open_case_of(request, number), actor_of_request(request)
    if case.applicant_kind != PERSON or not judge_standing(actor, case).has_part:
        raise Http404
    try:
        view = read_person(
            by=actor, person_id=case.applicant_id, purpose=PURPOSE, case_number=case.number
        )
    except RegistryError as error:
        return draw_case_page(request, case, refusal=words_of(error), status=422)
    return draw_case_page(request, case, person=draw_person(view, PERSON_FIELDS))


@permitted(VIEW)
def send_drawing(request: HttpRequest, number: str) -> HttpResponse:
    """The process as a BPMN file with where the case stands, for the browser to draw."""
    case = open_case_of(request, number)
    picture = draw_process(case.number)
    body = json.dumps(
        {"bpmn": picture.bpmn, "current": picture.current, "passed": picture.passed},
        ensure_ascii=False,
    )
    response = HttpResponse(body, content_type="application/json")
    add_never_cache_headers(response)
    return response
