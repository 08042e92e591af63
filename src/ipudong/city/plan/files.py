"""Reading a plan file: TOML in, a `Plan` out, or every problem with its line."""

import tomllib
from collections.abc import Collection
from pathlib import Path

from ipudong.city.plan.lines import LineIndex
from ipudong.city.plan.problems import PlanFileError, Problem
from ipudong.city.plan.reading import PlanReader
from ipudong.city.plan.records import TASK_KEYS, Plan

PUDONG_PLAN = Path(__file__).with_name("pudong-2011-2013.toml")


def read_plan(path: Path = PUDONG_PLAN, *, task_keys: Collection[str] = TASK_KEYS) -> Plan:
    """The plan of a file. Raises PlanFileError with all problems; nothing is half read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanFileError(path, (Problem(1, "unreadable", {"reason": str(error)}),)) from error
    return parse_plan(text, path, task_keys=task_keys)


def parse_plan(
    text: str, path: Path = Path("plan.toml"), *, task_keys: Collection[str] = TASK_KEYS
) -> Plan:
    """The plan of a text; `path` only names it in messages. Raises PlanFileError."""
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # beside syntax: endless digits, endless nesting
        raise PlanFileError(path, (_syntax_problem(error, text),)) from error
    reader = PlanReader(document, LineIndex(text), task_keys)
    plan = reader.read()
    if reader.problems or plan is None:
        raise PlanFileError(path, tuple(sorted(reader.problems, key=lambda p: p.line)))
    return plan


def _syntax_problem(error: Exception, text: str) -> Problem:
    # Before Python 3.14 the line stands only in the message: "... (at line 3, column 7)".
    message, _, position = str(error).partition(" (at ")
    digits = position.removeprefix("line ").partition(",")[0]
    line = int(digits) if digits.isdigit() else max(1, len(text.splitlines()))
    return Problem(line, "not_toml", {"reason": message})
