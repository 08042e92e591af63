from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipudong.city.plan.files import PUDONG_PLAN, parse_plan, read_plan
from ipudong.city.plan.problems import REASONS, PlanFileError, Problem
from ipudong.city.plan.records import ASSUMED, FROM_SOURCE, TASK_KEYS
from ipudong.city.plan.tests.small_plan import GOOD

# Replaced text, replacement, the line that must be named, the code of the reason.
WRONG = [
    ('unit = "percent"', 'unit = "furlong"', 32, "unknown_unit"),
    ("target = 90\n", "", 26, "mark_without_target"),
    ("target = 90", 'target = "many"', 34, "wrong_type"),
    ("target = 90", "target = true", 34, "wrong_type"),
    ("target = 90", "target = nan", 34, "wrong_type"),
    ("target = 90", "target = 101", 34, "bad_target"),
    ("target = 90", "target = -1", 34, "bad_target"),
    ('departments = ["epb"]', 'departments = ["xyz"]', 24, "unknown_department"),
    ('departments = ["epb"]', "departments = []", 24, "empty"),
    ('departments = ["epb"]', 'departments = "epb"', 24, "wrong_type"),
    ('key = "environment"', 'key = "enviroment"', 18, "unknown_task_key"),
    ("due_on = 2022-12-31", 'due_on = "2022-12-31"', 35, "bad_date"),
    ("due_on = 2022-12-31", "due_on = 2022-12-31T00:00:00Z", 35, "bad_date"),
    ("due_on = 2022-12-31", "due_on = 2023-01-01", 35, "date_out_of_order"),
    ("due_on = 2022-12-31", "due_on = 2022-13-31", 35, "not_toml"),
    ("ends_on = 2022-12-31", "ends_on = 2019-12-31", 9, "date_out_of_order"),
    ('direction = "at_least"', 'direktion = "at_least"', 33, "unknown_key"),
    ('direction = "at_least"', 'direction = "up"', 33, "not_a_choice"),
    ('figure = "source"', 'figure = "assumed"', 26, "assumption_missing"),
    ('figure = "source"', 'figure = "source"\nassumption_zh = "读作"', 37, "assumption_unwanted"),
    (
        'kind = "share"\nunit = "percent"',
        'kind = "share"\nunit = "site"',
        32,
        "share_without_percent",
    ),
    ('code = "1.1"', 'code = "2.1"', 27, "code_of_another_task"),
    ('title_en = "Monitoring"', 'title_en = " "', 30, "empty"),
    ('title_en = "Monitoring"\n', "", 26, "missing_key"),
    ("number = 1", "number = 0", 17, "wrong_type"),
    ("[plan]\n", "[plan\n", 1, "not_toml"),
    ("[plan]\n", 'color = "red"\n[plan]\n', 1, "unknown_key"),
    ("[[departments]]", "[[ministries]]", 11, "unknown_key"),
]


def problems_of(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PlanFileError) as refused:
        parse_plan(text)
    assert str(refused.value).startswith("plan.toml:")
    return [(problem.line, problem.code) for problem in refused.value.problems]


def test_a_small_correct_file_is_read():
    plan = parse_plan(GOOD)
    (mark,) = plan.marks
    assert (mark.code, mark.target, mark.unit) == ("1.1", 90.0, "percent")
    assert mark.departments == ("epb",)


@pytest.mark.parametrize(("old", "new", "line", "code"), WRONG)
def test_a_wrong_file_is_refused_with_line_and_reason(old, new, line, code):
    assert old in GOOD
    assert (line, code) in problems_of(GOOD.replace(old, new))


def test_a_duplicate_mark_names_both_lines():
    again = GOOD[GOOD.index("[[tasks.marks]]") :]
    with pytest.raises(PlanFileError) as refused:
        parse_plan(GOOD + "\n" + again)
    (problem,) = refused.value.problems
    assert (problem.line, problem.code, problem.fields["first"]) == (39, "duplicate_code", 27)


@pytest.mark.parametrize(
    ("table", "line"), [("[[departments]]", 39), ("[[tasks]]", 40)], ids=["department", "task"]
)
def test_a_duplicate_department_or_task_is_refused(table, line):
    end = "[[tasks]]" if table == "[[departments]]" else None
    again = GOOD[GOOD.index(table) : GOOD.index(end) if end else None].replace('"1.1"', '"1.2"')
    assert (line, "duplicate_code") in problems_of(GOOD + "\n" + again)


def test_every_problem_is_told_at_once_in_the_order_of_the_file():
    text = (
        GOOD.replace("2020-01-01", '"soon"')
        .replace("percent", "furlong")
        .replace("target = 90", "")
    )
    lines = [line for line, _ in problems_of(text)]
    assert len(lines) >= 3
    assert lines == sorted(lines)


def test_brackets_inside_a_text_do_not_shift_the_lines():
    text = GOOD.replace('summary_en = "Environment"', 'summary_en = """\n[[tasks]]\ncode = 1\n"""')
    assert (29, "mark_without_target") in problems_of(text.replace("target = 90\n", ""))


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"tasks = 3\nplan = 1\ndepartments = [1]\n"])
def test_files_that_are_no_plan_at_all_are_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "plan.toml"
    path.write_bytes(content)
    with pytest.raises(PlanFileError):
        read_plan(path)


def problems_if_any(text: str) -> tuple[Problem, ...]:
    try:
        parse_plan(text)
    except PlanFileError as refused:
        return refused.problems
    return ()


_VALUES = st.sampled_from(
    [
        *("0", "-1", "1", "1e400", "nan", "inf", "9" * 400, "9" * 5000, "true", '""', '"x"'),
        *("[]", "[1]", '["epb"]', '["epb", "epb"]', "{}", "[[]]", "2022-12-31", "0001-01-01"),
        *("9999-12-31", "12:00:00", "2022-12-31T00:00:00Z", "[" * 3000, '"\\ud800"', "\x00"),
    ]
)


@given(st.integers(0, len(GOOD.splitlines()) - 1), _VALUES)
@settings(max_examples=300)
def test_whatever_stands_behind_a_key_the_file_is_read_or_refused_with_a_line(place, value):
    lines = GOOD.splitlines()
    key, equals, _ = lines[place].partition(" = ")
    lines[place] = f"{key} = {value}" if equals else value
    problems = problems_if_any("\n".join(lines))
    assert all(1 <= problem.line <= len(lines) and problem.describe() for problem in problems)


@given(st.lists(st.sampled_from(GOOD.splitlines(keepends=True)), max_size=60))
@settings(max_examples=200)
def test_any_shuffle_of_a_files_lines_is_read_or_refused(lines):
    assert problems_if_any("".join(lines)) or lines


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(PlanFileError) as refused:
        read_plan(tmp_path / "none.toml")
    assert refused.value.problems[0].code == "unreadable"


def test_every_reason_has_been_seen():
    seen = {code for *_, code in WRONG} | {"duplicate_code", "unreadable"}
    assert seen == set(REASONS)


def test_the_plan_of_pudong_has_its_23_tasks_in_order():
    plan = read_plan()
    assert [task.number for task in plan.tasks] == list(range(1, 24))
    assert [task.key for task in plan.tasks] == list(TASK_KEYS)
    assert [task.number for task in plan.tasks if task.group == "infrastructure"] == [1, 2, 3, 4]
    assert all(task.marks for task in plan.tasks)
    assert PUDONG_PLAN.name == f"{plan.code}.toml"


def test_every_mark_quotes_the_published_plan(shared_data: Path):
    published = (shared_data.parent / "plan/action-plan.zh.txt").read_text(encoding="utf-8")
    source = "".join(published.split())
    for mark in read_plan().marks:
        assert "".join(mark.wording_zh.split()) in source, mark.code


def test_every_task_title_is_the_published_one(shared_data: Path):
    published = (shared_data.parent / "plan/action-plan.zh.txt").read_text(encoding="utf-8")
    source = "".join(published.split())
    assert all("".join(task.title_zh.split()) in source for task in read_plan().tasks)


def test_every_figure_of_the_published_marks_is_a_mark():
    figures = sorted(mark.target for mark in read_plan().marks if mark.figure == FROM_SOURCE)
    of_tasks = {
        1: [29000, 90, 20],
        2: [2400, 3000, 3_600_000, 100, 80, 80],  # 全覆盖 is 100
        3: [950_000, 70, 99.9],
        4: [390, 2, 100, 45],
        5: [100],
        6: [90, 70, 90, 50, 60],
        7: [80],
        8: [50],
        12: [99, 99],
        14: [60],
        16: [85],
        21: [50],
        23: [400_000],
    }
    assert figures == sorted(figure for row in of_tasks.values() for figure in row)


def test_an_assumed_figure_says_so_in_both_languages():
    for mark in read_plan().marks:
        if mark.figure == ASSUMED:
            assert mark.assumption_zh.startswith("原文未给出数值")
            assert mark.assumption_en.startswith("The source gives no figure")
