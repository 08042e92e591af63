"""Declaring case kinds: a changed file makes a new version, the same file none."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import translation

from ipudong.city.audit.services import record
from ipudong.city.casework.case_services import declare_service, declared_services
from ipudong.city.casework.decisions.errors import DecisionError
from ipudong.city.casework.decisions.models import DecisionModel
from ipudong.city.casework.decisions.reader import load_decisions
from ipudong.city.casework.forms import Form, FormError
from ipudong.city.casework.kinds import CaseKind, Text
from ipudong.city.casework.models import CaseKindVersion
from ipudong.city.casework.processes import ProcessError, Surroundings, read_process
from ipudong.city.identity.models import Department


class CaseKindError(Exception):
    """A kind that cannot be declared: which, and all that is wrong with its files."""

    def __init__(self, code: str, reasons: list[str]) -> None:
        super().__init__(f"{code}\n" + "\n".join(reasons))
        self.code = code
        self.reasons = tuple(reasons)


def declare_case_kinds(kinds: Iterable[CaseKind], *, by: str, at: datetime) -> int:
    """Declare all kinds or none; how many got a new version. CaseKindError says what is wrong."""
    with transaction.atomic():
        departments = frozenset(Department.objects.values_list("code", flat=True))
        before = CaseKindVersion.objects.count()
        for kind in kinds:
            declare_case_kind(kind=kind, by=by, at=at, departments=departments)
        return CaseKindVersion.objects.count() - before


@transaction.atomic
def declare_case_kind(
    *, kind: CaseKind, by: str, at: datetime, departments: frozenset[str] | None = None
) -> CaseKindVersion:
    """The version of this content, made current: a new one where there is none yet.

    Raises CaseKindError. `departments` None: lanes' departments are not checked.
    """
    for name, service in kind.services.items():
        declare_service(name, service)
    row = _read(kind)
    _check(kind, row, departments)
    row.digest = _digest(row)
    known = CaseKindVersion.objects.filter(code=kind.code)
    same = known.filter(digest=row.digest).first()
    if same is not None and same.current:
        return same
    known.filter(current=True).update(current=False)
    if same is not None:
        CaseKindVersion.objects.filter(pk=same.pk).update(current=True)
        same.current = True
        found = same
    else:
        row.number = (known.aggregate(last=Max("number"))["last"] or 0) + 1
        row.declared_at, row.declared_by = at, by
        row.save()
        found = row
    record(
        actor=by,
        action="casework.declare_kind",
        subject=f"case_kind:{kind.code}",
        detail={"version": found.number, "digest": found.digest},
        at=at,
    )
    return found


def _read(kind: CaseKind) -> CaseKindVersion:
    try:
        return CaseKindVersion(
            code=kind.code,
            title_zh=_in(kind.title, "zh-hans"),
            title_en=_in(kind.title, "en"),
            department=kind.department,
            limit_days=kind.limit_days,
            legal_limit_days=kind.legal_limit_days,
            legal_basis_zh=_in(kind.legal_basis, "zh-hans"),
            legal_basis_en=_in(kind.legal_basis, "en"),
            process=kind.process.read_text("utf-8"),
            forms={key: path.read_text("utf-8") for key, path in kind.forms.items()},
            decisions=kind.decisions.read_text("utf-8") if kind.decisions else "",
            papers=list(kind.papers),
        )
    except (OSError, UnicodeDecodeError) as error:
        raise CaseKindError(kind.code, [str(error)]) from error


def _check(kind: CaseKind, row: CaseKindVersion, departments: frozenset[str] | None) -> None:
    reasons: list[str] = []
    if departments is not None and kind.department not in departments:
        reasons.append(f"department {kind.department}")
    if kind.limit_days > kind.legal_limit_days:
        reasons.append(f"limit_days {kind.limit_days} > {kind.legal_limit_days}")
    decisions = _check_decisions(row, reasons)
    for key, text in row.forms.items():
        try:
            Form.parse(text.encode())
        except FormError as error:
            reasons.append(f"form {key!r}: {error}")
    around = Surroundings(
        forms=frozenset(row.forms),
        services=frozenset(declared_services()),
        decisions=frozenset(decisions.decisions if decisions else ()),
        departments=departments,
        limit_days=kind.limit_days,
    )
    try:
        read_process(row.process.encode(), around)
    except ProcessError as error:
        reasons += [f"{kind.process.name}: {problem}" for problem in error.problems]
    if reasons:
        raise CaseKindError(kind.code, reasons)


def _check_decisions(row: CaseKindVersion, reasons: list[str]) -> DecisionModel | None:
    if not row.decisions:
        return None
    try:
        model = load_decisions(row.decisions.encode())
    except DecisionError as error:
        reasons.append(f"decisions: {error}")
        return None
    reasons += [f"decisions: {gap}" for gap in model.find_gaps()]
    return model


def _digest(row: CaseKindVersion) -> str:
    content = [
        *(row.code, row.title_zh, row.title_en, row.department, row.limit_days),
        *(row.legal_limit_days, row.legal_basis_zh, row.legal_basis_en),
        *(row.process, row.forms, row.decisions, row.papers),
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _in(text: Text, language: str) -> str:
    with translation.override(language):
        return str(text)
