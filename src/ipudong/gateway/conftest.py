"""A whole gateway for tests: database and journal in files of its own, real sockets."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn
from django.core.management import call_command
from django.db import connections

from ipudong.city.identity import roles
from ipudong.city.identity.actors import Actor
from ipudong.city.identity.services import create_account, issue_token
from ipudong.city.sensing import profiles, services
from ipudong.city.sensing.models import ObservedProperty, Thing
from ipudong.gateway.app import create_app
from ipudong.gateway.assembly import Gateway, open_gateway
from ipudong.gateway.hj212.tests.station_double import MN, PW, StationDouble
from ipudong.gateway.tests.doubles import FACTORS
from ipudong.store.journal import SqliteJournal

PASSWORD = "a long enough password of tests"  # noqa: S105 - of accounts that exist for seconds
ALIAS = "default"


@contextmanager
def _database(path: Path) -> Iterator[None]:
    """Work on this database file instead of the one the test run has."""
    settings, earlier = connections.settings[ALIAS], connections[ALIAS]
    name = settings["NAME"]
    settings["NAME"] = str(path)
    connections[ALIAS] = connections.create_connection(ALIAS)
    try:
        yield
    finally:
        connections[ALIAS].close()
        settings["NAME"] = name
        connections[ALIAS] = earlier


@dataclass(frozen=True)
class Template:
    """A database to copy, far quicker than making one for each test, and tokens that it knows."""

    path: Path
    tokens: dict[str, str]


@pytest.fixture(scope="session")
def template(tmp_path_factory, django_db_blocker) -> Template:
    """A district with one adopted station and accounts that post and may not post."""
    path = tmp_path_factory.mktemp("gateway") / "template.sqlite3"
    with django_db_blocker.unblock(), _database(path):
        call_command("migrate", verbosity=0)
        register_station()
        tokens = issue_tokens()
        connections[ALIAS].cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Template(path, tokens)


@pytest.fixture
def database(template: Template, tmp_path: Path, django_db_blocker, monkeypatch) -> Iterator[Path]:
    """A district of this test's own: database, journal and lake."""
    monkeypatch.setenv("IPUDONG_DISTRICT_DATA_DIR", str(tmp_path))
    path = tmp_path / "ipudong.sqlite3"
    shutil.copy(template.path, path)
    with django_db_blocker.unblock(), _database(path):
        yield path


@dataclass
class District:
    """A running gateway, its addresses, and one adopted station."""

    gateway: Gateway
    http: httpx.AsyncClient
    port: int
    station: Thing
    tokens: dict[str, str] = field(default_factory=dict)

    async def connect(self, mn: str = MN, **more) -> StationDouble:
        station = StationDouble(mn, **more)
        await station.connect(self.port)
        return station

    def headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    @property
    def datastreams(self) -> dict[str, int]:
        """Datastream ids by channel."""
        return dict(self.station.datastreams.values_list("channel", "pk"))


def register_station() -> Thing:
    """A station with an instant and an hourly datastream for each factor."""
    for code in FACTORS:
        ObservedProperty.objects.create(
            code=f"test_{code}",
            name_zh=f"因子{code}",
            name_en=code,
            unit="ug/m3",
            physical_max=1000.0,
        )
    fields = [f"2011/{code}-Rtd" for code in FACTORS] + [f"2061/{code}-Avg" for code in FACTORS]
    return services.register_thing(
        name_zh="陆家嘴站",
        name_en="Lujiazui",
        kind="air_station",
        system="environment",
        protocol="hj212",
        identity=MN,
        credential=PW,
        lon=121.5,
        lat=31.24,
        expected_interval_s=60,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        channels=[
            profiles.Channel(field=name, property=f"test_{name[5:].partition('-')[0]}")
            for name in fields
        ],
    )


def issue_tokens() -> dict[str, str]:
    """A token for one role that may post observations and one that may not."""
    scopes = [
        "sensing.post_observations",
        "sensing.view_things",
        "sensing.manage_things",
        "sensing.command_station",
    ]
    issuer = Actor("tests", frozenset({roles.ADMINISTRATOR}))
    tokens = {}
    for role in (roles.INTEGRATOR, roles.CLERK, roles.DUTY_OFFICER, roles.ADMINISTRATOR):
        account = create_account(username=role, password=PASSWORD, roles=[role], by="tests")
        _, tokens[role] = issue_token(
            account=account,
            name="tests",
            scopes=scopes,
            expires_at=datetime.now(UTC) + timedelta(hours=1),
            by=issuer,
        )
    return tokens


@pytest.fixture
async def district(database: Path, template: Template, tmp_path: Path) -> AsyncIterator[District]:
    """A gateway at work."""
    station = await asyncio.to_thread(Thing.objects.get)
    journal = SqliteJournal(tmp_path / "journal.sqlite3")
    gateway = await open_gateway(journal)
    port = await gateway.hj212.listen("127.0.0.1", 0)
    config = uvicorn.Config(
        create_app(gateway), port=0, lifespan="off", log_config=None, ws="none", http="httptools"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    http_port = server.servers[0].sockets[0].getsockname()[1]
    gateway.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}", timeout=20) as http:
        yield District(gateway, http, port, station, template.tokens)
    server.should_exit = True
    await gateway.stop()
    await serving
