"""Rules about conduct: refusals, work done outside the system, charges."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from ipudong.city.casework import case_events as names
from ipudong.city.casework.supervision.findings import Finding
from ipudong.city.casework.supervision.history import Event, History

ENTERED_AT_ONCE: Final = timedelta(minutes=10)
FEWEST_STEPS: Final = 2


def find_unlawful_refusals(history: History, today: date) -> Iterator[Finding]:
    """Refused although the item's own decision table had found the applicant eligible."""
    refusal = history.refusal
    if refusal is None:
        return
    found = [event for event in history.list_named(names.RULE_DECIDED) if _is_eligible(event)]
    earlier = [event for event in found if event.sequence < refusal.sequence]
    if earlier:
        yield _make_finding(
            history,
            refusal,
            evidence=(earlier[-1].sequence, refusal.sequence),
            facts={
                "decision": str(earlier[-1].payload.get("step", "")),
                "reason": str(refusal.payload.get("reason", "")),
                "legal_reason": str(refusal.payload.get("legal_reason", "")),
            },
        )


def find_refusals_without_reason(history: History, today: date) -> Iterator[Finding]:
    """Refused, or not accepted, without the provision of law that requires it."""
    refusal = history.refusal
    if refusal is not None and not str(refusal.payload.get("legal_reason") or "").strip():
        yield _make_finding(
            history,
            refusal,
            evidence=(refusal.sequence,),
            facts={"reason": str(refusal.payload.get("reason", ""))},
        )


def find_offline_handling(history: History, today: date) -> Iterator[Finding]:
    """Told to have been handled on paper, or every step by one officer within ten minutes: done
    on paper and entered afterwards. Items settled on the spot (no days promised) are not meant."""
    for event in history.list_named(names.HANDLED_OFFLINE):
        yield _make_finding(
            history, event, key=str(event.sequence), evidence=(event.sequence,), facts={}
        )
    done = [step.ended for step in history.steps if step.is_done and step.ended]
    if history.limit_days == 0 or history.decided is None or len(done) < FEWEST_STEPS:
        return
    took = max(event.at for event in done) - min(event.at for event in done)
    if took < ENTERED_AT_ONCE and len({event.actor for event in done}) == 1:
        yield _make_finding(
            history,
            done[-1],
            evidence=tuple(sorted(event.sequence for event in done)),
            facts={"steps": len(done), "minutes": int(took.total_seconds() // 60)},
        )


def find_unlawful_charges(history: History, today: date) -> Iterator[Finding]:
    """Asked for more than the guide's published fee."""
    for event in history.list_named(names.SERVICE_DONE):
        fees = ("fee", "published_fee")
        asked, published = (_parse_money(event.payload.get(key)) for key in fees)
        if asked is not None and published is not None and asked > published:
            yield _make_finding(
                history,
                event,
                key=str(event.sequence),
                evidence=(event.sequence,),
                facts={"asked": str(asked), "published": str(published)},
            )


def _is_eligible(event: Event) -> bool:
    value = event.payload.get("value")
    return value is True or (isinstance(value, dict) and value.get("eligible") is True)


def _parse_money(value: object) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None


def _make_finding(
    history: History,
    event: Event,
    *,
    evidence: tuple[int, ...],
    facts: dict[str, str | int],
    key: str = "",
) -> Finding:
    return Finding(
        key=key,
        happened_on=event.on,
        department=event.department or history.department,
        officer=event.actor,
        facts=facts,
        evidence=evidence,
    )
