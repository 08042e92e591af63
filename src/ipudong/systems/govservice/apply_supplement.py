"""Answering what an office found missing (补正): exactly what it asked for, once and together."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.forms import Problem
from ipudong.city.casework.forms.declaration import NOTHING, Field, FormPage, Section, Words
from ipudong.city.casework.forms.posting import change_rows, drop_empty_rows, read_post
from ipudong.city.casework.forms.rendering import Drawing, draw_page
from ipudong.city.casework.models import Suspension
from ipudong.city.casework.services import answer_applicant
from ipudong.city.identity.pages import actor_of_request
from ipudong.systems.govservice import apply_files as files
from ipudong.systems.govservice.apply_cases import Applying
from ipudong.systems.govservice.apply_pages import for_applicant, say_refusal
from ipudong.systems.govservice.apply_track import find_supplement

TITLE = Words("补充材料", "What is missing")
LARGEST_TEXT = 2000


@for_applicant
def supplement(request: HttpRequest, applying: Applying) -> HttpResponse:
    """The questions and materials the office named, and a message with them."""
    asked = find_supplement(applying.case)
    if asked is None:
        return redirect("govservice:apply_track", applying.number)
    page = make_page(applying, asked.wanted)
    if request.method == "POST":
        return _take(request, applying, asked, page)
    return _show(request, applying, asked, page, applying.case.data, [])


def make_page(applying: Applying, wanted: Sequence[str]) -> FormPage:
    """A page of just those questions; every material where the office named none of the form's."""
    rows = [
        row
        for row in applying.form.list_asked(applying.case.data)
        if row.widget != "hidden" and (row.name in wanted or (row.material or "-") in wanted)
    ]
    fields: tuple[Field, ...] = tuple(rows) or applying.form.attachments
    if not fields:
        raise Http404
    section = Section(title=TITLE, help=NOTHING, fields=fields)
    return FormPage(code="supplement", title=TITLE, sections=(section,))


def _take(
    request: HttpRequest, applying: Applying, asked: Suspension, page: FormPage
) -> HttpResponse:
    by, at, post = actor_of_request(request), timezone.now(), request.POST
    answers = read_post(page, post, applying.case.data)
    changed = change_rows(page, post, answers)
    refused = _change_files(request, applying, page)
    answers = files.fill_slots(applying, changed[0] if changed else answers, by)
    if changed or {"upload", "drop", "reuse"} & set(post) or refused:
        status = 422 if refused else 200
        return _show(request, applying, asked, page, answers, refused, status=status)
    answers = drop_empty_rows(page, answers)
    wanted = {row.name: answers[row.name] for row in page.fields if row.name in answers}
    text = post.get("text", "")[:LARGEST_TEXT]
    try:
        answer_applicant(number=applying.number, data=wanted, text=text, by=by, at=at)
    except CaseworkError as error:
        found = error.fields.get("problems", ())
        problems = list(found) if isinstance(found, tuple) else []
        problems = problems or [Problem("", "refused", words=say_refusal(error))]
        return _show(request, applying, asked, page, answers, problems, status=422)
    messages.success(request, _("Sent. The clock of your case goes on."))
    return redirect("govservice:apply_track", applying.number)


def _change_files(request: HttpRequest, applying: Applying, page: FormPage) -> list[Problem]:
    by, at = actor_of_request(request), timezone.now()
    problems = []
    try:
        for button, act in (("drop", files.drop_file), ("reuse", files.reuse_licence)):
            slot, _mark, key = request.POST.get(button, "").partition(":")
            if slot:
                act(applying, slot, key, by=by, at=at)
        for row in page.fields:
            sent = request.FILES.getlist(f"file-{row.name}")
            if row.widget == "attachment" and sent:
                for error in files.add_files(applying, row.name, sent, by=by, at=at):
                    problems.append(Problem(row.name, "refused", words=say_refusal(error)))
    except CaseworkError as error:
        problems.append(Problem("", "refused", words=say_refusal(error)))
    return problems


def _show(
    request: HttpRequest,
    applying: Applying,
    asked: Suspension,
    page: FormPage,
    data: Mapping[str, Any],
    problems: Sequence[Problem],
    *,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of_request(request)
    drawing = Drawing(
        form=applying.form,
        page=page,
        data=data,
        problems=problems,
        files=files.list_files(applying, actor),
        reusable=files.list_reusable(applying),
        notes=files.note_materials(applying),
    )
    context = {
        "applying": applying,
        "case": applying.case,
        "asked": asked,
        "page": draw_page(drawing),
        "text": request.POST.get("text", "")[:LARGEST_TEXT],
    }
    return render(request, "govservice/apply/supplement.html", context, status=status)
