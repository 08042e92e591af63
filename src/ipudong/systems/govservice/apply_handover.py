"""Papers handed over at a counter, each time with a receipt."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.identity.actors import Actor
from ipudong.systems.govservice.models import HandoverReceipt

KINDS: Final = ("original", "copy")
MOST_PAPERS: Final = 10
_LONGEST: Final = 100


def read_papers(sent: Mapping[str, str]) -> list[dict[str, Any]]:
    """Lines of the hand-over form (`paper-0`, `copies-0`, `kind-0`); empty ones fall out."""
    papers = []
    for index in range(MOST_PAPERS):
        name = " ".join(sent.get(f"paper-{index}", "").split())[:_LONGEST]
        copies = sent.get(f"copies-{index}", "1")
        if name:
            count = int(copies) if copies.isascii() and copies.isdigit() else 1
            kind = sent.get(f"kind-{index}", "")
            papers.append(
                {
                    "name": name,
                    "copies": min(max(count, 1), 99),
                    "kind": kind if kind in KINDS else "copy",
                }
            )
    return papers


@transaction.atomic
def hand_over(
    *,
    case_number: str,
    direction: str,
    papers: Sequence[Mapping[str, Any]],
    remarks: str,
    by: Actor,
    at: datetime,
) -> HandoverReceipt:
    """Note papers taken in or given back. CaseworkError `bad_value`, `empty_text`."""
    if direction not in HandoverReceipt.Direction.values:
        raise CaseworkError("bad_value", field="direction")
    if not papers:
        raise CaseworkError("empty_text")
    place = HandoverReceipt.objects.filter(case_number=case_number).count() + 1
    row = HandoverReceipt.objects.create(
        number=f"{case_number}-R{place:02}",
        case_number=case_number,
        direction=direction,
        papers=[dict(paper) for paper in papers],
        remarks=" ".join(remarks.split())[:300],
        by=by.name,
        at=at,
    )
    record(
        actor=by.name,
        action="govservice.hand_over_papers",
        subject=f"case:{case_number}",
        detail={"receipt": row.number, "direction": direction, "papers": len(papers)},
        at=at,
    )
    return row
