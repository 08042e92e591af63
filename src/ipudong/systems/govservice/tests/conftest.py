"""A hall with its twelve items, loaded once for a module; each test takes back what it did."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from ipudong.systems.govservice.tests.applying import Resident, wang
from ipudong.systems.govservice.tests.item_cases import load_house


@pytest.fixture(scope="module")
def service_hall(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Departments, catalogue, case kinds, the district's keys; its data folder."""
    folder = tmp_path_factory.mktemp("hall")
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(folder))
        with transaction.atomic():
            load_house()
            yield folder
            transaction.set_rollback(True)


@pytest.fixture
def at_hall(service_hall: Path, db: None) -> None:
    """The hall, for one test; `db` takes back what the test did."""


@pytest.fixture
def resident(at_hall: None) -> Resident:
    """Somebody who applies."""
    return wang()
