"""Who does a task, from the name of its lane."""

import re
from dataclasses import dataclass
from typing import Final

from ipudong.city.identity.roles import ROLE_CODES

APPLICANT: Final = frozenset({"applicant", "resident", "agent"})
IN_PARENTHESES: Final = re.compile(r"[(（]([^()（）]+)[)）]\s*$")
DEPARTMENT: Final = re.compile(r"department:([a-z0-9_-]+)(?:/([a-z_]+))?")


@dataclass(frozen=True, slots=True)
class Lane:
    """`department` "" is the kind's own; `role` "" anybody who works there."""

    department: str = ""
    role: str = ""
    applicant: bool = False


def parse_lane(name: str) -> Lane | None:
    """A role (`clerk`), `department:police`, `department:police/department_head` or `applicant`;
    a picture may say it in words with that in parentheses: `Window (clerk)`. None: none of them."""
    found = IN_PARENTHESES.search(name)
    code = (found.group(1) if found else name).strip()
    if code in APPLICANT:
        return Lane(applicant=True)
    if code in ROLE_CODES:
        return Lane(role=code)
    department = DEPARTMENT.fullmatch(code)
    if department is None:
        return None
    role = department.group(2) or ""
    return None if role and role not in ROLE_CODES else Lane(department.group(1), role)
