"""The catalogue as entries without a database."""

from ipudong.city.casework.catalogue.files import read_item, read_register
from ipudong.city.casework.catalogue.records import Item, RegisteredItem
from ipudong.city.casework.queries.catalogue import Entry
from ipudong.city.identity.models import Department
from ipudong.city.plan.files import read_plan
from ipudong.systems.govservice.case_kinds import FOLDER
from ipudong.systems.govservice.departments import DEPARTMENTS
from ipudong.systems.govservice.tests.item_cases import AT

OFFICES = {
    **{row.code: (row.code, row.name_zh, row.name_en) for row in read_plan().departments},
    **{row[0]: row for row in DEPARTMENTS},
}


def entry_of(row: Item | RegisteredItem) -> Entry:
    """The entry of an item as the file has it."""
    code, zh, en = OFFICES[row.department]
    return Entry(
        code=row.code,
        name=row.name,
        kind=row.kind,
        depth=row.depth,
        department=Department(code=code, name_zh=zh, name_en=en),
        version=1,
        changed_at=AT,
        item=row if isinstance(row, Item) else None,
    )


def list_entries() -> list[Entry]:
    """All items, those with a guide first."""
    assert FOLDER.register is not None
    items = [read_item(path, OFFICES) for path in FOLDER.list_files()]
    return [entry_of(row) for row in (*items, *read_register(FOLDER.register, OFFICES))]
