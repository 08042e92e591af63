"""The kinds of case behind the items: one an item folder, its limits those of the item."""

from pathlib import Path
from typing import Final

from django.utils.functional import lazystr

from ipudong.city.casework.catalogue.declared import ItemFolder
from ipudong.city.casework.catalogue.files import read_item
from ipudong.city.casework.catalogue.records import Item, Words
from ipudong.city.casework.kinds import CaseKind, Text
from ipudong.systems.govservice.results import SERVICES

ITEMS: Final = Path(__file__).parent / "items"
FOLDER: Final = ItemFolder(ITEMS, ITEMS / "register.csv")
# Forms of staff, by the task they are for; an item's own folder may have one of the same name.
TASK_FORMS: Final = ITEMS / "task_forms"
PAPERS: Final = (
    *("receipt", "acceptance_notice", "supplement_notice", "non_acceptance"),
    *("decision", "refusal", "reply", "licence"),
)


def list_case_kinds() -> tuple[CaseKind, ...]:
    """The kinds of all item folders that have a process. Raises ItemFileError."""
    return tuple(
        _declare(read_item(path), path.parent)
        for path in FOLDER.list_files()
        if (path.parent / "process.bpmn").is_file()
    )


def _declare(item: Item, folder: Path) -> CaseKind:
    decisions = folder / "decisions.dmn"
    return CaseKind(
        code=item.case_kind,
        title=_lazy(item.name),
        department=item.department,
        process=folder / "process.bpmn",
        forms=_list_forms(folder),
        decisions=decisions if decisions.is_file() else None,
        limit_days=item.promised_days,
        legal_limit_days=item.legal_days,
        legal_basis=_lazy(_basis_of(item)),
        papers=PAPERS,
        services=SERVICES,
    )


def _list_forms(folder: Path) -> dict[str, Path]:
    shared = {path.stem: path for path in TASK_FORMS.glob("*.json")}
    own = {path.stem: path for path in (folder / "task_forms").glob("*.json")}
    return {**shared, **own, "": folder / "form.json"}


def _basis_of(item: Item) -> Words:
    return Words(
        zh="；".join(f"{row.title.zh}，{row.clause.zh}" for row in item.basis),
        en="; ".join(f"{row.title.en}, {row.clause.en}" for row in item.basis),
    )


def _lazy(words: Words) -> Text:
    return lazystr(words)
