"""Versions of a kind beside one another, and running cases moved between them."""

from pathlib import Path

import pytest
from django.utils import translation

from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.models import Case, CaseKindVersion, ProcessState
from ipudong.city.casework.queries import list_events, list_versions
from ipudong.city.casework.services import CaseKindError, complete_task, move_case
from ipudong.city.casework.tests.engine_drawings import drawing, flows, lanes, licence, node
from ipudong.city.casework.tests.engine_people import (
    AT,
    CLERK,
    HEAD,
    declare,
    open_offices,
    open_task,
    simple_form,
    submitted,
)

pytestmark = pytest.mark.django_db
FORMS = {
    key: simple_form(key or "application", "result", "note")
    for key in ("", "check", "decide", "first_check", "visit")
}


@pytest.fixture(autouse=True)
def office(tmp_path: Path) -> None:
    open_offices()


def first(folder: Path) -> CaseKindVersion:
    return declare(folder, licence(), forms=FORMS)


def second(folder: Path, **renamed: str) -> CaseKindVersion:
    content = licence(limit=2)
    for old, new in renamed.items():
        content = content.replace(f'"{old}"'.encode(), f'"{new}"'.encode())
        content = content.replace(f">{old}<".encode(), f">{new}<".encode())
    return declare(folder, content, forms=FORMS)


def test_the_same_files_make_no_new_version_and_changed_ones_do(tmp_path: Path) -> None:
    assert first(tmp_path).pk == first(tmp_path).pk
    assert second(tmp_path).number == 2
    assert [(v.number, v.current) for v in list_versions("test.licence")] == [
        (2, True),
        (1, False),
    ]


def test_going_back_to_old_files_makes_the_old_version_current(tmp_path: Path) -> None:
    first(tmp_path)
    second(tmp_path)
    assert first(tmp_path).number == 1
    assert CaseKindVersion.objects.get(code="test.licence", current=True).number == 1


def test_a_running_case_stays_with_its_version(tmp_path: Path) -> None:
    first(tmp_path)
    old = submitted()
    second(tmp_path)
    new = submitted()
    assert (open_task(old, "check").limit_days, open_task(new, "check").limit_days) == (3, 2)
    complete_task(task_id=open_task(old, "check").pk, data={}, by=CLERK, at=AT)
    assert open_task(old, "decide")


def test_a_case_is_moved_with_a_record_and_goes_on(tmp_path: Path) -> None:
    first(tmp_path)
    case = submitted()
    task = open_task(case, "check")
    second(tmp_path, check="first_check")
    with pytest.raises(CaseworkError) as caught:
        move_case(number=case.number, version=2, by=HEAD, at=AT)
    assert (caught.value.code, caught.value.fields["step"]) == ("step_gone", "check")
    names = {"check": "first_check"}
    case = move_case(number=case.number, version=2, steps=names, by=HEAD, at=AT, reason="new law")
    moved = open_task(case, "first_check")
    assert (moved.pk, moved.step) == (task.pk, task.step)
    told = list_events(case.number)[-1]
    assert (told.name, told.payload["from_version"], told.payload["to_version"]) == ("moved", 1, 2)
    complete_task(task_id=moved.pk, data={}, by=CLERK, at=AT)
    case = complete_task(
        task_id=open_task(case, "decide").pk, data={"result": "approved"}, by=HEAD, at=AT
    )
    assert case.outcome == "approved"


def test_a_case_whose_step_is_gone_stays_where_it_was(tmp_path: Path) -> None:
    first(tmp_path)
    case = submitted()
    other = drawing(
        lanes(clerk="visit"),
        node("startEvent", "start"),
        node("userTask", "visit"),
        node("endEvent", "end"),
        flows("start", "visit", "end"),
    )
    declare(tmp_path, other, forms=FORMS)
    before = ProcessState.objects.get(case=case).steps
    with pytest.raises(CaseworkError, match="step_gone"):
        move_case(number=case.number, version=2, by=HEAD, at=AT)
    assert Case.objects.get(pk=case.pk).kind.number == 1
    assert ProcessState.objects.get(case=case).steps == before
    with pytest.raises(CaseworkError, match="unknown_version"):
        move_case(number=case.number, version=9, by=HEAD, at=AT)
    with pytest.raises(CaseworkError, match="not_allowed"):
        move_case(number=case.number, version=1, by=CLERK, at=AT)


def test_a_kind_with_wrong_files_is_refused_with_every_reason(tmp_path: Path) -> None:
    with translation.override("en"), pytest.raises(CaseKindError) as caught:
        declare(
            tmp_path,
            licence(limit=30),
            forms={"check": "{", "decide": simple_form("decide", "result")},
        )
    text = "\n".join(caught.value.reasons)
    assert "form 'check'" in text
    assert "longer than the promised time" in text
    assert "process.bpmn:" in text
    assert not CaseKindVersion.objects.exists()
