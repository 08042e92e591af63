"""The demonstration vehicles, one of them with a track, and people of each role."""

from collections.abc import Iterator

import numpy as np
import pytest
from django.core.cache import cache

from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.tests import people
from ipudong.city.sensing.history import open_journal
from ipudong.city.sensing.house import HOUSE
from ipudong.city.sensing.models import Thing
from ipudong.city.sensing.profiles import sync_declared
from ipudong.city.sensing.queries import Track
from ipudong.city.sensing.services.positions import store_latest_positions
from ipudong.store import batches
from ipudong.systems.citysense.demo import load_demo
from ipudong.systems.citysense.system import SYSTEM
from ipudong.systems.citysense.tests.driven import make_track


@pytest.fixture
def demo(db, tmp_path, monkeypatch) -> Iterator[None]:
    """The demonstration vehicles, in a data folder of the test's own."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    cache.clear()
    sync_declared([HOUSE, SYSTEM])
    load_demo(1000, system_actor("test"))
    yield
    cache.clear()


@pytest.fixture
def vehicle(demo) -> Thing:
    """A vehicle that drove ten minutes."""
    thing = Thing.objects.filter(kind="vehicle").first()
    track = make_track()
    journal = open_journal()
    ids = np.full(len(track), thing.pk, np.int32)
    columns = [getattr(track, name) for name in Track.__slots__]
    journal.append_mixed([(batches.POSITIONS, batches.positions(ids, *columns))])
    journal.close()
    last = (int(track.time_us[-1]), float(track.lon[-1]), 31.2, 57.1, 90.0, None, 2)
    store_latest_positions([(thing.pk, *last)])
    return thing


@pytest.fixture
def sign_in(db):
    """A client signed in with one role."""
    return people.sign_in
