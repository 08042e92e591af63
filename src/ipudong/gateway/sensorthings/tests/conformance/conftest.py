"""The integrator's client of a running gateway."""

from collections.abc import AsyncIterator

import pytest

from ipudong.gateway.conftest import District
from ipudong.gateway.sensorthings.tests.conformance.client import Client
from ipudong.gateway.sensorthings.tests.conformance.subscriber import Subscriber


@pytest.fixture
def client(district: District) -> Client:
    """One who may post observations and manage things."""
    return Client(district)


@pytest.fixture
async def broker_port(district: District) -> int:
    """Where the gateway's broker listens."""
    [door] = [door for door in district.gateway.doors if door.name == "mqtt"]
    return await door.listen("127.0.0.1", 0)  # type: ignore[attr-defined, no-any-return]


@pytest.fixture
async def subscriber(district: District, broker_port: int) -> AsyncIterator[Subscriber]:
    """An integrator's program at the broker."""
    found = await Subscriber(district).connect(broker_port)
    yield found
    await found.close()
