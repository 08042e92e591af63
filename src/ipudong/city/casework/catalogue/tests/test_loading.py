"""Loading the catalogue: a changed file is a new version, a missing one retires its item."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ipudong.city.audit.models import Entry as AuditEntry
from ipudong.city.casework.catalogue.declared import ItemFolder
from ipudong.city.casework.catalogue.problems import ItemFileError
from ipudong.city.casework.catalogue.tests.test_item_files import HEAD, RIGHT, write
from ipudong.city.casework.models import ServiceItem
from ipudong.city.casework.queries.catalogue import (
    count_by_depth,
    find_entry,
    find_entry_of_case,
    list_entries,
    list_versions,
)
from ipudong.city.casework.services.catalogue import Loaded, load_catalogue
from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.models import Department

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, tzinfo=UTC)
BY = system_actor("test")


@pytest.fixture
def folder(tmp_path: Path) -> ItemFolder:
    Department.objects.get_or_create(
        code="police", defaults={"name_zh": "公安", "name_en": "Police"}
    )
    register = tmp_path / "register.csv"
    register.write_text(f"{HEAD}passport,confirmation,police,护照,Passport\n", "utf-8")
    write(tmp_path, RIGHT)
    return ItemFolder(tmp_path, register)


def load(folder: ItemFolder) -> Loaded:
    return load_catalogue([("test", folder)], by=BY, at=AT)


def test_the_same_files_twice_change_nothing(folder: ItemFolder) -> None:
    assert load(folder) == Loaded(items=2, changed=2)
    audited = AuditEntry.objects.count()
    assert load(folder) == Loaded(items=2, changed=0)
    assert AuditEntry.objects.count() == audited


def test_items_that_are_not_online_count_in_the_denominator(folder: ItemFolder) -> None:
    load(folder)
    assert count_by_depth(AT)["whole"] == 1
    assert count_by_depth(AT)["none"] == 1
    assert [entry.code for entry in list_entries()] == ["card", "passport"]
    entry = find_entry("passport")
    assert entry is not None
    assert entry.item is None


def test_a_changed_file_is_a_new_version_beside_the_old(folder: ItemFolder) -> None:
    load(folder)
    write(folder.path, RIGHT.replace("promised_days = 5", "promised_days = 4"))
    assert load(folder).changed == 1
    newest, oldest = list_versions("card")
    assert (newest.number, newest.content["promised_days"]) == (2, 4)
    assert (oldest.number, oldest.content["promised_days"]) == (1, 5)
    found = find_entry_of_case("test.card")
    assert found is not None
    assert found.version == 2


def test_an_item_without_a_file_is_retired_and_may_come_back(folder: ItemFolder) -> None:
    load(folder)
    (folder.path / "card" / "item.toml").unlink()
    load(folder)
    assert find_entry("card") is None
    assert ServiceItem.objects.get(code="card").retired_at == AT
    write(folder.path, RIGHT)
    load(folder)
    assert find_entry("card") is not None


def test_a_wrong_file_leaves_the_catalogue_as_it_was(folder: ItemFolder) -> None:
    load(folder)
    write(folder.path, RIGHT.replace("visits = 0", "visits = 99"))
    with pytest.raises(ItemFileError):
        load(folder)
    entry = find_entry("card")
    assert entry is not None
    assert entry.version == 1
