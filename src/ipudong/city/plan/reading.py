"""The rules of a plan file, table by table."""

import datetime as dt
from collections.abc import Collection
from typing import Any

from ipudong.city.plan.lines import LineIndex
from ipudong.city.plan.problems import Problem
from ipudong.city.plan.records import (
    ASSUMED,
    DIRECTIONS,
    FIGURES,
    GROUPS,
    KINDS,
    DepartmentRow,
    MarkRow,
    Plan,
    TaskRow,
)
from ipudong.city.plan.tables import Table
from ipudong.city.plan.units import PERCENT, UNITS

TOP_KEYS = ("plan", "departments", "tasks")
PLAN_KEYS = (
    *("code", "title_zh", "title_en", "issuer_zh", "issuer_en"),
    *("issued_on", "starts_on", "ends_on"),
)
DEPARTMENT_KEYS = ("code", "name_zh", "name_en")
TASK_TABLE_KEYS = (
    *("number", "key", "group", "title_zh", "title_en", "summary_zh", "summary_en"),
    *("departments", "marks"),
)
MARK_KEYS = (
    *("code", "wording_zh", "title_zh", "title_en", "kind", "unit", "direction", "target"),
    *("due_on", "figure", "assumption_zh", "assumption_en", "departments"),
)


class PlanReader:
    """Reads one document; afterwards `problems` holds everything that was wrong."""

    def __init__(
        self, document: dict[str, Any], lines: LineIndex, task_keys: Collection[str]
    ) -> None:
        self.problems: list[Problem] = []
        self._document = document
        self._lines = lines
        self._task_keys = task_keys
        self._first_line: dict[tuple[str, object], int] = {}
        self._departments: frozenset[str] = frozenset()
        self._marks_read = 0
        self._starts_on = dt.date.min
        self._ends_on = dt.date.max

    def read(self) -> Plan | None:
        """The plan, to be used only when `problems` is empty afterwards."""
        top = Table("file", self._document, self._lines.top(), self.problems, TOP_KEYS)
        head = Table("plan", top.table("plan"), self._lines.table("plan"), self.problems, PLAN_KEYS)
        self._read_period(head)
        departments = tuple(
            self._read_department(row, place) for place, row in enumerate(top.tables("departments"))
        )
        self._departments = frozenset(row.code for row in departments)
        tasks = tuple(self._read_task(row, place) for place, row in enumerate(top.tables("tasks")))
        return Plan(
            code=head.text("code"),
            title_zh=head.text("title_zh"),
            title_en=head.text("title_en"),
            issuer_zh=head.text("issuer_zh"),
            issuer_en=head.text("issuer_en"),
            issued_on=head.date("issued_on"),
            starts_on=self._starts_on,
            ends_on=self._ends_on,
            departments=departments,
            tasks=tasks,
        )

    def _read_period(self, head: Table) -> None:
        self._starts_on, self._ends_on = head.date("starts_on"), head.date("ends_on")
        if dt.date.min < self._ends_on < self._starts_on:
            head.note("date_out_of_order", key="ends_on", value=self._ends_on)

    def _read_department(self, row: Any, place: int) -> DepartmentRow:
        lines = self._lines.table("departments", place)
        table = Table("department", row, lines, self.problems, DEPARTMENT_KEYS)
        code = self._unique_text(table, "code", table.text("code"))
        return DepartmentRow(code, table.text("name_zh"), table.text("name_en"))

    def _read_task(self, row: Any, place: int) -> TaskRow:
        lines = self._lines.table("tasks", place)
        table = Table("task", row, lines, self.problems, TASK_TABLE_KEYS)
        number = table.whole("number")
        self._note_duplicate(table, "number", number or table.lines.line)
        key = table.choice("key", self._task_keys, "unknown_task_key")
        departments = self._known_departments(table, table.texts("departments"))
        return TaskRow(
            number=number,
            key=self._unique_text(table, "key", key),
            group=table.choice("group", GROUPS),
            title_zh=table.text("title_zh"),
            title_en=table.text("title_en"),
            summary_zh=table.text("summary_zh"),
            summary_en=table.text("summary_en"),
            departments=departments,
            marks=tuple(self._read_mark(m, number, departments) for m in table.tables("marks")),
        )

    def _read_mark(self, row: Any, task: int, departments: tuple[str, ...]) -> MarkRow:
        lines = self._lines.table("tasks.marks", self._marks_read)
        self._marks_read += 1
        table = Table("mark", row, lines, self.problems, MARK_KEYS)
        code = self._unique_text(table, "code", table.text("code"))
        if code and code.partition(".")[0] != str(task):
            table.note("code_of_another_task", key="code", value=code, number=task)
        unit = table.choice("unit", UNITS, "unknown_unit")
        mark = MarkRow(
            code=code,
            wording_zh=table.text("wording_zh"),
            title_zh=table.text("title_zh"),
            title_en=table.text("title_en"),
            kind=table.choice("kind", KINDS),
            unit=unit,
            direction=table.choice("direction", DIRECTIONS),
            target=self._read_target(table, code, unit),
            due_on=self._read_due_date(table),
            figure=table.choice("figure", FIGURES),
            assumption_zh=table.text("assumption_zh", required=False),
            assumption_en=table.text("assumption_en", required=False),
            departments=self._read_mark_departments(table, departments),
        )
        self._check_mark(table, mark)
        return mark

    def _read_target(self, table: Table, code: str, unit: str) -> float:
        if not table.has("target"):
            table.note("mark_without_target", key="target", code=code)
            return 0.0
        target = table.number("target")
        bound = UNITS[unit].upper_bound if unit in UNITS else None
        if target < 0 or (bound is not None and target > bound):
            table.note("bad_target", key="target", code=code, value=f"{target:g}")
        return target

    def _read_due_date(self, table: Table) -> dt.date:
        due_on = table.date("due_on", default=self._ends_on)
        if dt.date.min < due_on < self._starts_on or due_on > self._ends_on > dt.date.min:
            table.note("date_out_of_order", key="due_on", value=due_on)
        return due_on

    def _check_mark(self, table: Table, mark: MarkRow) -> None:
        if mark.kind == "share" and mark.unit in UNITS and mark.unit != PERCENT:
            table.note("share_without_percent", key="unit", code=mark.code)
        for key in ("assumption_zh", "assumption_en"):
            if mark.figure == ASSUMED and not table.has(key):
                table.note("assumption_missing", key=key, code=mark.code)
            if mark.figure in FIGURES and mark.figure != ASSUMED and table.has(key):
                table.note("assumption_unwanted", key=key, code=mark.code)

    def _read_mark_departments(self, table: Table, of_task: tuple[str, ...]) -> tuple[str, ...]:
        if not table.has("departments"):
            return of_task
        return self._known_departments(table, table.texts("departments"))

    def _known_departments(self, table: Table, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if code not in self._departments:
                table.note("unknown_department", key="departments", value=code)
        return codes

    def _unique_text(self, table: Table, key: str, value: str) -> str:
        if value:
            self._note_duplicate(table, key, value)
        return value

    def _note_duplicate(self, table: Table, key: str, value: object) -> None:
        first = self._first_line.setdefault((table.kind + key, value), table.lines.of(key))
        if first != table.lines.of(key):
            table.note("duplicate_code", key=key, value=value, first=first)
