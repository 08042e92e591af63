"""Case kinds as a system declares them in its manifest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.functional import Promise

from ipudong.city.casework.case_services import Service

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class CaseKind:
    """One kind of case: its process, forms, decisions, limits and papers.

    `process` is a BPMN 2.0 file whose user tasks bear the task's code as id and stand in a lane
    named by a role (`clerk`) or a department (`department:police`). `forms` maps a task's code to
    its form, "" to the application form. `limit_days` (promised) and `legal_limit_days` are working
    days.
    """

    code: str
    title: Text
    department: str
    process: Path
    forms: Mapping[str, Path] = field(default_factory=dict)
    decisions: Path | None = None
    limit_days: int
    legal_limit_days: int
    legal_basis: Text = ""
    papers: tuple[str, ...] = ()
    services: Mapping[str, Service] = field(default_factory=dict)
    """Services its process calls beside those of the house, by name."""
