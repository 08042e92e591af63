"""The multipart form of a batch (SensorThings 1.1, 11.1; RFC 2046, RFC 7230 inside)."""

import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from itertools import groupby
from typing import Final

from ipudong.gateway.api.problems import bad_request
from ipudong.gateway.sensorthings.batch import check_count
from ipudong.gateway.sensorthings.dispatch import Inner, Outcome

_BOUNDARY: Final = re.compile(r'boundary="?([A-Za-z0-9\'()+_,./:=? -]{1,70})"?')
UNNAMED: Final = "part "
_REQUEST_LINE: Final = re.compile(r"([A-Za-z]{3,7}) (\S+)(?: HTTP/\d(?:\.\d)?)?")


def is_multipart(content_type: str) -> bool:
    """Whether a batch is of the multipart form."""
    return content_type.lower().startswith("multipart/mixed")


def read_requests(body: bytes, content_type: str) -> list[Inner]:
    """The requests of a multipart batch. Raises RequestRefused (400)."""
    found: list[Inner] = []
    for number, (headers, content) in enumerate(_split(body, content_type)):
        kind = headers.get("content-type", "")
        if is_multipart(kind):
            group = f"change set {number}"
            members = list(_split(content, kind))
            found += [
                _read_http(*member, f"{number}.{place}", group)
                for place, member in enumerate(members)
            ]
        else:
            found.append(_read_http(headers, content, str(number), ""))
        check_count(len(found))
    if not found:
        raise bad_request("bad_batch", "The batch is empty.")
    if len({inner.id for inner in found}) != len(found):
        raise bad_request("bad_batch", "Two requests have the same Content-ID.")
    return found


def _split(body: bytes, content_type: str) -> Iterator[tuple[dict[str, str], bytes]]:
    """Headers and content of each part."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise bad_request("bad_batch", "The Content-Type names no boundary.")
    mark = b"--" + found.group(1).strip().encode()
    lines = b"\n" + body.replace(b"\r\n", b"\n")
    parts = lines.split(b"\n" + mark)
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise bad_request("bad_batch", "The last boundary is missing.")
    for part in parts[1:-1]:
        yield _read_headers(part.removeprefix(b"\n").lstrip(b" \t"))


def _read_headers(text: bytes) -> tuple[dict[str, str], bytes]:
    """Header lines until an empty one, and what follows it."""
    head, _, content = (b"\n" + text if text.startswith(b"\n") else text).partition(b"\n\n")
    headers = {}
    for line in head.decode("latin-1").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return headers, content


def _read_http(headers: dict[str, str], content: bytes, number: str, group: str) -> Inner:
    if not headers.get("content-type", "").lower().startswith("application/http"):
        raise bad_request("bad_batch", f"Part {number} is not application/http.")
    line, _, rest = content.lstrip(b"\n").partition(b"\n")
    found = _REQUEST_LINE.fullmatch(line.decode("latin-1").strip())
    if found is None:
        raise bad_request("bad_batch", f"Part {number} begins with no request line.")
    # A request without headers has an empty line, or its end, right after the first.
    inner, body = _read_headers(rest) if not rest.startswith(b"\n") else ({}, rest[1:])
    return Inner(
        id=headers.get("content-id") or f"{UNNAMED}{number}",
        method=found.group(1).upper(),
        url=found.group(2),
        headers=inner,
        body=body.strip(b"\n"),
        group=group,
    )


def write_responses(done: Sequence[tuple[Inner, Outcome]], boundary: str) -> bytes:
    """The multipart answer to a multipart batch."""
    parts = []
    for group, members in groupby(done, key=lambda pair: pair[0].group):
        some = list(members)
        if not group:
            parts += [_write_http(*pair) for pair in some]
            continue
        failed = [pair for pair in some if not pair[1].is_good and pair[1].status != _UNDONE]
        if failed:  # a change set that failed has one answer
            parts.append(_write_http(*failed[0]))
            continue
        inner = f"changeset_{len(parts)}_{boundary.removeprefix('batch_')}"
        written = _join([_write_http(*pair) for pair in some], inner)
        parts.append(f"Content-Type: multipart/mixed; boundary={inner}\r\n\r\n".encode() + written)
    return _join(parts, boundary)


_UNDONE: Final = 424


def _join(parts: Sequence[bytes], boundary: str) -> bytes:
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return body + mark + b"--\r\n"


def _write_http(inner: Inner, outcome: Outcome) -> bytes:
    try:
        phrase = HTTPStatus(outcome.status).phrase
    except ValueError:
        phrase = ""
    lines = ["Content-Type: application/http"]
    if not inner.id.startswith(UNNAMED):
        lines.append(f"Content-ID: {inner.id}")
    lines.append("")
    lines.append(f"HTTP/1.1 {outcome.status} {phrase}")
    kept = ("location", "content-type", "retry-after")
    lines += [
        f"{name.title()}: {outcome.headers[name]}" for name in kept if name in outcome.headers
    ]
    lines += [f"Content-Length: {len(outcome.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + outcome.body
