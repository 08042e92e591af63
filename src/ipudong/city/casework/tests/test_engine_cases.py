"""A case from the first click to its end."""

from pathlib import Path

import pytest

from ipudong.city.casework.case_services import ServiceRequest
from ipudong.city.casework.queries import list_events
from ipudong.city.casework.services import (
    complete_task,
)
from ipudong.city.casework.tests.engine_drawings import licence
from ipudong.city.casework.tests.engine_people import (
    AT,
    CLERK,
    HEAD,
    declare,
    open_offices,
    open_task,
    submitted,
)

pytestmark = pytest.mark.django_db
ISSUED: list[str] = []


def paper(request: ServiceRequest) -> dict[str, str]:
    """A service that issues a paper and remembers for which step."""
    ISSUED.append(request.step)
    return {"paper": f"P-{request.case.number}"}


@pytest.fixture(autouse=True)
def office(tmp_path: Path) -> None:
    ISSUED.clear()
    open_offices()
    declare(tmp_path, licence(), services={"test_paper": paper})


def names_of(number: str) -> list[str]:
    return [event.name for event in list_events(number)]


def test_a_case_runs_from_the_first_click_to_its_paper() -> None:
    case = submitted()
    complete_task(task_id=open_task(case, "check").pk, data={"note": "full"}, by=CLERK, at=AT)
    decide = open_task(case, "decide")
    done = complete_task(task_id=decide.pk, data={"result": "approved"}, by=HEAD, at=AT)
    assert (done.state, done.outcome) == ("closed", "approved")
    assert len(ISSUED) == 1
    assert names_of(case.number) == [
        *("opened", "submitted", "task_opened", "task_completed", "accepted", "task_opened"),
        *("task_completed", "decided", "service_done", "issued", "closed"),
    ]
