"""A demonstration district that has reported for some days, and its people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from django.conf import settings
from django.test import Client

from ipudong.city.identity.actors import system_actor
from ipudong.city.identity.models import Account
from ipudong.city.identity.services import create_account
from ipudong.city.manifest import installed
from ipudong.city.plan.files import read_plan
from ipudong.city.plan.services import load_plan
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
from ipudong.systems.environment.simulation import COMMANDS, HOUR, Station, readings, stations
from ipudong.systems.environment.simulation.stations import CODES_2005

PASSWORD = "a river in the east 9"
ROLES = ("clerk", "duty_officer", "district_leader", "integrator", "administrator")
TO_2017 = {old: new for new, old in CODES_2005.items()}
Row = tuple[int, int, float, int]


def settle_in(hours: int) -> None:
    """Fill an empty database and journal: plan, places, people, and so many hours of readings."""
    load_places(read_places())
    load_plan(read_plan())
    sync_declared(installed())
    load_demo(1000, system_actor("test"))
    for role in ROLES:
        create_account(username=f"a-{role}", password=PASSWORD, roles=(role,), by="system:test")
    if hours:
        report(hours)


def report(hours: int) -> None:
    """Keep what the stations measured in the last hours, as the gateway would."""
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    known = Datastream.objects.values_list("thing__identity", "channel", "id")
    ids = {(identity, channel): pk for identity, channel, pk in known}
    times = [end - timedelta(hours=back) for back in range(1, hours + 1)]
    rows = [row for station in stations() for at in times for row in _rows(ids, station, at)]
    stream, time, value, quality = zip(*rows, strict=True)
    columns = (
        np.array(stream, np.int32),
        np.array(time, np.int64),
        np.array(value, np.float64),
        np.array(quality, np.uint8),
    )
    journal = open_journal()
    journal.append(batches.OBSERVATIONS, [batches.observations(*columns)])
    journal.close()
    store_latest(*columns)


def _rows(ids: dict[tuple[str, str], int], station: Station, at: datetime) -> Iterator[Row]:
    if at.timestamp() % station.intervals_s[HOUR]:
        return
    for factor, fields in readings(station, at, HOUR).items():
        for name, value in fields.items():
            channel = f"{COMMANDS[HOUR]}/{TO_2017.get(factor, factor)}-{name}"
            stream = ids.get((station.mn, channel))
            if stream is not None:
                yield stream, to_us(at), float(value), FLAG_CODES[str(fields["Flag"])]


def open_session(role: str) -> str:
    """The session cookie of somebody with this role who has signed in."""
    client = Client()
    client.force_login(Account.objects.get(username=f"a-{role}"))
    return client.cookies[settings.SESSION_COOKIE_NAME].value
