"""Reads of documents: files of a case, papers and licences, as the caller may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db.models import QuerySet

from ipudong.city.casework.documents.image_checks import make_thumbnail
from ipudong.city.casework.documents.kinds import KINDS, PDF
from ipudong.city.casework.documents.licences import find_licences, status_on
from ipudong.city.casework.documents.standing import holder_of, may_read, stands_for
from ipudong.city.casework.documents.storage import path_of
from ipudong.city.casework.models import Attachment, Licence, LicenceUse, Paper
from ipudong.city.casework.parties import Applicant
from ipudong.city.identity.actors import Actor

__all__ = [
    "Download",
    "download_of_attachment",
    "download_of_paper",
    "find_attachment",
    "find_licences",
    "find_paper",
    "list_attachments",
    "list_papers",
    "list_papers_of_case",
    "list_uses_of",
    "stands_for",
    "status_on",
    "thumbnail_of",
]


@dataclass(frozen=True, kw_only=True)
class Download:
    """Bytes to be handed out: where they lie, as what, under which name."""

    path: Path
    media_type: str
    name: str
    sha256: str
    changed_at: datetime


def list_attachments(actor: Actor, case_number: str) -> QuerySet[Attachment]:
    """The files of a case that were not removed; none where the actor may not see the case."""
    rows = Attachment.objects.filter(case_number=case_number, removed_at=None)
    return rows if may_read(actor, case_number) else rows.none()


def find_attachment(actor: Actor, attachment_id: int) -> Attachment | None:
    """A file of a case the actor may see; removed ones are gone for everybody."""
    row = Attachment.objects.filter(pk=attachment_id, removed_at=None).first()
    return row if row and may_read(actor, row.case_number) else None


def find_paper(actor: Actor, number: str) -> Paper | None:
    """A paper of a case the actor may see, or of which they are the holder."""
    row = Paper.objects.filter(number=number).first()
    holder = holder_of(row.holder_kind, row.holder_id) if row else None
    return row if row and may_read(actor, row.case_number, holder) else None


def list_papers(holder: Applicant) -> QuerySet[Paper]:
    """Papers issued to a holder, newest first. The caller stands for them."""
    return Paper.objects.filter(holder_kind=holder.kind, holder_id=holder.id)


def list_papers_of_case(actor: Actor, case_number: str) -> QuerySet[Paper]:
    """Papers of a case; none where the actor may not see it."""
    rows = Paper.objects.filter(case_number=case_number)
    return rows if may_read(actor, case_number) else rows.none()


def list_uses_of(holders: Iterable[Applicant]) -> list[LicenceUse]:
    """Consents to use licences of these holders, newest first."""
    found = LicenceUse.objects.none()
    for holder in holders:
        licences = Licence.objects.filter(holder_kind=holder.kind, holder_id=holder.id)
        found = found | LicenceUse.objects.filter(licence__in=licences)
    return list(found.select_related("licence"))


def download_of_attachment(row: Attachment) -> Download:
    """The file as it was handed in."""
    return Download(
        path=path_of(row.sha256),
        media_type=KINDS[row.kind].media_type,
        name=row.name,
        sha256=row.sha256,
        changed_at=row.stored_at,
    )


def download_of_paper(row: Paper) -> Download:
    """The signed PDF."""
    return Download(
        path=path_of(row.sha256),
        media_type=KINDS[PDF].media_type,
        name=f"{row.content['title']['zh']} {row.number}.pdf",
        sha256=row.sha256,
        changed_at=row.issued_at,
    )


def thumbnail_of(row: Attachment) -> bytes | None:
    """A small JPEG without what the camera wrote; None where the file is no picture."""
    return make_thumbnail(path_of(row.sha256)) if KINDS[row.kind].is_image else None
