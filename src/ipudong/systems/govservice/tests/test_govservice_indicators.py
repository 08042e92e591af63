"""The marks of task 5: figures whose denominators come from the catalogue and the plan."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ipudong.city.manifest import installed
from ipudong.city.plan.files import read_plan
from ipudong.city.plan.indicators import Measurement, NotMeasured, check_indicators, evaluate
from ipudong.city.plan.services import load_plan
from ipudong.systems.govservice.indicators import INDICATORS
from ipudong.systems.govservice.tests.catalogue_entries import list_entries
from ipudong.systems.govservice.tests.item_cases import AT, CODES, load_house

pytestmark = pytest.mark.django_db
BY_MARK = {row.mark: row for row in INDICATORS}


@pytest.fixture
def house() -> None:
    load_plan(read_plan())
    load_house()


def measured(mark: str) -> Measurement:
    outcome = evaluate(BY_MARK[mark], timezone.now())
    assert isinstance(outcome, Measurement), outcome
    return outcome


def test_every_mark_of_the_task_has_its_indicator() -> None:
    units = {mark.code: mark.unit for task in read_plan().tasks for mark in task.marks}
    check_indicators(INDICATORS, units)
    assert sorted(BY_MARK) == ["5.1", "5.2", "5.3", "5.4"]


def test_items_that_are_not_online_make_the_share_small(house: None) -> None:
    for mark in ("5.2", "5.3"):
        outcome = measured(mark)
        assert outcome.numerator == len(CODES)
        assert outcome.denominator == len(list_entries())
        records = list(BY_MARK[mark].records(timezone.now()))
        assert sum(bool(row.counted) for row in records) == outcome.numerator
        assert len(records) == outcome.denominator


def test_systems_that_are_not_built_count_as_not_joined(house: None) -> None:
    outcome = measured("5.1")
    assert outcome.denominator == 23
    assert outcome.numerator is not None
    assert 1 <= outcome.numerator <= len(installed())
    records = list(BY_MARK["5.1"].records(timezone.now()))
    assert sum(bool(row.counted) for row in records) == outcome.numerator


def test_what_is_not_recorded_is_not_measured() -> None:
    outcome = evaluate(BY_MARK["5.4"], timezone.now())
    assert isinstance(outcome, NotMeasured)
    assert str(outcome.reason)


def test_an_empty_catalogue_measures_nothing() -> None:
    assert isinstance(evaluate(BY_MARK["5.2"], timezone.now()), NotMeasured)


def test_what_came_later_is_not_counted_for_an_earlier_day(house: None) -> None:
    assert isinstance(evaluate(BY_MARK["5.2"], AT - timedelta(days=1)), NotMeasured)
