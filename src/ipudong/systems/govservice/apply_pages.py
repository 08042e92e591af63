"""Filling an application in: its pages, drafts that save themselves, the check, handing in."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from ipudong.city.casework.documents.refusals import DOCUMENT_TEXTS
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.forms import Problem
from ipudong.city.casework.forms.declaration import FormPage, Words
from ipudong.city.casework.forms.posting import change_rows, drop_empty_rows, read_post
from ipudong.city.casework.forms.problems import anchor_of
from ipudong.city.casework.forms.rendering import Drawing, draw_page, list_problem_lines
from ipudong.city.casework.forms.summary import list_answers
from ipudong.city.casework.queries.documents import (
    download_of_attachment,
    find_attachment,
    thumbnail_of,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.systems.govservice import apply_files as files
from ipudong.systems.govservice.apply_cases import (
    Applying,
    get_applying,
    hand_in,
    keep_answers,
    renew_draft,
)
from ipudong.systems.govservice.apply_parties import name_of_applicant

View = Callable[..., HttpResponseBase]


def for_applicant(view: View) -> View:
    """Hands the view its application in place of the number; 404 for everybody else's."""

    @permitted("govservice.apply")
    @wraps(view)
    def guarded(request: HttpRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            applying = get_applying(actor_of_request(request), number)
        except CaseworkError as error:
            raise Http404 from error
        return view(request, applying, *args, **kwargs)

    return guarded


@for_applicant
@require_GET
def resume(request: HttpRequest, applying: Applying) -> HttpResponse:
    """Go on where one stopped: the first page with something left to answer."""
    if not applying.is_draft:
        return redirect("govservice:apply_track", applying.number)
    left = renew_draft(applying, by=actor_of_request(request), at=timezone.now())
    applying.case.refresh_from_db()
    for page in applying.form.list_pages(applying.case.data):
        if left or not applying.form.clean(applying.case.data, page=page.code).ok:
            return redirect("govservice:apply_page", applying.number, page.code)
    return redirect("govservice:apply_check", applying.number)


@for_applicant
def fill_page(request: HttpRequest, applying: Applying, code: str) -> HttpResponse:
    """One page of the form."""
    page = _get_page(applying, code)
    if not applying.is_draft:
        return redirect("govservice:apply_track", applying.number)
    if request.method == "POST":
        return _take_page(request, applying, page)
    return _show_page(request, applying, page, applying.case.data, [])


def _get_page(applying: Applying, code: str) -> FormPage:
    pages = {page.code: page for page in applying.form.declaration.pages}
    if code not in pages:
        raise Http404
    return pages[code]


def _take_page(request: HttpRequest, applying: Applying, page: FormPage) -> HttpResponse:
    """Keep what was sent, right or wrong; then do what the pressed button says."""
    by, at, post = actor_of_request(request), timezone.now(), request.POST
    answers = read_post(page, post, applying.case.data, locked=applying.application.locked)
    changed = change_rows(page, post, answers)
    kept = changed[0] if changed else drop_empty_rows(page, answers)
    try:
        case = keep_answers(applying, kept, revision=_sent_revision(request), by=by, at=at)
    except CaseworkError as error:
        return _show_page(request, applying, page, answers, [], refusal=error, status=409)
    applying.case.data, applying.case.revision = case.data, case.revision
    if changed:
        return _go(applying, page, changed[1])
    acted = _act_on_files(request, applying, page, by)
    if acted is not None:
        return acted
    kept = applying.case.data  # with the files that came along
    if "later" in post:
        return redirect("govservice:apply_saved", applying.number)
    if post.get("form_version") != str(applying.form.version):
        return _show_page(request, applying, page, kept, [], renewed=True)
    problems = applying.form.clean(kept, page=page.code).problems
    if problems:
        return _show_page(request, applying, page, kept, problems, status=422)
    return _go_next(applying, page, kept)


def _sent_revision(request: HttpRequest) -> int:
    sent = request.POST.get("revision", "")
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else 0


def _go(applying: Applying, page: FormPage, anchor: str) -> HttpResponse:
    address = reverse("govservice:apply_page", args=[applying.number, page.code])
    return redirect(f"{address}#{anchor}")


def _go_next(applying: Applying, page: FormPage, data: Mapping[str, Any]) -> HttpResponse:
    codes = [one.code for one in applying.form.list_pages(data)]
    place = codes.index(page.code) + 1 if page.code in codes else len(codes)
    if place < len(codes):
        return redirect("govservice:apply_page", applying.number, codes[place])
    return redirect("govservice:apply_check", applying.number)


def _act_on_files(
    request: HttpRequest, applying: Applying, page: FormPage, by: Actor
) -> HttpResponse | None:
    """Files that came with the page, and its buttons about them; None where there was nothing."""
    try:
        slot, refused = _change_files(request, applying, page, by)
    except CaseworkError as error:
        slot, refused = "", [error]
    if not slot and not refused:
        return None
    if refused:
        problems = [Problem(slot, "refused", words=say_refusal(error)) for error in refused]
        return _show_page(request, applying, page, applying.case.data, problems, status=422)
    stays = {"upload", "drop", "reuse"} & set(request.POST)
    return _go(applying, page, anchor_of(slot)) if stays else None


def say_refusal(error: CaseworkError) -> Words:
    """Why a file or an act was refused, in the language of the page."""
    text = DOCUMENT_TEXTS.get(error.code)
    said = str(text).format(**error.fields) if text else error.text
    return Words(said, said)


def _change_files(
    request: HttpRequest, applying: Applying, page: FormPage, by: Actor
) -> tuple[str, list[CaseworkError]]:
    at, post = timezone.now(), request.POST
    for button, act in (("drop", files.drop_file), ("reuse", files.reuse_licence)):
        slot, _mark, key = post.get(button, "").partition(":")
        if slot:
            act(applying, slot, key, by=by, at=at)
            return slot, []
    touched = post.get("upload", "")
    refused: list[CaseworkError] = []
    for row in page.fields:
        sent = request.FILES.getlist(f"file-{row.name}")
        if row.widget == "attachment" and sent:
            touched = row.name
            refused += files.add_files(applying, row.name, sent, by=by, at=at)
    return touched, refused


def _show_page(
    request: HttpRequest,
    applying: Applying,
    page: FormPage,
    data: Mapping[str, Any],
    problems: Sequence[Problem],
    *,
    refusal: CaseworkError | None = None,
    renewed: bool = False,
    status: int = 200,
) -> HttpResponse:
    actor = actor_of_request(request)
    drawing = Drawing(
        form=applying.form,
        page=page,
        data=data,
        problems=problems,
        known=_list_known(applying, data),
        locked=applying.application.locked,
        files=files.list_files(applying, actor),
        reusable=files.list_reusable(applying),
        notes=files.note_materials(applying),
    )
    pages = applying.form.list_pages(data)
    codes = [one.code for one in pages]
    place = codes.index(page.code) if page.code in codes else 0
    context = {
        "applying": applying,
        "case": applying.case,
        "page": draw_page(drawing),
        "steps": draw_steps(applying, page.code),
        "back": codes[place - 1] if place > 0 else "",
        "place": place + 1,
        "count": len(codes) + 1,
        "saved_at": applying.case.changed_at,
        "refusal": refusal,
        "renewed": renewed,
    }
    return render(request, "govservice/apply/page.html", context, status=status)


def _list_known(applying: Applying, data: Mapping[str, Any]) -> list[str]:
    """Answers that are still those of the registers."""
    return [name for name in applying.application.prefilled if data.get(name) is not None]


def draw_steps(applying: Applying, here: str) -> list[dict[str, Any]]:
    """The way through the form, for the list of steps."""
    language = get_language() or "zh-hans"
    rows: list[dict[str, Any]] = [
        {
            "title": page.title.said(language),
            "url": reverse("govservice:apply_page", args=[applying.number, page.code]),
            "here": page.code == here,
            "done": applying.form.clean(applying.case.data, page=page.code).ok,
        }
        for page in applying.form.list_pages(applying.case.data)
    ]
    check = {
        "title": _("Check and submit"),
        "url": reverse("govservice:apply_check", args=[applying.number]),
        "here": here == "",
        "done": False,
    }
    return [*rows, check]


@for_applicant
@require_POST
def autosave(request: HttpRequest, applying: Applying, code: str) -> HttpResponse:
    """Keep a draft by itself; 409 where another window was faster."""
    page = _get_page(applying, code)
    data = read_post(page, request.POST, applying.case.data, locked=applying.application.locked)
    try:
        case = keep_answers(
            applying,
            data,
            revision=_sent_revision(request),
            by=actor_of_request(request),
            at=timezone.now(),
        )
    except CaseworkError as error:
        return JsonResponse({"code": error.code, "text": error.text}, status=409)
    saved_at = timezone.localtime(case.changed_at).strftime("%H:%M")
    return JsonResponse({"revision": case.revision, "saved_at": saved_at})


@for_applicant
@require_GET
def show_saved(request: HttpRequest, applying: Applying) -> HttpResponse:
    """Saved for later: the number, and how to come back."""
    return render(request, "govservice/apply/saved.html", {"applying": applying})


@for_applicant
def check(request: HttpRequest, applying: Applying) -> HttpResponse:
    """All answers once more; from here the application is handed in."""
    if request.method == "POST":
        return _submit(request, applying)
    if not applying.is_draft:
        return redirect("govservice:apply_track", applying.number)
    return _show_check(request, applying, [])


def _submit(request: HttpRequest, applying: Applying) -> HttpResponse:
    key = f"{applying.number}:{_sent_revision(request)}"
    by, at = actor_of_request(request), timezone.now()
    if applying.is_draft and _sent_revision(request) != applying.case.revision:
        stale = CaseworkError("stale", revision=applying.case.revision)
        return _show_check(request, applying, [], refusal=stale, status=409)
    try:
        hand_in(applying, key=key, by=by, at=at)
    except CaseworkError as error:
        if error.code == "not_a_draft":
            return redirect("govservice:apply_done", applying.number)
        problems = error.fields.get("problems", ())
        found = problems if isinstance(problems, tuple) else ()
        return _show_check(request, applying, found, refusal=error, status=422)
    return redirect("govservice:apply_done", applying.number)


def _show_check(
    request: HttpRequest,
    applying: Applying,
    problems: Sequence[Problem],
    *,
    refusal: CaseworkError | None = None,
    status: int = 200,
) -> HttpResponse:
    form, data = applying.form, applying.case.data
    problems = problems or form.clean(data).problems
    language = get_language() or "zh-hans"
    where = {row.name: page.code for page in form.declaration.pages for row in page.fields}
    lines = [
        {"line": line, "page": where.get(line.path.split("/")[0], "")}
        for line in list_problem_lines(form, problems, language)
    ]
    context = {
        "applying": applying,
        "case": applying.case,
        "pages": list_answers(form, data, files.list_files(applying, actor_of_request(request))),
        "change_url": reverse("govservice:apply_form", args=[applying.number]) + "page/",
        "problems": lines,
        "refusal": refusal,
        "steps": draw_steps(applying, ""),
        "applicant": name_of_applicant(applying.case.applicant),
        "fees": applying.item.fees_of(applying.situation),
        "days": applying.item.promised_days_of(applying.situation),
    }
    return render(request, "govservice/apply/check.html", context, status=status)


@for_applicant
@require_GET
def open_file(request: HttpRequest, applying: Applying, key: int) -> HttpResponseBase:
    """A file of the application as it was handed in, or its small picture (`?small=1`)."""
    row = find_attachment(actor_of_request(request), key)
    if row is None or row.case_number != applying.number:
        raise Http404
    if "small" in request.GET:
        picture = thumbnail_of(row)
        if picture is None:
            raise Http404
        return _harmless(HttpResponse(picture, content_type="image/jpeg"))
    download = download_of_attachment(row)
    stream = download.path.open("rb")
    answer = FileResponse(
        stream, as_attachment=True, filename=download.name, content_type=download.media_type
    )
    return _harmless(answer)


def _harmless(answer: HttpResponseBase) -> HttpResponseBase:
    """No browser may take what a stranger sent for a page of this site."""
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Cache-Control"] = "private, max-age=300"
    return answer
