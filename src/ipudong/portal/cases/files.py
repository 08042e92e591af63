"""Attachments and papers of a case, handed out to those who may see it."""

from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import add_never_cache_headers

from ipudong.city.casework.queries.documents import (
    Download,
    download_of_attachment,
    download_of_paper,
    find_attachment,
    find_paper,
    thumbnail_of,
)
from ipudong.city.identity.pages import actor_of_request, permitted
from ipudong.portal.cases.case_page import open_case_of
from ipudong.portal.cases.sections import VIEW

JPEG: Final = "image/jpeg"


def _send(download: Download) -> HttpResponseBase:
    """Always as a download: what a stranger handed in is never opened as a page of ours."""
    try:
        stream = download.path.open("rb")
    except OSError as error:
        raise Http404 from error
    response = FileResponse(
        stream,
        as_attachment=True,
        filename=download.name,
        content_type=download.media_type,
    )
    add_never_cache_headers(response)
    return response


@permitted(VIEW)
def send_attachment(request: HttpRequest, number: str, attachment_id: int) -> HttpResponseBase:
    """A file as it was handed in."""
    open_case_of(request, number)
    row = find_attachment(actor_of_request(request), attachment_id)
    if row is None or row.case_number != number:
        raise Http404
    return _send(download_of_attachment(row))


@permitted(VIEW)
def send_thumbnail(request: HttpRequest, number: str, attachment_id: int) -> HttpResponse:
    """A small picture of it."""
    open_case_of(request, number)
    row = find_attachment(actor_of_request(request), attachment_id)
    picture = thumbnail_of(row) if row and row.case_number == number else None
    if picture is None:
        raise Http404
    response = HttpResponse(picture, content_type=JPEG)
    add_never_cache_headers(response)
    return response


@permitted(VIEW)
def send_paper(request: HttpRequest, number: str, paper_number: str) -> HttpResponseBase:
    """A result paper as signed."""
    open_case_of(request, number)
    row = find_paper(actor_of_request(request), paper_number)
    if row is None or row.case_number != number:
        raise Http404
    return _send(download_of_paper(row))
