"""Files and papers to open or keep: for those who have to do with the case; each opening noted."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from ipudong.city.audit.services import record
from ipudong.city.casework.documents.papers.issuing import link_of
from ipudong.city.casework.documents.papers.setting import draw_qr
from ipudong.city.casework.queries.documents import (
    download_of_attachment,
    download_of_paper,
    find_attachment,
    find_paper,
    thumbnail_of,
)
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.space.attachment_views import OPENED
from ipudong.portal.space.ranges import hand_out


@permitted("casework.read_documents")
@require_safe
def open_attachment(request: HttpRequest, attachment_id: int) -> HttpResponseBase:
    """A file of a case, as it was handed in."""
    row = find_attachment(actor_of_request(request), attachment_id)
    if row is None:
        raise Http404
    _note(request, row.case_number, row.name, row.sha256)
    return hand_out(request, download_of_attachment(row))


@permitted("casework.read_documents")
@require_safe
def open_thumbnail(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """A small picture of a file."""
    row = find_attachment(actor_of_request(request), attachment_id)
    small = thumbnail_of(row) if row else None
    if small is None:
        raise Http404
    return _small_file(small, "image/jpeg", "small.jpg")


@permitted("casework.read_documents")
@require_safe
def open_paper(request: HttpRequest, number: str) -> HttpResponseBase:
    """A paper, the signed PDF."""
    row = find_paper(actor_of_request(request), number)
    if row is None:
        raise Http404
    _note(request, row.case_number, row.number, row.sha256)
    return hand_out(request, download_of_paper(row))


@permitted("casework.read_documents")
@require_safe
def draw_code(request: HttpRequest, number: str) -> HttpResponse:
    """The QR of a paper, to be shown to whoever checks it."""
    row = find_paper(actor_of_request(request), number)
    if row is None:
        raise Http404
    return _small_file(draw_qr(link_of(row)).encode(), "image/svg+xml", "qr.svg")


def _small_file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    disposition = content_disposition_header(as_attachment=False, filename=name)
    response.headers["Content-Disposition"] = disposition or "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=600"
    return response


def _note(request: HttpRequest, case_number: str, name: str, sha256: str) -> None:
    record(
        actor=actor_of_request(request).name,
        action=OPENED,
        subject=f"case:{case_number}",
        detail={"name": name, "sha256": sha256},
        at=timezone.now(),
    )
