"""What a rule found on a case, as data; pages word it in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One occurrence of a rule. `key` names it within the case, so that it is found once however
    often one looks; `happened_on` is the day the rule was broken, whenever it was seen.

    `facts` are plain JSON values, `evidence` the sequences of the events that show it.
    """

    key: str = ""
    happened_on: date
    department: str
    officer: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[int, ...] = ()
