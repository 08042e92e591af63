"""Brings the service catalogue up to date with the items' files."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from ipudong.city.audit.services import record
from ipudong.city.casework.catalogue.declared import ItemFolder
from ipudong.city.casework.catalogue.files import read_item, read_register
from ipudong.city.casework.catalogue.records import Item, RegisteredItem
from ipudong.city.casework.models.catalogue import ServiceItem, ServiceItemVersion
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.models import Department


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many items there are now, and how many of them changed by the loading."""

    items: int
    changed: int


def load_catalogue(folders: Iterable[tuple[str, ItemFolder]], *, by: Actor, at: datetime) -> Loaded:
    """Bring the items of each system (its name, its folder) up to date, all or none.

    An item whose file changed gets a new version; one whose file is gone is retired, never
    deleted. Raises ItemFileError for the first file that is wrong.
    """
    departments = frozenset(Department.objects.values_list("code", flat=True))
    found: dict[str, dict[str, object]] = {}
    for system, folder in folders:
        for path in folder.list_files():
            item = read_item(path, departments)
            found[item.code] = _row_of_item(item, system)
        if folder.register is not None:
            for row in read_register(folder.register, departments):
                found.setdefault(row.code, _row_of_registered(row, system))
    return _store(found, by, at)


def _row_of_item(item: Item, system: str) -> dict[str, object]:
    row = _row_of_registered(item, system)
    content = msgspec.to_builtins(item)
    return {
        **row,
        "item_code": item.item_code,
        "case_kind": item.case_kind,
        "content": content,
        "digest": _digest(content),
    }


def _row_of_registered(item: Item | RegisteredItem, system: str) -> dict[str, object]:
    row = {
        "kind": item.kind,
        "name_zh": item.name.zh,
        "name_en": item.name.en,
        "department_id": item.department,
        "depth": item.depth,
        "system": system,
    }
    return {**row, "item_code": "", "case_kind": "", "content": {}, "digest": _digest(row)}


def _digest(content: object) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


@transaction.atomic
def _store(found: dict[str, dict[str, object]], by: Actor, at: datetime) -> Loaded:
    known = {item.code: item for item in ServiceItem.objects.select_for_update()}
    changed = [code for code, row in found.items() if _is_new(known.get(code), row)]
    gone = [code for code, item in known.items() if code not in found and item.retired_at is None]
    # A national code may move from one item to another: those that change let go of theirs first.
    ServiceItem.objects.filter(code__in=[*changed, *gone]).update(item_code="")
    for code in changed:
        _store_item(code, found[code], known.get(code), at)
    ServiceItem.objects.filter(code__in=gone).update(retired_at=at, changed_at=at)
    if changed or gone:
        record(
            actor=by.name,
            action="casework.load_catalogue",
            subject="catalogue",
            detail={"changed": sorted(changed), "retired": sorted(gone)},
        )
    return Loaded(items=len(found), changed=len(changed) + len(gone))


def _is_new(item: ServiceItem | None, row: dict[str, object]) -> bool:
    return item is None or item.retired_at is not None or item.digest != row["digest"]


def _store_item(
    code: str, row: dict[str, object], before: ServiceItem | None, at: datetime
) -> None:
    number = 1 if before is None else before.version + 1
    item, _ = ServiceItem.objects.update_or_create(
        code=code, defaults={**row, "version": number, "retired_at": None, "changed_at": at}
    )
    ServiceItemVersion.objects.create(
        item=item, number=number, digest=item.digest, content=item.content, loaded_at=at
    )
