"""E-licences: kept for their holder, reused in later cases with the holder's consent."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ipudong.city.audit.services import record
from ipudong.city.casework.documents.kinds import PDF
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Attachment, Case, Licence, LicenceUse, Paper
from ipudong.city.casework.parties import Applicant
from ipudong.city.identity.actors import Actor

Status = Licence.Status
ALLOWED_STEPS: Final = {
    Status.VALID: (Status.SUSPENDED, Status.REVOKED),
    Status.SUSPENDED: (Status.VALID, Status.REVOKED),
    Status.REVOKED: (),
    Status.EXPIRED: (),
}


def find_licences(applicant: Applicant, *, kind: str = "", on: date | None = None) -> list[Licence]:
    """The holder's licences, newest first; with `on`, those alone that hold that day."""
    found = Licence.objects.filter(holder_kind=applicant.kind, holder_id=applicant.id)
    if kind:
        found = found.filter(kind=kind)
    if on is not None:
        lasting = Q(valid_until=None) | Q(valid_until__gte=on)
        found = found.filter(lasting, status=Status.VALID, valid_from__lte=on)
    return list(found.select_related("paper"))


def status_on(licence: Licence, day: date) -> Status:
    """How the licence stands that day; a valid one past its last day is expired."""
    if licence.status == Status.VALID and licence.valid_until and licence.valid_until < day:
        return Status.EXPIRED
    return Status(licence.status)


@transaction.atomic
def grant_licence(
    *,
    holder: Applicant,
    kind: str,
    number: str,
    title_zh: str,
    title_en: str,
    issuer: str,
    valid_from: date,
    valid_until: date | None = None,
    data: Mapping[str, Any] | None = None,
    case_number: str = "",
    paper: Paper | None = None,
    by: Actor,
    at: datetime,
) -> Licence:
    """Enter a licence; the same kind and number of the same holder again is the one there is.

    Raises CaseworkError: licence_of_another, dates_reversed.
    """
    if valid_until and valid_until < valid_from:
        raise CaseworkError("dates_reversed")
    licence, made = Licence.objects.get_or_create(
        kind=kind,
        number=number,
        defaults={
            "holder_kind": holder.kind,
            "holder_id": holder.id,
            "title_zh": title_zh,
            "title_en": title_en,
            "issuer": issuer,
            "valid_from": valid_from,
            "valid_until": valid_until,
            "data": dict(data or {}),
            "case_number": case_number,
            "paper": paper,
            "status_at": at,
        },
    )
    if (licence.holder_kind, licence.holder_id) != (holder.kind, holder.id):
        raise CaseworkError("licence_of_another", kind=kind)
    if made:
        _record("grant_licence", licence, by, at, {"kind": kind, "case": case_number})
    return licence


@transaction.atomic
def change_licence(
    *, licence: Licence, status: str, reason: str, by: Actor, at: datetime
) -> Licence:
    """Suspend, take up again or revoke. Raises CaseworkError: reason_missing, wrong_state."""
    if not reason.strip():
        raise CaseworkError("reason_missing")
    row = Licence.objects.select_for_update().get(pk=licence.pk)
    if status == row.status:
        return row
    if status not in ALLOWED_STEPS[Status(row.status)]:
        raise CaseworkError("wrong_state", state=row.status)
    row.status, row.status_reason, row.status_at = status, reason[:300], at
    row.save(update_fields=["status", "status_reason", "status_at"])
    _record("change_licence", row, by, at, {"status": status, "reason": reason[:300]})
    return row


@transaction.atomic
def use_licence(
    *, licence: Licence, case_number: str, slot: str, by: Actor, at: datetime
) -> LicenceUse:
    """Fill a slot of a case with a licence the applicant holds: `by` has consented to it.

    Where the licence has a paper, that PDF becomes the slot's attachment. Consenting twice is
    consenting once. Raises CaseworkError: unknown_case, licence_of_another, licence_not_valid.
    """
    case = Case.objects.select_for_update().filter(number=case_number).first()
    if case is None:
        raise CaseworkError("unknown_case", number=case_number)
    if (case.applicant_kind, case.applicant_id) != (licence.holder_kind, licence.holder_id):
        raise CaseworkError("licence_of_another", kind=licence.kind)
    if status_on(licence, timezone.localdate(at)) != Status.VALID:
        raise CaseworkError("licence_not_valid", kind=licence.kind)
    use, made = LicenceUse.objects.get_or_create(
        licence=licence,
        case_number=case_number,
        slot=slot,
        withdrawn_at=None,
        defaults={"consented_by": by.name, "consented_at": at},
    )
    if made:
        _attach(licence, use, by)
        detail = {"licence": licence.pk, "slot": slot}
        record(
            actor=by.name,
            action="casework.use_licence",
            subject=f"case:{case_number}",
            detail=detail,
            at=at,
        )
    return use


def _attach(licence: Licence, use: LicenceUse, by: Actor) -> None:
    if licence.paper is None:
        return
    Attachment.objects.get_or_create(
        case_number=use.case_number,
        slot=use.slot,
        sha256=licence.paper.sha256,
        removed_at=None,
        defaults={
            "name": f"{licence.title_zh}.pdf",
            "size_bytes": licence.paper.size_bytes,
            "kind": PDF,
            "scanned_by": "issued here",
            "stored_by": by.name,
            "stored_at": use.consented_at,
            "licence": licence,
        },
    )


@transaction.atomic
def withdraw_use(*, use: LicenceUse, by: Actor, at: datetime) -> bool:
    """Take the consent back; the licence leaves the slot while the case is a draft.

    In a case already handed in the office keeps what it has decided on and sees the withdrawal.
    """
    changed = LicenceUse.objects.filter(pk=use.pk, withdrawn_at=None).update(withdrawn_at=at)
    if not changed:
        return False
    if Case.objects.filter(number=use.case_number, state="draft").exists():
        Attachment.objects.filter(
            case_number=use.case_number, slot=use.slot, licence=use.licence, removed_at=None
        ).update(removed_at=at, removed_by=by.name)
    record(
        actor=by.name,
        action="casework.withdraw_licence_use",
        subject=f"case:{use.case_number}",
        detail={"licence": use.licence.pk, "slot": use.slot},
        at=at,
    )
    return True


def _record(
    verb: str, licence: Licence, by: Actor, at: datetime, detail: Mapping[str, Any]
) -> None:
    record(
        actor=by.name,
        action=f"casework.{verb}",
        subject=f"licence:{licence.pk}",
        detail=dict(detail),
        at=at,
    )
