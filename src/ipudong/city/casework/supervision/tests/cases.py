"""Cases with events as rows, told without the engine: supervision reads nothing else."""

from collections.abc import Iterable

from ipudong.city.casework.models import Case, CaseEvent, CaseKindVersion
from ipudong.city.casework.supervision.tests.stories import START, Story, at


def make_kind(
    limit_days: int = 20, code: str = "test.kind", department: str = "commerce"
) -> CaseKindVersion:
    return CaseKindVersion.objects.get_or_create(
        code=code,
        number=1,
        defaults={
            "digest": code,
            "title_zh": "试验事项",
            "title_en": "Trial item",
            "department": department,
            "limit_days": limit_days,
            "legal_limit_days": 2 * limit_days,
            "process": "",
            "declared_at": at(START),
            "declared_by": "system:test",
        },
    )[0]


def keep(
    story: Story, number: str, *, applicant_id: int = 1, account_id: int | None = None
) -> Case:
    """Write a story as a case and its events; told again, only what is new is added."""
    kind = make_kind(story.limit_days, code=f"test.{story.limit_days}", department=story.department)
    named = {event.name: event for event in story.events}
    submitted = named.get("submitted")
    case, _ = Case.objects.get_or_create(
        number=number,
        defaults={
            "kind": kind,
            "kind_code": kind.code,
            "department": story.department,
            "applicant_kind": "person",
            "applicant_id": applicant_id,
            "account_id": account_id,
            "opened_by": "resident",
            "opened_at": story.events[0].at,
            "submitted_at": submitted.at if submitted else None,
            "changed_at": story.events[-1].at,
        },
    )
    known = case.events.count()
    CaseEvent.objects.bulk_create(_rows(case, story.events[known:]))
    return case


def _rows(case: Case, events: Iterable) -> list[CaseEvent]:
    return [
        CaseEvent(
            case=case,
            sequence=event.sequence,
            name=event.name,
            at=event.at,
            actor=event.actor,
            department=event.department,
            payload=dict(event.payload),
        )
        for event in events
    ]
