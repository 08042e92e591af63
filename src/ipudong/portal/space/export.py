"""One's data to take away: JSON of everything, and the papers as signed PDF, in one ZIP."""

import json
import tempfile
import zipfile
from dataclasses import asdict
from typing import IO, Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_POST

from ipudong.city.audit.services import record
from ipudong.city.casework.models import Attachment, Case, Licence, Paper
from ipudong.city.casework.queries import list_events
from ipudong.city.casework.queries.documents import (
    download_of_attachment,
    download_of_paper,
    find_licences,
    list_uses_of,
)
from ipudong.city.identity.pages import permitted
from ipudong.city.registry.queries.people import list_reads_of
from ipudong.portal.space.licence_views import list_paper_views
from ipudong.portal.space.parties import Standing, list_cases_of_party, standing_of

CASES_EXPORTED: Final = 500
IN_MEMORY_BYTES: Final = 8 * 1024 * 1024


@permitted("space.open")
@require_POST
def export_data(request: HttpRequest) -> HttpResponseBase:
    """Everything the district keeps about the party in its space; the taking is noted."""
    standing = standing_of(request)
    applicant = standing.current.applicant
    record(
        actor=standing.actor.name,
        action="casework.export_own_data",
        subject=applicant.subject if applicant else f"account:{standing.actor.account_id}",
        at=timezone.now(),
    )
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - the response closes it
    _write(file, standing)
    file.seek(0)
    name = f"ipudong-{timezone.localdate().isoformat()}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")


def _write(file: IO[bytes], standing: Standing) -> None:
    cases = list_cases_of_party(standing, limit=CASES_EXPORTED)
    papers = [view.row for view in list_paper_views(standing)]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        text = json.dumps(
            collect(standing, cases, papers), ensure_ascii=False, indent=2, cls=DjangoJSONEncoder
        )
        archive.writestr("data.json", text)
        for paper in papers:
            path = download_of_paper(paper).path
            if path.is_file():
                archive.write(path, f"papers/{paper.number}.pdf")
        for row in Attachment.objects.filter(
            case_number__in=[case.number for case in cases], removed_at=None
        ):
            path = download_of_attachment(row).path
            if path.is_file():
                archive.write(path, f"files/{row.case_number}/{row.pk}-{row.name}")


def collect(standing: Standing, cases: list[Case], papers: list[Paper]) -> dict[str, Any]:
    """All of it as plain data. The registry's record and readings only for oneself."""
    party = standing.current
    applicant = party.applicant if party.may_everything else None
    own = standing.current.is_self and standing.person is not None
    person = standing.person if own else None
    return {
        "exported_at": timezone.now(),
        "person": asdict(person) if person else None,
        "readings": [asdict(note) for note in list_reads_of(person.person_id)] if person else [],
        "cases": [_case(case) for case in cases],
        "papers": [{"number": row.number, **row.content} for row in papers],
        "licences": [_licence(row) for row in find_licences(applicant)] if applicant else [],
        "consents": [
            {
                "licence": use.licence.number,
                "case": use.case_number,
                "consented_at": use.consented_at,
                "withdrawn_at": use.withdrawn_at,
            }
            for use in (list_uses_of([applicant]) if applicant else [])
        ],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "title": case.kind.title_zh,
        "state": case.state,
        "outcome": case.outcome,
        "opened_at": case.opened_at,
        "data": Case.objects.values_list("data", flat=True).get(pk=case.pk),
        "events": [{"at": row.at, "name": row.name} for row in list_events(case.number)],
        "messages": [
            {"at": row.at, "from_me": row.from_applicant, "text": row.text}
            for row in case.messages.all()
        ],
    }


def _licence(row: Licence) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "title": row.title_zh,
        "number": row.number,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "status": row.status,
        "data": row.data,
    }
