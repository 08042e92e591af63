"""A demonstration district with a history of its own, and people of each role."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache
from django.test import Client

from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.tests import people
from ipudong.city.manifest import installed
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.profiles import sync_declared
from ipudong.systems.environment.demo import load_demo
from ipudong.systems.environment.tests.reporting import keep_rows, report

HOURS_KEPT = 60


@pytest.fixture
def demo(db: None, tmp_path, monkeypatch) -> Iterator[None]:
    """Places, declared rows and the demonstration stations, in a data folder of the test's own."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    cache.clear()
    load_places(read_places())
    sync_declared(installed())
    load_demo(1000, system_actor("test"))
    yield
    cache.clear()


@pytest.fixture
def measured(demo: None) -> None:
    """The demonstration stations have reported the last sixty hours."""
    report(HOURS_KEPT)


@pytest.fixture
def keep() -> Callable[[list], None]:
    """`keep(rows)`: journal rows of a test's own."""
    return keep_rows


@pytest.fixture
def sign_in(db: None) -> Callable[[str], Client]:
    """A client signed in with one role."""
    return people.sign_in
