"""A demonstration district with a history of its own, and people of each role."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client

from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.services import create_account
from ipudong.city.manifest import installed
from ipudong.city.registry.rows import read_places
from ipudong.city.registry.services import load_places
from ipudong.city.sensing.clock import to_us
from ipudong.city.sensing.history import open_journal
from ipudong.city.sensing.models import Datastream
from ipudong.city.sensing.profiles import sync_declared
from ipudong.city.sensing.services import store_latest
from ipudong.protocols.hj212.readings import FLAG_CODES
from ipudong.store import batches
from ipudong.systems.environment.demo import load_demo
from ipudong.systems.environment.simulation import COMMANDS, HOUR, readings, stations
from ipudong.systems.environment.simulation.stations import CODES_2005

PASSWORD = "a river in the east 9"
TO_2017 = {old: new for new, old in CODES_2005.items()}
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
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ids = {
        (identity, channel): pk
        for pk, identity, channel in Datastream.objects.values_list(
            "id", "thing__identity", "channel"
        )
    }
    rows = []
    for station in stations():
        for back in range(1, HOURS_KEPT + 1):
            at = end - timedelta(hours=back)
            if at.timestamp() % station.intervals_s[HOUR] == 0:
                rows += list(_rows(ids, station, at))
    journal(rows)


def _rows(ids, station, at):
    for factor, fields in readings(station, at, HOUR).items():
        code = TO_2017.get(factor, factor)
        for name, value in fields.items():
            stream = ids.get((station.mn, f"{COMMANDS[HOUR]}/{code}-{name}"))
            if stream is not None:
                yield stream, to_us(at), value, FLAG_CODES[fields["Flag"]]


def journal(rows) -> None:
    """Keep (datastream, microseconds, value, quality) rows as the gateway does."""
    stream, time, value, quality = zip(*rows, strict=True)
    columns = (
        np.array(stream, np.int32),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.array(quality, np.uint8),
    )
    opened = open_journal()
    opened.append(batches.OBSERVATIONS, [batches.observations(*columns)])
    opened.close()
    store_latest(*columns)


@pytest.fixture
def keep() -> Callable[[list], None]:
    """`keep(rows)`: journal rows of a test's own."""
    return journal


@pytest.fixture
def sign_in(db: None) -> Callable[[str], Client]:
    """A client signed in with one role."""

    def sign_in(role: str) -> Client:
        client = Client()
        account = create_account(
            username=f"a-{role}", password=PASSWORD, roles=(role,), by="system:test"
        )
        client.force_login(account)
        return client

    return sign_in
