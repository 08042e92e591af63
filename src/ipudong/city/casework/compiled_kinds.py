"""Versions of case kinds made ready to run; one digest is compiled once by a process."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.models import DecisionModel
from ipudong.city.casework.decisions.reader import load_decisions
from ipudong.city.casework.decisions.values import plain
from ipudong.city.casework.errors import CaseworkError
from ipudong.city.casework.forms import Form
from ipudong.city.casework.models import CaseKindVersion
from ipudong.city.casework.processes import Process, read_process


@dataclass(frozen=True)
class CompiledKind:
    """What a version runs by: its process, its forms by key, its decisions."""

    process: Process
    forms: Mapping[str, Form]
    decisions: DecisionModel | None

    def decide(self, name: str, context: Mapping[str, Any]) -> Any:
        """The value of a decision; CaseworkError `process_failed` where it has none."""
        if self.decisions is None:
            raise CaseworkError("process_failed", reason=name)
        try:
            return plain(self.decisions.evaluate(name, context))
        except DecisionError as error:
            raise CaseworkError("process_failed", reason=f"{name}: {error}") from error

    def form_of(self, key: str) -> Form | None:
        """The form of a task; "" is the application's."""
        return self.forms.get(key)


@lru_cache(maxsize=256)
def _compile(digest: str, pk: int) -> CompiledKind:
    row = CaseKindVersion.objects.get(pk=pk, digest=digest)
    forms = {key: Form.parse(text.encode()) for key, text in row.forms.items()}
    decisions = load_decisions(row.decisions.encode()) if row.decisions else None
    return CompiledKind(read_process(row.process.encode()), forms, decisions)


def compiled(kind: CaseKindVersion) -> CompiledKind:
    """The version made ready; its file was checked when it was declared."""
    return _compile(kind.digest, kind.pk)
