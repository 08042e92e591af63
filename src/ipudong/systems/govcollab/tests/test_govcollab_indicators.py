"""The marks of task 6 are counted over the catalogue, whatever happens to be online."""

from datetime import timedelta

import pytest

from ipudong.city.casework.models import CaseKindVersion, ServiceItem
from ipudong.city.casework.supervision.tests.cases import make_kind
from ipudong.city.casework.supervision.tests.stories import START, at
from ipudong.city.identity.models import Department
from ipudong.city.plan.files import read_plan
from ipudong.city.plan.indicators import Measurement, NotMeasured, check_indicators
from ipudong.systems.govcollab.indicators import INDICATORS

pytestmark = pytest.mark.django_db
NOW = at(START)
ROWS = (
    # code, kind, depth, case kind
    ("permit-whole", "permit", "whole", "test.kind"),
    ("permit-accepted", "permit", "acceptance", ""),
    ("permit-paper", "permit", "none", ""),
    ("confirmation", "confirmation", "acceptance", ""),
    ("payment", "payment", "query", ""),
    ("levy", "levy", "whole", ""),
    ("library-card", "public", "whole", ""),
)


@pytest.fixture
def _catalogue() -> None:
    Department.objects.create(code="commerce", name_zh="区商务委", name_en="Commerce commission")
    for code, kind, depth, case_kind in ROWS:
        ServiceItem.objects.create(
            code=code,
            kind=kind,
            depth=depth,
            case_kind=case_kind,
            name_zh=code,
            name_en=code,
            department_id="commerce",
            system="govservice",
            changed_at=NOW - timedelta(days=1),
        )
    make_kind(20, "test.kind", "commerce")


def indicator(mark: str):
    return next(row for row in INDICATORS if row.mark == mark)


@pytest.mark.usefixtures("_catalogue")
@pytest.mark.parametrize(
    ("mark", "numerator", "denominator"), [("6.2", 3, 5), ("6.3", 1, 5), ("6.4", 1, 3)]
)
def test_a_mark_is_a_share_of_the_catalogue(mark: str, numerator: int, denominator: int) -> None:
    row = indicator(mark)
    found = row.measure(NOW)
    assert isinstance(found, Measurement)
    assert (found.numerator, found.denominator) == (numerator, denominator)
    assert found.value == pytest.approx(100 * numerator / denominator)
    records = list(row.records(NOW))
    assert len(records) == denominator
    assert sum(record.counted for record in records) == numerator


@pytest.mark.usefixtures("_catalogue")
def test_an_item_counts_from_its_day_to_its_last() -> None:
    ServiceItem.objects.filter(code="permit-whole").update(retired_at=NOW)
    assert indicator("6.4").measure(NOW).numerator == 0
    assert indicator("6.4").measure(NOW - timedelta(hours=1)).numerator == 1
    assert isinstance(indicator("6.4").measure(NOW - timedelta(days=2)), NotMeasured)
    CaseKindVersion.objects.update(declared_at=NOW + timedelta(days=1))
    assert indicator("6.3").measure(NOW).numerator == 0


@pytest.mark.parametrize("mark", ["6.1", "6.5"])
def test_what_has_no_system_yet_is_not_measured(mark: str) -> None:
    found = indicator(mark).measure(NOW)
    assert isinstance(found, NotMeasured)
    assert str(found.reason).startswith(("Not measured yet", "尚未测量", "暂未测量"))


def test_every_mark_of_the_task_has_its_indicator() -> None:
    task = next(task for task in read_plan().tasks if task.number == 6)
    check_indicators(INDICATORS, {mark.code: mark.unit for mark in task.marks})
    assert {row.mark for row in INDICATORS} == {mark.code for mark in task.marks}
