"""What the cases of the hall issue: licences, decisions, replies; called by their processes."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils import timezone

from ipudong.city.casework.case_services import Service, ServiceRequest
from ipudong.city.casework.catalogue.records import Item, Result
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Paper
from ipudong.city.casework.queries.catalogue import find_entry_of_case
from ipudong.city.casework.services.documents import grant_licence, issue_paper
from ipudong.city.identity.actors import system_actor
from ipudong.systems.govservice.apply_parties import name_of_applicant

HOUSE: Final = system_actor("govservice")
# Said where a rule, not an officer, ended the case: the published rule is the reason.
RULE_SAYS: Final = "按公布的办理条件和规则判定，所报事项不属于本事项的办理范围。"


def _item_of(request: ServiceRequest) -> Item:
    entry = find_entry_of_case(request.case.kind_code)
    if entry is None or entry.item is None:
        raise CaseworkError("unknown_kind", kind=request.case.kind_code)
    return entry.item


def issue_results(request: ServiceRequest) -> Mapping[str, Any]:
    """Issue every result of the item that this case has earned, e-licences entered too."""
    item = _item_of(request)
    papers = [
        _issue_result(request, item, result)
        for result in item.results
        if _is_earned(result, request.context)
    ]
    return {"papers": papers, "paper": papers[0] if papers else ""}


def _is_earned(result: Result, context: Mapping[str, Any]) -> bool:
    fits = not result.situations or context.get("situation") in result.situations
    return fits and (not result.only_if or context.get(result.only_if) is True)


def _issue_result(request: ServiceRequest, item: Item, result: Result) -> str:
    day = timezone.localdate(request.at)
    until = add_months(day, result.valid_months) if result.valid_months else None
    number = f"{request.case.number}-{item.results.index(result) + 1}"
    context = {
        **_paper_context(request, result.name.zh, result.name.en, number),
        "licence_number": number if result.licence else "",
        "valid_from": day,
        "valid_until": until,
        "fields": [("有效期", "Validity", result.validity.zh)],
    }
    template = "licence" if result.licence else "decision"
    paper = issue_paper(
        case=request.case, template=template, context=context, by=HOUSE, at=request.at
    )
    if result.licence:
        _enter_licence(request, result, number, until, paper)
    return paper.number


def _paper_context(
    request: ServiceRequest, title_zh: str, title_en: str, number: str
) -> dict[str, Any]:
    return {
        "step": f"{request.step}:{number}"[:100],
        "holder_name": name_of_applicant(request.case.applicant),
        "title_zh": title_zh,
        "title_en": title_en,
    }


def _enter_licence(
    request: ServiceRequest, result: Result, number: str, until: date | None, paper: Paper
) -> None:
    grant_licence(
        holder=request.case.applicant,
        kind=result.licence,
        number=number,
        title_zh=result.name.zh,
        title_en=result.name.en,
        issuer=request.case.department,
        valid_from=timezone.localdate(request.at),
        valid_until=until,
        case_number=request.case.number,
        paper=paper,
        by=HOUSE,
        at=request.at,
    )


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the month's last where it has no such day."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, min(day.day, last))
        except ValueError:
            continue
    raise ValueError(f"no such month: {year}-{month}")


def issue_refusal(request: ServiceRequest) -> Mapping[str, Any]:
    """Issue the decision to refuse, with its reason and clause; where a rule refused, both come
    from the published item."""
    context, item = request.context, _item_of(request)
    reason = context.get("reason") or RULE_SAYS
    basis = "；".join(f"《{row.title.zh}》{row.clause.zh}" for row in item.basis[:1])
    legal_reason = context.get("legal_reason") or basis
    paper = issue_paper(
        case=request.case,
        template="refusal",
        context={
            "step": request.step,
            "holder_name": name_of_applicant(request.case.applicant),
            "reasons": reason,
            "legal_basis": legal_reason,
        },
        by=HOUSE,
        at=request.at,
    )
    return {"paper": paper.number, "reason": reason, "legal_reason": legal_reason}


def issue_reply(request: ServiceRequest) -> Mapping[str, Any]:
    """Issue the letter of answer to a request for information."""
    context = request.context
    paper = issue_paper(
        case=request.case,
        template="reply",
        context={
            "step": request.step,
            "holder_name": name_of_applicant(request.case.applicant),
            "paragraphs": [str(context.get("text", ""))],
            "reasons": context.get("reason", ""),
            "legal_basis": context.get("legal_reason", ""),
        },
        by=HOUSE,
        at=request.at,
    )
    return {"paper": paper.number}


SERVICES: Final[Mapping[str, Service]] = {
    "govservice.issue_results": issue_results,
    "govservice.issue_refusal": issue_refusal,
    "govservice.issue_reply": issue_reply,
}
