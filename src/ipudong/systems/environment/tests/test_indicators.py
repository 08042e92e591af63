"""The marks of task 10 are measured from records, or honestly not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from ipudong.city.plan.files import read_plan
from ipudong.city.plan.indicators import Measurement, NotMeasured, check_indicators, evaluate
from ipudong.city.sensing.models import Alarm, Rule, Thing
from ipudong.systems.environment.indicators import INDICATORS

pytestmark = pytest.mark.django_db
BY_MARK = {row.mark or row.code: row for row in INDICATORS}
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_they_attach_to_the_marks_of_the_plan_in_its_units():
    units = {mark.code: mark.unit for mark in read_plan().marks}
    assert len(check_indicators(INDICATORS, units)) == len(INDICATORS)
    task = next(task for task in read_plan().tasks if task.number == 10)
    assert {mark.code for mark in task.marks} <= BY_MARK.keys()


def test_without_data_they_say_so(demo):
    for row in INDICATORS:
        assert isinstance(evaluate(row, NOW), NotMeasured), row.code


@pytest.mark.parametrize("mark", ["10.1", "environment.transmission_effective_rate"])
def test_the_number_is_the_count_of_its_records(measured, mark):
    row, now = BY_MARK[mark], datetime.now(UTC)
    outcome = evaluate(row, now)
    assert isinstance(outcome, Measurement)
    assert outcome.value == pytest.approx(100 * outcome.numerator / outcome.denominator)
    if mark == "10.1":
        records = list(row.records(now))
        assert len(records) == outcome.denominator
        assert sum(record.counted for record in records) == outcome.numerator
        assert "演示区" in outcome.note


def test_a_lake_without_an_algae_counter_lowers_the_first_mark(measured):
    records = BY_MARK["10.1"].records(datetime.now(UTC))
    failing = [str(record.label) for record in records if not record.counted]
    assert any("滴水湖" in label and "藻密度" in label for label in failing)


def alarm(minutes_waited: float | None, *, noticed_before: timedelta) -> Alarm:
    noticed = NOW - noticed_before
    seen = None if minutes_waited is None else noticed + timedelta(minutes=minutes_waited)
    return Alarm.objects.create(
        rule=Rule.objects.filter(system="environment").first(),
        thing=Thing.objects.filter(system="environment").order_by("?").first(),
        state="closed",
        severity="yellow",
        began_at=noticed,
        raised_at=noticed,
        noticed_at=noticed,
        changed_at=noticed,
        acknowledged_at=seen,
    )


def test_alarms_count_when_their_half_hour_is_over(demo):
    day = timedelta(days=1)
    alarm(10, noticed_before=day)
    alarm(45, noticed_before=day)
    alarm(None, noticed_before=day)
    alarm(None, noticed_before=timedelta(minutes=10))
    alarm(5, noticed_before=timedelta(days=40))
    outcome = evaluate(BY_MARK["10.2"], NOW)
    assert isinstance(outcome, Measurement)
    assert (outcome.numerator, outcome.denominator) == (1, 3)
    assert len(list(BY_MARK["10.2"].records(NOW))) == 3
