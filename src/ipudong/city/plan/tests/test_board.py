import datetime as dt
import io
from dataclasses import replace

import pytest
from django.utils import translation
from rich.cells import cell_len
from rich.console import Console

from ipudong.city.audit.models import Entry
from ipudong.city.identity.models import Department
from ipudong.city.plan.board import (
    BEHIND,
    MET,
    NOT_MEASURED,
    ON_COURSE,
    QUALITATIVE,
    TOO_EARLY,
    Point,
)
from ipudong.city.plan.files import parse_plan, read_plan
from ipudong.city.plan.forecast import Forecast, TooShort
from ipudong.city.plan.indicators import Indicator, IndicatorError, Measurement, NotMeasured
from ipudong.city.plan.models import Attempt, Mark, Snapshot
from ipudong.city.plan.queries import (
    PlanRowNotFoundError,
    board,
    find_plan,
    get_mark,
    get_mark_status,
    get_task,
    list_departments_of,
    list_history,
    list_marks,
    list_tasks,
    search_plan,
)
from ipudong.city.plan.services import LoadReport, load_plan, take_snapshots
from ipudong.city.plan.terminal import render_board, sparkline
from ipudong.city.plan.tests.small_plan import GOOD

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)


@pytest.fixture
def pudong_plan():
    plan = read_plan()
    load_plan(plan, at=NOW)
    return plan


def indicator(mark="10.1", value=50.0, unit="percent", code="", measure=None) -> Indicator:
    return Indicator(
        code=code or f"test.{mark}",
        mark=mark,
        title="Test",
        unit=unit,
        definition_zh="测试",
        definition_en="Test",
        measure=measure or (lambda as_of: Measurement(value=value, numerator=5, denominator=10)),
    )


def measure_days(values, mark="10.1", unit="percent"):
    for back, value in zip(range(len(values) - 1, -1, -1), values, strict=True):
        take_snapshots([indicator(mark, value, unit)], NOW - dt.timedelta(days=back))


def fall_over(as_of):
    raise RuntimeError("the lake is away")


def test_the_plan_of_pudong_is_loaded_whole(pudong_plan):
    assert [task.key for task in list_tasks()] == [task.key for task in pudong_plan.tasks]
    assert [mark.code for mark in list_marks()] == [mark.code for mark in pudong_plan.marks]
    assert Department.objects.count() == len(pudong_plan.departments)
    assert find_plan().code == "pudong-2011-2013"
    assert get_mark("1.1").target == 29000


def test_loading_the_same_plan_again_changes_nothing(pudong_plan):
    entries = Entry.objects.count()
    assert load_plan(pudong_plan) == LoadReport()
    assert Entry.objects.count() == entries


def test_a_mark_that_left_the_plan_is_retired_with_its_history_and_may_return(pudong_plan):
    take_snapshots([indicator()], NOW)
    tasks = tuple(
        replace(task, marks=task.marks[1:]) if task.key == "environment" else task
        for task in pudong_plan.tasks
    )
    assert load_plan(replace(pudong_plan, tasks=tasks), at=NOW).retired == 1
    assert "10.1" not in [mark.code for mark in list_marks()]
    assert get_mark("10.1").retired_at == NOW
    assert len(list_history("10.1", until=NOW)) == 1
    load_plan(pudong_plan, at=NOW)
    assert get_mark("10.1").retired_at is None
    assert get_mark_status("10.1", NOW).value == 50.0


def test_a_changed_target_is_counted_as_a_change(pudong_plan):
    first, *others = pudong_plan.tasks
    marks = (replace(first.marks[0], target=30000.0), *first.marks[1:])
    report = load_plan(replace(pudong_plan, tasks=(replace(first, marks=marks), *others)))
    assert report == LoadReport(added=0, changed=1, retired=0)


def test_another_districts_plan_takes_over_without_the_old_history(pudong_plan):
    take_snapshots([indicator("1.4", 80.0)], NOW)
    other = replace(pudong_plan, code="elsewhere-2030", tasks=pudong_plan.tasks[:1])
    assert load_plan(other, at=NOW).added == len(other.marks)
    assert len(list_marks()) == len(other.marks)
    assert get_mark_status("1.4", NOW).value is None


def test_values_in_a_former_unit_are_not_mixed_with_the_new(pudong_plan):
    take_snapshots([indicator("1.4", 80.0)], NOW)
    Mark.objects.filter(code="1.4").update(unit="site")
    assert get_mark_status("1.4", NOW).value is None


def test_one_failing_indicator_stops_no_other_and_keeps_its_reason(pudong_plan):
    report = take_snapshots(
        [
            indicator("1.4", measure=fall_over),
            indicator("10.1", 95.0),
            indicator("12.1", measure=lambda as_of: NotMeasured("no hospital yet")),
            indicator("", code="own"),
        ],
        NOW,
    )
    assert report.measured == ("test.10.1",)
    assert report.not_measured == ("test.12.1",)
    assert report.failed == (("test.1.4", "RuntimeError: the lake is away"),)
    assert get_mark_status("1.4", NOW).reason == "RuntimeError: the lake is away"
    assert get_mark_status("12.1", NOW).reason == "no hospital yet"
    assert get_mark_status("10.1", NOW).value == 95.0


def test_a_later_failure_does_not_hide_the_value_of_the_day(pudong_plan):
    take_snapshots([indicator(value=60.0)], NOW)
    take_snapshots([indicator(measure=fall_over)], NOW + dt.timedelta(hours=1))
    status = get_mark_status("10.1", NOW + dt.timedelta(hours=1))
    assert status.value == 60.0
    assert status.attempt is not None
    assert status.attempt.outcome == Attempt.FAILED


def test_there_is_one_snapshot_a_day_of_the_district_and_the_last_stands(pudong_plan):
    before_midnight = dt.datetime(2026, 11, 22, 15, 59, tzinfo=dt.UTC)  # 23:59 in Shanghai
    take_snapshots([indicator(value=1.0)], before_midnight - dt.timedelta(hours=1))
    take_snapshots([indicator(value=2.0)], before_midnight)
    take_snapshots([indicator(value=3.0)], before_midnight + dt.timedelta(minutes=2))
    history = list_history("10.1", until=before_midnight + dt.timedelta(days=1))
    assert [(row.taken_on.day, row.value) for row in history] == [(22, 2.0), (23, 3.0)]


def test_an_indicator_in_another_unit_than_its_mark_is_refused(pudong_plan):
    with pytest.raises(IndicatorError):
        take_snapshots([indicator("1.1", unit="percent")], NOW)
    assert Snapshot.objects.count() == 0


def test_the_board_says_honestly_what_is_not_measured(pudong_plan):
    rows = board(NOW)
    assert rows.measured == 0
    assert rows.total == len(pudong_plan.marks)
    assert set(rows.counts) == {NOT_MEASURED, QUALITATIVE}
    assert rows.counts[QUALITATIVE] == sum(m.figure == "assumed" for m in pudong_plan.marks)


def test_a_met_mark_is_met_and_an_unmet_one_past_its_date_is_behind(pudong_plan):
    take_snapshots([indicator("1.4", 90.0), indicator("10.1", 89.9)], NOW)
    assert get_mark_status("1.4", NOW).status == MET
    assert get_mark_status("10.1", NOW).status == BEHIND
    assert get_mark_status("10.1", NOW).share_of_target == pytest.approx(89.9 / 90)


def test_more_than_is_not_met_by_the_figure_itself(pudong_plan):
    take_snapshots([indicator("1.5", 20.0, "mbit_s")], NOW)
    assert get_mark_status("1.5", NOW).status == BEHIND
    take_snapshots([indicator("1.5", 20.1, "mbit_s")], NOW)
    assert get_mark_status("1.5", NOW).status == MET


@pytest.mark.parametrize(
    ("values", "days_left", "status"),
    [
        ([50, 51.1, 52, 53, 54.1, 55], 100, ON_COURSE),
        ([50, 51.1, 52, 53, 54.1, 55], 10, BEHIND),
        ([50, 50, 50, 50, 50, 50], 100, BEHIND),
        ([50, 51], 100, TOO_EARLY),
    ],
)
def test_before_its_date_the_forecast_decides(pudong_plan, values, days_left, status):
    due_on = NOW.date() + dt.timedelta(days=days_left)
    Mark.objects.filter(code="10.1").update(due_on=due_on)
    measure_days(values)
    assert get_mark_status("10.1", NOW).status == status


def test_a_history_of_five_days_has_a_forecast_and_one_of_four_has_none(pudong_plan):
    measure_days([10, 12, 13, 15])
    assert isinstance(get_mark_status("10.1", NOW).outlook, TooShort)
    measure_days([9, 10, 12, 13, 15])
    assert isinstance(get_mark_status("10.1", NOW).outlook, Forecast)


def test_the_board_of_an_earlier_day_shows_what_was_known_then(pudong_plan):
    measure_days([10, 20, 30])
    assert get_mark_status("10.1", NOW - dt.timedelta(days=1)).value == 20.0
    task = next(t for t in board(NOW - dt.timedelta(days=2)).tasks if t.task.key == "environment")
    assert task.marks[0].value == 10.0


def test_the_board_needs_few_queries(pudong_plan, django_assert_max_num_queries):
    measure_days([10, 20, 30])
    with django_assert_max_num_queries(6):
        board(NOW)


def test_unknown_codes_raise(pudong_plan):
    with pytest.raises(PlanRowNotFoundError) as refused:
        get_mark("99.9")
    assert refused.value.code == "mark_not_found"
    with pytest.raises(PlanRowNotFoundError):
        get_task("castle")


def test_marks_are_found_by_either_language(pudong_plan):
    assert [mark.code for mark in search_plan("光缆")][:1] == ["1.1"]
    assert "12.1" in [mark.code for mark in search_plan("health record")]
    assert search_plan("  ") == []


def test_responsible_units_are_named_with_the_leading_one_first(pudong_plan, settings):
    settings.LANGUAGE_CODE = "en"
    assert list_departments_of(get_task("traffic"))[0] == "Construction and Transport Commission"


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 140), ("en", 160), ("zh-hans", 90)])
def test_the_terminal_board_is_aligned(pudong_plan, language, width):
    measure_days([50, 52, 53, 55, 58, 60])
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(render_board(board(NOW), language))
    lines = console.export_text().splitlines()
    assert any("10.1" in line and "60%" in line for line in lines)
    bars = [line for line in lines if line.startswith(("│", "┃", "|"))]
    assert all(cell_len(line) <= width for line in lines)
    assert len({cell_len(line) for line in bars}) <= 2 * 2


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_at_eighty_columns_nothing_that_matters_is_cut(pudong_plan, language):
    measure_days([50, 52, 53, 55, 58, 60])
    now = board(NOW)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(render_board(now, language))
    text = console.export_text()
    assert "…" not in text
    rows = [row for task in now.tasks for row in task.marks]
    with translation.override(language):
        for row in rows:
            line = next(x for x in text.splitlines() if x.startswith(f"│{row.mark.code} "))
            assert str(row.status_title) in line
            first_word = row.mark.title.split()[0] if language == "en" else row.mark.title[:4]
            assert first_word in line


def test_before_a_plan_is_loaded_the_terminal_says_so():
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(render_board(board(NOW), "en"))
    assert "No plan has been loaded" in console.export_text()


def test_a_sparkline_spans_its_own_range():
    days = [Point(NOW.date() + dt.timedelta(days=i), float(v)) for i, v in enumerate((0, 5, 10))]
    assert sparkline(days) == "▁▅█"
    assert sparkline(days[:1]) == "▄"
    assert sparkline([]) == ""


def test_a_small_plan_of_another_district_can_be_loaded():
    text = GOOD.replace('"percent"', '"minute"').replace('"at_least"', '"at_most"')
    text = text.replace('"share"', '"quantity"').replace("target = 90", "target = 3")
    text = text.replace("2022-12-31", "2032-12-31")
    load_plan(parse_plan(text), at=NOW)
    take_snapshots([indicator("1.1", 2.5, "minute")], NOW)
    (task,) = board(NOW).tasks
    assert task.marks[0].status == MET
    assert task.departments == ("环保局",)
