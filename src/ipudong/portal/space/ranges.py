"""Handing out a file: whole or a range of it (RFC 9110, 14), never shown as a page of ours."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from ipudong.city.casework.queries.documents import Download

CHUNK: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
# Even a file that slipped through every check runs nothing when opened from here.
_POLICY: Final = "default-src 'none'; sandbox"


def hand_out(request: HttpRequest, download: Download) -> HttpResponseBase:
    """The file as an attachment; 206 for one satisfiable range, 416 for one that is not."""
    if not download.path.is_file():
        return HttpResponse(status=410)
    size = download.path.stat().st_size
    etag = f'"{download.sha256}"'
    if request.headers.get("If-None-Match") == etag:
        return _dress(HttpResponse(status=304), download, etag)
    span = _find_span(request, size, etag)
    if span is None:
        response: HttpResponseBase = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{size}"
        return _dress(response, download, etag)
    first, last = span
    response = StreamingHttpResponse(_read(download.path, first, last - first + 1))
    response.headers["Content-Length"] = str(last - first + 1)
    if (first, last) != (0, size - 1):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return _dress(response, download, etag)


def _find_span(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """First and last byte wanted; the whole where no single range is asked for."""
    whole = (0, size - 1)
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or match.group(0) == "bytes=-" or request.method != "GET":
        return whole
    if request.headers.get("If-Range", etag) != etag:
        return whole
    begin, end = match.groups()
    if not begin:
        length = min(int(end), size)
        return (size - length, size - 1) if length else None
    first, last = int(begin), min(int(end) if end else size - 1, size - 1)
    return (first, last) if first <= last else None


def _read(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (chunk := file.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk


def _dress(response: HttpResponseBase, download: Download, etag: str) -> HttpResponseBase:
    disposition = content_disposition_header(as_attachment=True, filename=download.name)
    response.headers["Content-Type"] = download.media_type
    response.headers["Content-Disposition"] = disposition or "attachment"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["ETag"] = etag
    return response
