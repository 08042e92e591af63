"""Materials of an application: files taken in, taken out, licences used instead of files."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ipudong.city.casework.documents.kinds import KINDS
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.forms.rendering import Reusable, StoredFile
from ipudong.city.casework.models import Attachment, Licence
from ipudong.city.casework.queries.documents import find_licences, list_attachments, list_uses_of
from ipudong.city.casework.services import save_draft
from ipudong.city.casework.services.documents import (
    remove_attachment,
    store_attachment,
    use_licence,
    withdraw_use,
)
from ipudong.city.identity.actors import Actor
from ipudong.city.languages import reads_chinese
from ipudong.systems.govservice.apply_cases import Applying

LICENCE_KEY = "licence:"


def list_files(applying: Applying, actor: Actor) -> dict[str, list[StoredFile]]:
    """Files and used licences by slot, as the pages show them."""
    slots: dict[str, list[StoredFile]] = {}
    for row in list_attachments(actor, applying.number):
        slots.setdefault(row.slot, []).append(_stored(applying.number, row))
    with_paper = {row.licence_id for row in list_attachments(actor, applying.number)}
    for use in _list_uses(applying):
        if use.licence_id not in with_paper:
            slots.setdefault(use.slot, []).append(
                StoredFile(
                    key=f"{LICENCE_KEY}{use.licence_id}",
                    name=title_of(use.licence),
                    size="",
                    licence=_("Shown from the licence register: {number}").format(
                        number=use.licence.number
                    ),
                )
            )
    return slots


def _stored(number: str, row: Attachment) -> StoredFile:
    address = reverse("govservice:apply_file", args=[number, row.pk])
    licence = _("Electronic licence") if row.licence_id else ""
    return StoredFile(
        key=str(row.pk),
        name=row.name,
        size=filesizeformat(row.size_bytes),
        url=address,
        thumbnail_url=f"{address}?small=1" if KINDS[row.kind].is_image else "",
        licence=licence,
    )


def _list_uses(applying: Applying) -> list[Any]:
    uses = list_uses_of([applying.case.applicant])
    return [use for use in uses if use.case_number == applying.number and not use.withdrawn_at]


def title_of(licence: Licence) -> str:
    """The licence's name in the reader's language."""
    chinese = reads_chinese()
    return licence.title_zh if chinese else licence.title_en


def list_reusable(applying: Applying) -> dict[str, list[Reusable]]:
    """Valid licences of the applicant by the slots they may fill and do not fill yet.

    A slot takes a licence whose kind is the code of its material or of its field.
    """
    used = {(use.slot, use.licence_id) for use in _list_uses(applying)}
    licences = find_licences(applying.case.applicant, on=timezone.localdate())
    found: dict[str, list[Reusable]] = {}
    for slot in applying.form.attachments:
        for licence in licences:
            fits = licence.kind in {slot.name, slot.material}
            if fits and (slot.name, licence.pk) not in used:
                row = Reusable(key=str(licence.pk), title=title_of(licence), number=licence.number)
                found.setdefault(slot.name, []).append(row)
    return found


def note_materials(applying: Applying) -> dict[str, str]:
    """What the service item says of each material, by slot."""
    known = {row.code: row for row in applying.item.materials}
    notes = {}
    for slot in applying.form.attachments:
        material = known.get(slot.material or slot.name)
        if material is None:
            continue
        parts = [str(material.name)] if str(material.name) != _label(slot) else []
        said = (slot.help.zh, slot.help.en)  # the form's own help is not said twice
        texts = [str(text) for text in (material.when, material.sample) if text]
        parts += [text for text in texts if text not in said]
        parts.append(_("Issued by: {issuer}").format(issuer=material.issuer))
        notes[slot.name] = " · ".join(parts)
    return notes


def _label(slot: Any) -> str:
    return str(slot.label.said(get_language() or "zh-hans"))


def add_files(
    applying: Applying, slot: str, files: Iterable[UploadedFile], *, by: Actor, at: datetime
) -> list[CaseworkError]:
    """Take files into a slot; what was refused, each with its reason. Others are kept."""
    require_slot(applying, slot)
    refused = []
    for file in files:
        try:
            store_attachment(
                case_number=applying.number,
                name=file.name or "file",
                stream=cast(BinaryIO, file),
                by=by,
                at=at,
                slot=slot,
            )
        except CaseworkError as error:
            refused.append(error)
    sync_slots(applying, by=by, at=at)
    return refused


def require_slot(applying: Applying, slot: str) -> None:
    """CaseworkError `bad_value` where the form has no such slot."""
    if slot not in {row.name for row in applying.form.attachments}:
        raise CaseworkError("bad_value", field="slot")


def drop_file(applying: Applying, slot: str, key: str, *, by: Actor, at: datetime) -> None:
    """Take a file or a licence out of a slot again; one that is gone is gone."""
    require_slot(applying, slot)
    if key.startswith(LICENCE_KEY):
        _withdraw(applying, slot, key.removeprefix(LICENCE_KEY), by, at)
    else:
        rows = list_attachments(by, applying.number)
        row = rows.filter(slot=slot, pk=int(key)).first() if key.isdecimal() else None
        if row is not None and row.licence_id is not None:
            _withdraw(applying, slot, str(row.licence_id), by, at)
        elif row is not None:
            remove_attachment(attachment=row, by=by, at=at)
    sync_slots(applying, by=by, at=at)


def _withdraw(applying: Applying, slot: str, licence: str, by: Actor, at: datetime) -> None:
    for use in _list_uses(applying):
        if use.slot == slot and str(use.licence_id) == licence:
            withdraw_use(use=use, by=by, at=at)


def reuse_licence(applying: Applying, slot: str, key: str, *, by: Actor, at: datetime) -> None:
    """Fill a slot with a licence the applicant holds. Raises CaseworkError."""
    require_slot(applying, slot)
    held = find_licences(applying.case.applicant, on=timezone.localdate(at))
    licence = next((row for row in held if str(row.pk) == key), None)
    if licence is None:
        raise CaseworkError("bad_value", field="licence")
    use_licence(licence=licence, case_number=applying.number, slot=slot, by=by, at=at)
    sync_slots(applying, by=by, at=at)


@transaction.atomic
def sync_slots(applying: Applying, *, by: Actor, at: datetime) -> None:
    """Let the answers name the files that are really there: no page can claim others."""
    case = applying.case
    case.refresh_from_db(fields=["data", "revision", "state"])
    data = fill_slots(applying, case.data, by)
    if applying.is_draft and data != case.data:
        saved = save_draft(number=case.number, data=data, revision=case.revision, by=by, at=at)
        case.data, case.revision = saved.data, saved.revision


def fill_slots(applying: Applying, data: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """The answers with the files of each slot."""
    files = list_files(applying, by)
    answers = dict(data)
    for slot in applying.form.attachments:
        keys = [file.key for file in files.get(slot.name, [])]
        if keys:
            answers[slot.name] = keys
        else:
            answers.pop(slot.name, None)
    return answers
