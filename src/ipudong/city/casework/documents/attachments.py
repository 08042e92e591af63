"""Taking files in with a case, and out of it again."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from django.db import transaction
from django.db.models import Sum

from ipudong.city.audit.services import record
from ipudong.city.casework.documents import clamd
from ipudong.city.casework.documents.image_checks import check_image
from ipudong.city.casework.documents.kinds import PDF, AttachmentKind
from ipudong.city.casework.documents.names import clean_name
from ipudong.city.casework.documents.options import (
    CASE_QUOTA_MB,
    CLAMD_SOCKET,
    MAX_ATTACHMENT_MB,
)
from ipudong.city.casework.documents.package_checks import check_package
from ipudong.city.casework.documents.pdf_checks import check_pdf
from ipudong.city.casework.documents.sniffing import sniff
from ipudong.city.casework.documents.storage import Incoming, receiving
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Attachment, Case
from ipudong.city.identity.actors import Actor

MEBIBYTE: Final = 1024 * 1024
MAX_ATTACHMENTS: Final = 200
BY_STRUCTURE: Final = "structure"


def store_attachment(
    *,
    case_number: str,
    name: str,
    stream: BinaryIO,
    by: Actor,
    at: datetime,
    slot: str = "",
) -> Attachment:
    """Take a file in for the form's field `slot`; the same file twice there is one attachment.

    The bytes are judged and durable before the row is written. The caller has made sure that `by`
    may change the case. Raises CaseworkError: unknown_case, file_too_large, case_full, and what
    the checks of its kind refuse (docs/reference/papers.md lists all codes).
    """
    with receiving(stream, limit=MAX_ATTACHMENT_MB.get() * MEBIBYTE) as incoming:
        kind = sniff(incoming.path)
        facts = _inspect(incoming.path, kind)
        facts["scanned_by"] = _scan(incoming.path)
        row = Attachment(
            case_number=case_number,
            slot=slot,
            name=clean_name(name, kind),
            sha256=incoming.sha256,
            size_bytes=incoming.size,
            kind=kind.code,
            stored_by=by.name,
            stored_at=at,
            **facts,
        )
        return _keep(incoming, row, by)


def _inspect(path: Path, kind: AttachmentKind) -> dict[str, object]:
    if kind.code == PDF:
        return {"pages": check_pdf(path)}
    if kind.is_image:
        width, height = check_image(path)
        return {"width": width, "height": height}
    check_package(path, kind)
    return {}


def _scan(path: Path) -> str:
    socket_path = CLAMD_SOCKET.get()
    return clamd.scan(path, socket_path=socket_path) if socket_path else BY_STRUCTURE


@transaction.atomic
def _keep(incoming: Incoming, row: Attachment, by: Actor) -> Attachment:
    if not Case.objects.select_for_update().filter(number=row.case_number).exists():
        raise CaseworkError("unknown_case", number=row.case_number)
    present = Attachment.objects.filter(case_number=row.case_number, removed_at=None)
    same = present.filter(slot=row.slot, sha256=row.sha256).first()
    if same:
        return same
    used = present.aggregate(total=Sum("size_bytes"))["total"] or 0
    quota = CASE_QUOTA_MB.get()
    if used + row.size_bytes > quota * MEBIBYTE or present.count() >= MAX_ATTACHMENTS:
        raise CaseworkError("case_full", quota_mb=quota, most=MAX_ATTACHMENTS)
    incoming.keep()
    row.save(force_insert=True)
    record(
        actor=by.name,
        action="casework.store_attachment",
        subject=f"case:{row.case_number}",
        detail={"attachment": row.pk, "kind": row.kind, "sha256": row.sha256, "slot": row.slot},
        at=row.stored_at,
    )
    return row


@transaction.atomic
def remove_attachment(*, attachment: Attachment, by: Actor, at: datetime) -> None:
    """Take a file out of its case; its row stays. Removing twice is removing once."""
    changed = Attachment.objects.filter(pk=attachment.pk, removed_at=None).update(
        removed_at=at, removed_by=by.name
    )
    if changed:
        record(
            actor=by.name,
            action="casework.remove_attachment",
            subject=f"case:{attachment.case_number}",
            detail={"attachment": attachment.pk},
            at=at,
        )
