"""`GET /firmware/<package>/<name>`: a firmware file for a device that was told to fetch it.

A device shows the ticket in the address it was told, or its own token: `Authorization: Bearer
<token>` and `?device=<identity>`.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, route
from litestar.params import FromPath
from litestar.response import Stream

from ipudong.city.sensing import services
from ipudong.city.sensing.credentials import CERTIFICATE
from ipudong.city.sensing.firmware_tickets import FirmwareTicket, read_firmware_ticket
from ipudong.city.sensing.models import FirmwarePackage
from ipudong.city.sensing.profiles import find_profile
from ipudong.gateway.api.access import read_token
from ipudong.gateway.api.problems import RequestRefused, not_found
from ipudong.gateway.assembly import Gateway
from ipudong.gateway.firmware.ranges import ByteRange, NotSatisfiableError, read_range

CHUNK_BYTES: Final = 64 * 1024
MOST_AT_ONCE: Final = 200


class _Downloads:
    """How many devices fetch now."""

    running = 0


def _find_package(package_id: int) -> tuple[FirmwarePackage, Path] | None:
    package = FirmwarePackage.objects.filter(pk=package_id, withdrawn_at=None).first()
    if package is None:
        return None
    path = services.media_file(package)
    return (package, path) if path.is_file() else None


def _identify(request: Request, gateway: Gateway, package: FirmwarePackage) -> FirmwareTicket:
    """Who fetches. Raises RequestRefused (401, 403)."""
    ticket = read_firmware_ticket(request.query_params.get("ticket", ""))
    if ticket is not None:
        if ticket.package_id != package.pk:
            raise RequestRefused(403, "other_package", "The ticket is for another package.")
        return ticket
    token, identity = read_token(request), request.query_params.get("device", "")
    profile = find_profile(package.profile)
    device = profile and gateway.snapshot.directory.find_device(profile.protocol, identity)
    # A fingerprint is no secret: certificates prove themselves in TLS, not here.
    is_token = token and not token.startswith(CERTIFICATE)
    if not is_token or not device or not device.credential or not device.accepts(token):
        raise RequestRefused(401, "ticket_needed", "This needs a valid ticket or device token.")
    if device.profile != package.profile:
        raise RequestRefused(403, "other_profile", "The package is for other devices.")
    return FirmwareTicket(package.pk, device.thing_id)


@route(
    "/firmware/{package_id:int}/{name:str}",
    http_method=["GET", "HEAD"],
    takes="firmware_ticket",
)
async def fetch_firmware(
    request: Request, package_id: FromPath[int], name: FromPath[str]
) -> Response:
    """The file, or the range of it that is asked for; `ETag` is its SHA-256."""
    gateway: Gateway = request.app.state.gateway
    if not 0 < package_id < 1 << 31:
        raise not_found("firmware package", str(package_id)[:20])
    found = await asyncio.to_thread(_find_package, package_id)
    if found is None or found[0].name != name:
        raise not_found("firmware package", str(package_id)[:20])
    package, path = found
    ticket = _identify(request, gateway, package)
    wanted = _wanted(request, package)
    if request.method == "GET" and (wanted is None or wanted.start == 0):
        await gateway.in_database(_note, ticket, gateway)
    return _answer(request, package, path, wanted)


def _note(ticket: FirmwareTicket, gateway: Gateway) -> None:
    services.note_download(ticket=ticket, at=gateway.now())


def _wanted(request: Request, package: FirmwarePackage) -> ByteRange | None:
    header = request.headers.get("range", "")
    if request.headers.get("if-range", _etag(package)) != _etag(package):
        return None  # the file is another one now: send all of it
    try:
        return read_range(header, package.size) if header else None
    except NotSatisfiableError as error:
        raise RequestRefused(
            416, "range_not_satisfiable", "The file is shorter.", size=package.size
        ) from error


def _etag(package: FirmwarePackage) -> str:
    return f'"{package.sha256}"'


def _answer(
    request: Request, package: FirmwarePackage, path: Path, wanted: ByteRange | None
) -> Response[Any]:
    part = wanted or ByteRange(0, package.size)
    headers = {
        "accept-ranges": "bytes",
        "content-length": str(part.length),
        "content-disposition": f'attachment; filename="{package.name}"',
        "etag": _etag(package),
        "cache-control": "private, max-age=86400",
    }
    if wanted is not None:
        headers["content-range"] = wanted.to_header(package.size)
    status = 200 if wanted is None else 206
    kind = "application/octet-stream"
    if request.method == "HEAD":
        return Stream(_read_nothing(), status_code=status, headers=headers, media_type=kind)
    if _Downloads.running >= MOST_AT_ONCE:
        raise RequestRefused(503, "too_many_downloads", "Try again soon.", retry_after_s=30)
    return Stream(_read(path, part), status_code=status, headers=headers, media_type=kind)


async def _read_nothing() -> AsyncIterator[bytes]:
    yield b""


async def _read(path: Path, part: ByteRange) -> AsyncIterator[bytes]:
    _Downloads.running += 1
    file = await asyncio.to_thread(path.open, "rb")
    try:
        file.seek(part.start)
        left = part.length
        while left:
            chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, left))
            if not chunk:
                break
            left -= len(chunk)
            yield chunk
    finally:
        _Downloads.running -= 1
        file.close()
